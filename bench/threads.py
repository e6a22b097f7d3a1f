"""threads.py - `tools/bench threads`: from how much work a step more than one thread pays, alone and beside a busy neighbour."""
import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile

TREE = pathlib.Path(__file__).resolve().parent.parent

CONFIG = """dataset: fashion_mnist
seed: 1
epochs: 2
batch: {batch}
layers: [{layers}]
loss: cross_entropy
optimizer: adam
"""


def mlp(width):
    return f"flatten, {{linear: {width}}}, relu, {{linear: {width}}}, relu, {{linear: 10}}"


def cnn(channels):
    conv = "{{conv2d: {{out_channels: {}, kernel_size: 3, padding: 1}}}}, batch_norm2d, relu, {{max_pool2d: 2}}"
    return f"{conv.format(channels)}, {conv.format(2 * channels)}, flatten, {{linear: 64}}, relu, {{linear: 10}}"


# Name, layers, batch size; in the order of their work a step.
LADDER = [
    ("softmax, batch 100", "flatten, {linear: 10}", 100),
    ("MLP 64, batch 100", mlp(64), 100),
    ("MLP 256, batch 100", mlp(256), 100),
    ("CNN 8-16, batch 100", cnn(8), 100),
    ("MLP 512, batch 100", mlp(512), 100),
    ("CNN 16-32, batch 100", cnn(16), 100),
    ("MLP 1024, batch 100", mlp(1024), 100),
    ("MLP 256, batch 1000", mlp(256), 1000),
]


@contextlib.contextmanager
def busy_neighbours(count):
    """Programs that want a core each, all the time."""
    running = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


class Measurement:
    """One config with 1 and with `threads` threads, alone and beside one busy program; seconds of the second epoch."""

    def __init__(self, bunsen, folder, name, layers, batch, threads):
        self.bunsen, self.folder, self.name, self.threads = bunsen, folder, name, threads
        self.config = folder / (name.replace(" ", "-").replace(",", "") + ".yaml")
        self.config.write_text(CONFIG.format(batch=batch, layers=layers))
        plan = json.loads(subprocess.run([bunsen, "plan", self.config, "--json"], capture_output=True, check=True).stdout)
        self.macs = plan["macs"] * batch
        self.seconds = {}

    def take(self, threads, neighbours):
        results = self.folder / "results"
        with busy_neighbours(neighbours):
            done = subprocess.run([self.bunsen, "run", self.config, "--again", "--threads", str(threads), "--results", results],
                                  capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: {self.config} ended with {done.returncode}:\n{done.stderr}")
        lines = (results / self.config.stem / "latest" / "metrics.jsonl").read_text().splitlines()
        seconds = json.loads(lines[-1])["timing"]["seconds"]
        key = (threads, neighbours)
        self.seconds[key] = min(seconds, self.seconds.get(key, seconds))

    def line(self):
        one, several = self.seconds[1, 0], self.seconds[self.threads, 0]
        return (f"{self.name:<21} {self.macs:>9.1e} {one:>8.2f} {several:>8.2f} {one / several:>7.2f} "
                f"{self.seconds[1, 1] / one:>9.2f} {self.seconds[self.threads, 1] / several:>9.2f}")


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench threads", description=__doc__)
    parser.add_argument("--bunsen", default=TREE / "build" / "bin" / "bunsen", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--threads", default=2, type=int, help="compared with 1 (default 2)")
    parser.add_argument("--runs", default=3, type=int, help="runs of each kind, of which the fastest counts (default 3)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bunsen-bench-") as name:
        measured = [Measurement(options.bunsen.resolve(), pathlib.Path(name), *rung, options.threads) for rung in LADDER]
        for _ in range(options.runs):
            for measurement in measured:
                for kind in ((1, 0), (options.threads, 0), (1, 1), (options.threads, 1)):
                    measurement.take(*kind)
    print(f"seconds an epoch of 60,000 images, the least of {options.runs}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    head = (f"{'':<21} {'MACs/step':>9} {'1 thread':>8} {str(options.threads) + ' thr.':>8} {'faster':>7} "
            f"{'busy, 1':>9} {'busy, ' + str(options.threads):>9}")
    print(head, "-" * len(head), *(measurement.line() for measurement in measured), sep="\n")
    print("faster: by more threads. busy: times slower beside a program that wants a core all the time.")
    return 0
