"""determinism_test.py - a training has the same bits wherever and whenever it runs: alone, late in a worker, beside others, on any core."""
import collections
import json
import os
import pathlib
import tempfile

import pytest

from programs import Worker

POINTS = """
seed: 3
epochs: 2
dataset: {synthetic: {pattern: blobs, samples: 300, test_samples: 70, classes: 5, features: 20}}
validation: 0.1
batch: 93
layers: [{linear: WIDTH}, batch_norm1d, relu, {dropout: 0.3}, {linear: 5}]
loss: cross_entropy
optimizer: {adam: {lr: 0.01}}
schedule: {warmup: {epochs: 1, start_factor: 0.5}}
clip: {norm: 0.5}
early_stopping: 2
"""

IMAGES = """
seed: 4
epochs: 1
dataset: {idx: {images: images.idx, labels: labels.idx}}
batch: 19
layers: [{conv2d: {out_channels: WIDTH, kernel_size: 3}}, gelu, {max_pool2d: 2}, flatten, {linear: 4}]
loss: cross_entropy
optimizer: {sgd: {lr: 0.05, momentum: 0.9, fused: false, groups: {"*.bias": {lr: 0.1}}}}
"""

SUBJECTS = {"points": POINTS.replace("WIDTH", "64"), "images": IMAGES.replace("WIDTH", "6")}


def write_idx(path, sizes, values):
    path.write_bytes(bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes) + bytes(values))


class Trials:
    """Trains the subjects among many others, and keeps the bits that each of them had."""

    def __init__(self, workplace, folder):
        self.workplace, self.folder = workplace, folder
        write_idx(workplace.folder / "images.idx", [70, 9, 9], [(i * i // 7 + i) % 256 for i in range(70 * 81)])
        write_idx(workplace.folder / "labels.idx", [70], [i % 4 for i in range(70)])
        self.configs = {}
        self.bits = {name: collections.Counter() for name in SUBJECTS}

    def take(self, name, result):
        self.bits[name][json.dumps([result["weights"], result["epochs"]])] += 1

    def alone(self):
        for name, text in SUBJECTS.items():
            self.workplace.write(f"{name}.yaml", text)
            done = self.workplace.bunsen("run", f"{name}.yaml", "--threads", "1")
            assert done.returncode == 0, done.stderr
            self.take(name, self.workplace.result(name))

    def others(self):
        """Of all sizes: they leave memory and caches in ever another state."""
        return [text.replace("WIDTH", str(width)) for width in (1, 3, 10, 33, 137) for text in (POINTS, IMAGES)] + [
            POINTS.replace("WIDTH", str(width)).replace("batch: 93", f"batch: {batch}") for width, batch in ((5, 7), (250, 299), (17, 31), (2, 2))]

    def in_a_worker(self, count, every=5, **how):
        """`count` trainings, each `every`-th of a subject; requests are sent ahead, so that no job waits for the next one."""
        worker = Worker(self.workplace, **how)
        others = [worker.resolved(text) for text in self.others()]
        subjects = {name: worker.resolved(text) for name, text in SUBJECTS.items()}
        running, folders = {}, pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for n in range(count):
            if len(running) > 4:
                self.end_one(worker, running)
            name = list(SUBJECTS)[n // every % len(SUBJECTS)] if n % every == 0 else None
            folder = folders / str(n)
            folder.mkdir(parents=True)
            worker.say({"request": "train", "id": str(n), "folder": str(folder), "config": subjects[name] if name else others[n % len(others)],
                        "run": {"id": str(n), "group": "g", "name": "trial"}, "keep_weights": False})
            running[str(n)] = (name, folder)
        while running:
            self.end_one(worker, running)
        worker.process.kill()
        worker.process.wait()

    def end_one(self, worker, running):
        event = worker.until("finished", "failed", "error")
        assert event["event"] == "finished", event
        name, folder = running.pop(event["id"])
        if name:
            self.take(name, json.loads((folder / "result.json").read_text()))

    def check(self, at_least):
        for name, seen in self.bits.items():
            assert len(seen) == 1, f"{name}: {len(seen)} different trainings, {sorted(seen.values())} times"
        assert sum(seen.total() for seen in self.bits.values()) >= at_least


@pytest.fixture
def trials(workplace):
    """In memory where there is such a folder: on a busy disk a run folder takes longer than these trainings."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        started = Trials(workplace, folder)
        started.alone()
        yield started


def test_the_first_and_the_thousandth_trial_of_a_worker_have_the_bits_of_a_run_alone(trials):
    trials.in_a_worker(1000)
    trials.check(at_least=200)


def test_a_trial_has_the_same_bits_beside_others(trials):
    trials.in_a_worker(200, every=2, jobs=2)
    trials.in_a_worker(60, every=2, jobs=4)
    trials.check(at_least=130)


def test_a_trial_has_the_same_bits_on_every_core(trials):
    for core in sorted(os.sched_getaffinity(0))[:4]:
        trials.in_a_worker(20, every=2, cores={core})
    trials.check(at_least=12)
