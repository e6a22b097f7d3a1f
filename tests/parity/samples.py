"""samples.py - the samples that a resolved config's `dataset` names, as tensors: what bunsen's data folder reads or makes.

A part is (inputs, targets): bytes [n, C, H, W] or [n, features] for images, float32 [n, features] for tables; classes as int64 or a
regression's numbers as float32. A missing value of a table is NaN until it is filled from the training part.
"""
import csv
import gzip
import math
import os
import pathlib
from dataclasses import dataclass

import numpy
import torch

TREE = pathlib.Path(__file__).resolve().parents[2]


@dataclass
class Samples:
    train: tuple
    test: tuple | None
    is_image: bool
    classes: int | None  # None: a regression


def load(kind, options):
    match kind:
        case "mnist" | "fashion_mnist":
            assert not options
            return known_set(kind)
        case "idx":
            return idx(**options)
        case "csv":
            return table(**options)
        case "synthetic":
            return synthetic(**options)
    raise NotImplementedError(f"dataset {kind}")


# --- files of images ---------------------------------------------------------------------------------------------------------------------

def read_idx(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        data = file.read()
    dimensions = data[3]
    sizes = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(dimensions)]
    return torch.from_numpy(numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).copy().reshape(sizes))


def image_part(images, labels):
    images = read_idx(images)
    if images.dim() == 3:
        images = images[:, None]
    return images, read_idx(labels).long()


def folders_of(name):
    """Where bunsen looks, as `bunsen data` tells."""
    named = os.environ.get("BUNSEN_DATA")
    roots = [pathlib.Path("data"), TREE / "data", pathlib.Path.home() / ".cache/bunsen/data", pathlib.Path("/usr/share/datasets"),
             pathlib.Path("/usr/share/bunsen/data")]
    if named:
        roots.insert(0, pathlib.Path(named))
        yield roots[0]
    for root in roots:
        yield root / name
        yield root / name.replace("_", "-")


def find_known_set(name):
    """The folder of the four files, or None. (BUNSEN_DATA may name another set's folder, which has files of the same names.)"""
    first_label = {"mnist": 5, "fashion_mnist": 9}[name]
    for folder in folders_of(name):
        labels = list(folder.glob("train-labels-idx1-ubyte*"))
        if labels and read_idx(labels[0])[0] == first_label:
            return folder
    return None


