"""made_files.py - the small tables and images that the rows of table.yaml train on, written into a folder; the same each time."""
import gzip
import random


def make_files(folder):
    make_tables(folder)
    make_images(folder, "grey", (130, 40), (8, 8))
    make_images(folder, "color", (90, 30), (3, 6, 6))
    make_images(folder, "flat", (70, 0), (20,))


def write_table(path, header, rows, separator=","):
    path.write_text("\n".join(separator.join(map(str, row)) for row in [header, *rows]) + "\n")


def make_tables(folder):
    drawn = random.Random(1)
    colors = ["red", "green", "blue"]

    def person(n):
        color = drawn.choice(colors)
        height, weight = drawn.gauss(1.7, 0.1), drawn.gauss(70, 12)
        return [round(height, 3), color, round(weight, 1), 5, ["1", "10", "9"][(colors.index(color) + (weight > 70)) % 3]]

    def price(n):
        area, rooms = drawn.uniform(20, 200), drawn.randint(1, 6)
        return [f"{area:.6g}", rooms, f"{drawn.gauss(0, 1e-3):.3e}", f"{area * 0.03 + rooms + drawn.gauss(0, 0.5):.4f}"]

    def holed(n):
        cells = [f"{drawn.gauss(n % 3, 0.7):.4f}" for _ in range(4)]
        if drawn.random() < 0.3:
            cells[drawn.randrange(4)] = drawn.choice(["", "NA", "?", "nan"])
        return [f"p{n}", *cells, "abc"[n % 3]]

    write_table(folder / "people.csv", ["height", "color", "weight", "fingers", "class"], map(person, range(110)))
    write_table(folder / "people-test.csv", ["height", "color", "weight", "fingers", "class"], map(person, range(45)))
    write_table(folder / "regression.csv", ["area", "rooms", "noise", "price"], map(price, range(100)))
    write_table(folder / "regression-test.csv", ["area", "rooms", "noise", "price"], map(price, range(33)))
    write_table(folder / "holes.csv", ["id", "a", "b", "c", "d", "class"], map(holed, range(120)), ";")
    write_table(folder / "holes-test.csv", ["id", "a", "b", "c", "d", "class"], map(holed, range(30)), ";")
    write_table(folder / "yes-no.csv", ["x", "y", "answer"],
                ([f"{drawn.gauss(n % 2, 1):.5f}", f"{drawn.uniform(-1, 1):.5f}", ["no", "yes"][n % 2]] for n in range(80)))


def write_idx(path, sizes, values):
    data = bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes) + bytes(values)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def make_images(folder, name, counts, sizes):
    """Four classes: each has its own stripes, under noise. Large sets are compressed."""
    drawn = random.Random(name)
    elements = 1
    for size in sizes:
        elements *= size
    ending = ".idx.gz" if counts[0] > 100 else ".idx"
    for part, count in zip(("", "-test"), counts):
        if count > 0:
            pixels = [min(255, max(0, int(60 * ((i * (n % 4 + 1) // 3) % 4) + drawn.gauss(40, 30)))) for n in range(count) for i in range(elements)]
            write_idx(folder / f"{name}{part}{ending}", [count, *sizes], pixels)
            write_idx(folder / f"{name}{part}-labels.idx", [count], [n % 4 for n in range(count)])