def known_set(name):
    folder = find_known_set(name)
    if folder is None:
        raise FileNotFoundError(f"{name} was not found; set BUNSEN_DATA to the folder with its four files")
    file = lambda stem: next(folder.glob(stem + "*"))
    return Samples(image_part(file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte")),
                   image_part(file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte")), True, 10)


def idx(images, labels, test_images, test_labels, folder, classes=()):
    folder = pathlib.Path(folder)
    train = image_part(folder / images, folder / labels)
    test = None if test_images == "none" else image_part(folder / test_images, folder / test_labels)
    return Samples(train, test, True, len(classes) or int(train[1].max()) + 1)


# --- tables ------------------------------------------------------------------------------------------------------------------------------

MISSING = {"", "NA", "N/A", "#N/A", "n/a", "na", "<NA>", "NaN", "nan", "NAN", ".nan", "null", "NULL", "Null", "?"}
MISSING_NUMBERS = MISSING | {"-", "--", ".", "None"}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def table(file, label, test_file, task, missing, separator, folder, classes=(), categorical={}, ignore=()):
    def is_missing(column, text):
        if column in categorical or (column == label and task == "classification"):
            return text in MISSING and text not in (classes if column == label else categorical[column])
        return text in MISSING_NUMBERS

    def read(name):
        path = pathlib.Path(folder) / name
        with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="") as opened:
            rows = list(csv.DictReader(opened, delimiter=SEPARATORS[separator]))
        if missing == "drop":
            rows = [row for row in rows if not any(is_missing(c, text) for c, text in row.items() if c not in ignore)]
        return rows

    def features(row):
        for column, text in row.items():
            if column == label or column in ignore:
                continue
            if column in categorical:
                yield from (float(text == value) for value in categorical[column])
            else:
                yield math.nan if missing == "mean" and is_missing(column, text) else float(text)

    def part(rows):
        inputs = torch.tensor([list(features(row)) for row in rows], dtype=torch.float64).float()
        if task == "regression":
            return inputs, torch.tensor([float(row[label]) for row in rows], dtype=torch.float64).float()
        return inputs, torch.tensor([classes.index(row[label]) for row in rows])

    rows = read(file)
    if task == "classification" and not classes:
        classes = sorted({row[label] for row in rows})
        if all(text.lstrip("+-").isdecimal() for text in classes):
            classes.sort(key=int)
    return Samples(part(rows), None if test_file == "none" else part(read(test_file)), False,
                   len(classes) if task == "classification" else None)


# --- points in the plane -----------------------------------------------------------------------------------------------------------------

BITS = 2**64 - 1


class PortableRandom:
    """xoshiro256** seeded by splitmix64, with elementary functions of its own: the same points on every machine."""

    def __init__(self, seed, stream):
        self.state, self.kept = [], None
        mixed, state = self.splitmix(stream)
        state = seed ^ mixed
        for _ in range(4):
            word, state = self.splitmix(state)
            self.state.append(word)

    @staticmethod
    def splitmix(state):
        state = z = (state + 0x9e3779b97f4a7c15) & BITS
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 & BITS
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb & BITS
        return z ^ (z >> 31), state

    def bits(self):
        rotate = lambda x, k: (x << k | x >> (64 - k)) & BITS
        s = self.state
        result = rotate(s[1] * 5 & BITS, 7) * 9 & BITS
        shifted = s[1] << 17 & BITS
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self):
        return ((self.bits() >> 11) + 1) * 2.0**-53

    def coin(self):
        return self.bits() >> 63 != 0

    def normal(self):
        if self.kept is not None:
            kept, self.kept = self.kept, None
            return kept
        radius = math.sqrt(-2 * natural_log(self.uniform()))
        sine, cosine = sine_cosine(self.uniform())
        self.kept = radius * sine
        return radius * cosine


def sine_cosine(turns):
    quarters = math.floor(turns * 4 + 0.5)
    angle = 6.283185307179586 * (turns - quarters / 4)
    square = angle * angle
    sine = cosine = 0.0
    for n in range(10, -1, -1):
        sine = 1 - square / ((2 * n + 2) * (2 * n + 3)) * sine
        cosine = 1 - square / ((2 * n + 1) * (2 * n + 2)) * cosine
    sine *= angle
    return [(sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine)][quarters % 4]


def natural_log(x):
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.70710678118654752:
        mantissa, exponent = mantissa * 2, exponent - 1
    ratio = (mantissa - 1) / (mantissa + 1)
    square = ratio * ratio
    total = 0.0
    for n in range(12, -1, -1):
        total = total * square + 1.0 / (2 * n + 1)
    return exponent * 0.6931471805599453 + 2 * ratio * total


def blob_centres(random, classes, features):
    centres = []
    for c in range(classes):
        if features == 2:
            sine, cosine = sine_cosine(c / classes)
            centres.append([cosine, sine])
        else:
            centre = [random.normal() for _ in range(features)]
            length = math.sqrt(plain_sum(x * x for x in centre))
            centres.append([x / length for x in centre])
    return centres


def plain_sum(numbers):
    total = 0.0  # sum() may compensate rounding errors
    for number in numbers:
        total += number
    return total


def point_of(pattern, index, classes, features, centres, random):
    if pattern == "blobs":
        return centres[index]
    if pattern == "spirals":
        along = random.uniform()
        sine, cosine = sine_cosine(index / classes + along)
        return [3 * along * cosine, 3 * along * sine]
    assert pattern == "xor"
    first_is_negative = random.coin()
    is_negative = [first_is_negative, first_is_negative != (index == 1)]
    point = []
    for i in range(features):
        size = random.uniform()
        point.append(2 * size - 1 if i >= 2 else -size if is_negative[i] else size)
    return point


def synthetic(pattern, samples, test_samples, classes, features, noise, seed):
    centres = blob_centres(PortableRandom(seed, 0), classes, features) if pattern == "blobs" else None

    def part(count, stream):
        random = PortableRandom(seed, stream)
        points = []
        for i in range(count):
            point = point_of(pattern, i % classes, classes, features, centres, random)
            points.append([x + noise * random.normal() for x in point])
        return torch.tensor(points, dtype=torch.float64).float(), torch.arange(count) % classes

    return Samples(part(samples, 1), part(test_samples, 2) if test_samples > 0 else None, False, classes)
