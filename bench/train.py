"""train.py - `tools/bench train`: what an epoch costs, beside the matrix products alone and beside other ways to train the same network.

All train 784-10 (softmax) or 784-256-256-10 (ReLU) on MNIST's 60,000 images in steps of 100, shuffled anew each epoch, with Adam and
cross-entropy, without evaluation, on one thread. Each contestant is a process of its own on one core; they take turns, so that a busy
minute falls on all. A process's first epoch (compilation, first touch of memory) is not counted, and its least other one is its figure.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import textwrap
import time

import memory
import peers

TREE = pathlib.Path(__file__).resolve().parent.parent
CONTESTANTS = TREE / "bench" / "contestants"
PEERS = ("lightning", "keras", "skorch", "sklearn")
PARTS = ("softmax", "relu", "cnn", "process", "memory", "probes")
LARGEST_SHARE_OF_PROBES = 0.02
TITLES = {"softmax": "784-10 softmax, seconds an epoch", "relu": "784-256-256-10 ReLU, seconds an epoch",
          "cnn": "fashion_cnn.yaml, seconds an epoch", "process": "whole process, softmax, 1 epoch, s"}
EPOCHS = {"softmax": 6, "relu": 3, "cnn": 2}
LAYERS = {"softmax": "[flatten, {linear: 10}]", "relu": "[flatten, {linear: 256}, relu, {linear: 256}, relu, {linear: 10}]"}
# glibc gives a tensor of 128 KB and more back to the kernel each time it is freed, unless it is told otherwise. bunsen tells it.
TUNED_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
# Equal work must end at about an equal loss: half the steps, or an optimizer that does not work, are further off.
LOSS_TOLERANCE = 0.1


class Contestant:
    """`asked` is how many times bunsen's time this one must take at least; of a floor, how many times its time bunsen may take at most."""

    def __init__(self, name, command, asked=None, is_floor=False, environment=None):
        self.name, self.command, self.asked, self.is_floor = name, command, asked, is_floor
        self.environment = environment or {}
        self.figures, self.losses = [], []

    def ratios(self, ours):
        """Of the least figures, and the median of each round's: more is better, but for a floor."""
        least, rounds = min(self.figures) / min(ours.figures), [a / b for a, b in zip(self.figures, ours.figures)]
        if self.is_floor:
            least, rounds = 1 / least, [1 / ratio for ratio in rounds]
        return least, statistics.median(rounds)

    def misses(self, ours):
        if self.asked is None:
            return False
        least, _ = self.ratios(ours)
        return least > self.asked if self.is_floor else least < self.asked


class Race:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.bunsen, self.plain_loop = options.bunsen.resolve(), options.bunsen.resolve().parent / "plain_loop"
        self.python = peers.python_with(["jax", *options.peers])
        self.versions = set()

    # --- who runs -----------------------------------------------------------------------------------------------------------------------

    def bunsen_command(self, model, epochs, fused=True, has_test=False):
        files = {"images": "train-images-idx3", "labels": "train-labels-idx1"}
        if has_test:
            files |= {"test_images": "t10k-images-idx3", "test_labels": "t10k-labels-idx1"}
        data = "{idx: {" + ", ".join(f"{key}: {self.options.data}/{file}-ubyte.gz" for key, file in files.items()) + "}}"
        command = [self.bunsen, "run", "--again", "--json", "--quiet", "--threads", "1", "--results", self.folder / "results"]
        if model == "cnn":
            return command + [TREE / "configs" / "fashion_cnn.yaml", "--set", f"epochs={epochs}", "--set", "~validation",
                              "--set", f"dataset={data}", "--set", f"optimizer.adam.fused={str(fused).lower()}"]
        file = self.folder / f"{model}-{epochs}-{'fused' if fused else 'default'}{'-tested' if has_test else ''}.yaml"
        file.write_text(f"seed: 1\nepochs: {epochs}\nbatch: 100\ndataset: {data}\nlayers: {LAYERS[model]}\nloss: cross_entropy\n"
                        f"optimizer: {{adam: {{lr: 1e-3, fused: {str(fused).lower()}}}}}\n")
        return command + [file]

    def script(self, name, model, *words, epochs=None):
        return [self.python, CONTESTANTS / f"with_{name}.py", model, epochs or EPOCHS[model], self.options.data, *words]

    def contestants(self, model):
        if model == "process":
            pytorch = self.script("pytorch", "softmax", epochs=1)
            return [Contestant("bunsen run", self.bunsen_command("softmax", 1)), Contestant("python3 with PyTorch", pytorch, 4.0)]
        ours = Contestant("bunsen", self.bunsen_command(model, EPOCHS[model]))
        pytorch, fused = self.script("pytorch", model), self.script("pytorch", model, "fused")
        if model == "cnn":
            return [ours, Contestant("PyTorch, resident tensors, Adam", pytorch, 1.1), Contestant("PyTorch, the same, fused=True", fused)]
        is_relu = model == "relu"
        loop, products = ([self.plain_loop, what, model, EPOCHS[model], self.options.data] for what in ("loop", "products"))
        found = [
            ours,
            Contestant("the matrix products alone (floor)", products, 1.25 if is_relu else None, is_floor=True),
            Contestant("bunsen with `fused: false`", self.bunsen_command(model, EPOCHS[model], fused=False)),
            Contestant("plain LibTorch loop", loop, 1.2 if is_relu else 1.3),
            Contestant("the same, tuned malloc", loop, environment=TUNED_MALLOC),
            Contestant("PyTorch, resident tensors, Adam", pytorch, 1.4 if is_relu else 1.5),
            Contestant("PyTorch, the same, fused=True", fused, 1.05 if is_relu else 1.4),
            Contestant("JAX, jit of a scan", self.script("jax", model), 1.0 if is_relu else None),
        ]
        if is_relu:
            found += self.asked_peers(model)
        return found

    def asked_peers(self, model):
        found = []
        for peer in self.options.peers:
            if peer == "keras":
                found += [Contestant(f"Keras, backend {backend}", self.script("keras", model), 2.0, environment={"KERAS_BACKEND": backend})
                          for backend in ("torch", "jax")]
            else:
                title = {"lightning": "Lightning", "skorch": "skorch", "sklearn": "scikit-learn"}[peer]
                found.append(Contestant(title, self.script(peer, model), 1.3 if peer == "sklearn" else 2.0))
        return found

    # --- one run ------------------------------------------------------------------------------------------------------------------------

    def environment_of(self, contestant):
        # Without byte code beside its sources Python would take seconds more to import PyTorch.
        dropped = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "BUNSEN_RESULTS", *TUNED_MALLOC}
        inherited = {key: value for key, value in os.environ.items() if key not in dropped}
        return inherited | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu",
                            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "KERAS_HOME": str(self.folder)} | contestant.environment

    def run(self, contestant):
        """What it says in its line of JSON, and the wall time of the whole process."""
        started = time.perf_counter()
        done = subprocess.run(list(map(str, contestant.command)), cwd=self.folder, env=self.environment_of(contestant), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, {self.options.core}))
        wall = time.perf_counter() - started
        if done.returncode != 0:
            raise SystemExit(f"bench: {contestant.name} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        said = json.loads(done.stdout.splitlines()[-1])
        if "profile" not in said and "folder" in said:
            epochs = [json.loads(line) for line in (pathlib.Path(said["folder"]) / "metrics.jsonl").read_text().splitlines()]
            said = {"seconds": [epoch["timing"]["seconds"] for epoch in epochs], "loss": epochs[-1]["train"]["loss"]}
        return said, wall

    def race(self, model):
        found = self.contestants(model)
        if model == "process":
            for contestant in found:
                self.run(contestant)  # its files into the cache, Python's byte code beside its sources
        for number in range(self.options.rounds):
            for contestant in found:
                self.progress(f"{model}, round {number + 1} of {self.options.rounds}: {contestant.name}")
                said, wall = self.run(contestant)
                contestant.figures.append(wall if model == "process" else min(said["seconds"][1:]))
                if "loss" in said:
                    contestant.losses.append(said["loss"])
                if "version" in said:
                    self.versions.add(said["version"].split(",")[0])
        self.progress("")
        self.hold_losses_together(found)
        return found

    def hold_losses_together(self, found):
        ours = statistics.median(found[0].losses)
        for contestant in found:
            for loss in contestant.losses:
                if not abs(loss / ours - 1) <= LOSS_TOLERANCE:  # NaN too
                    raise SystemExit(f"bench: {contestant.name} ends at a training loss of {loss:.4f} and bunsen at {ours:.4f}: "
                                     "that is not the same work")

    def progress(self, text):
        if os.isatty(2):
            os.write(2, f"\r\033[K{text[:78]}".encode())


def table(title, found):
    ours = found[0]
    lines = [f"{title:<41}{'least':>7}{'median':>8}{'x least':>8}{'median':>7}  asked"]
    lines.append("-" * 79)
    for contestant in found:
        line = f"{contestant.name:<41}{min(contestant.figures):>7.3f}{statistics.median(contestant.figures):>8.3f}"
        if contestant is not ours:
            least, median = contestant.ratios(ours)
            line += f"{least:>8.2f}{median:>7.2f}"
            if contestant.asked:
                line += f"  {'<=' if contestant.is_floor else '>='} {contestant.asked:g}" + (" !" if contestant.misses(ours) else "")
        lines.append(line.rstrip())
    losses = [loss for contestant in found for loss in contestant.losses]
    lines.append(f"training loss of the last epoch: {min(losses):.4f} to {max(losses):.4f}")
    return "\n".join(lines)


def measure_memory(race):
    """The plain loop holds the pixels as floats and reads them piece by piece, so that it never holds them twice."""
    peaks = {}
    for contestant in race.contestants("relu"):
        if contestant.name in ("bunsen", "plain LibTorch loop", "PyTorch, resident tensors, Adam"):
            race.progress("memory: " + contestant.name)
            peaks[contestant.name] = memory.peaks(contestant.command, race.folder, race.environment_of(contestant))
    race.progress("")
    return peaks


def memory_table(peaks):
    ours = peaks["bunsen"]
    lines = [f"{'peak memory, ReLU, MB':<41}{'process':>9}{'all':>7}{'less than it':>14}  asked", "-" * 79]
    for name, peak in peaks.items():
        line = f"{name:<41}{peak.largest:>9.0f}{peak.all:>7.0f}"
        if peak is not ours:
            line += f"{peak.largest - ours.largest:>14.0f}"
        lines.append(line + ("  >= 100" if name.startswith("plain") else ""))
    return "\n".join(lines)


def measure_probes(race):
    """By model, of each round: seconds of an epoch with its test part evaluated, and which share of it finds more than the gradients."""
    found = {}
    for model in ("softmax", "relu"):
        for number in range(race.options.rounds):
            race.progress(f"probes, round {number + 1} of {race.options.rounds}: {model}")
            command = race.bunsen_command(model, EPOCHS[model], has_test=True) + ["--profile"]
            seconds = race.run(Contestant("bunsen run --profile", command))[0]["profile"]["seconds"]
            shares = {phase: value / sum(seconds.values()) for phase, value in seconds.items()}
            found.setdefault(model, []).append((sum(seconds.values()), shares))
    race.progress("")
    return found


def share_of_probes(shares):
    return shares["probes"] + shares["metrics"] + shares["writing"]


def probes_table(found):
    lines = [f"{'share of an epoch, test part evaluated':<41}{'least':>8}{'median':>8}  asked", "-" * 79]
    for model, rounds in found.items():
        columns = {phase: [100 * shares[phase] for _, shares in rounds] for phase in ("evaluation", "probes", "metrics", "writing")}
        columns["probes, metrics, writing"] = [100 * share_of_probes(shares) for _, shares in rounds]
        for what, values in columns.items():
            asked = "  < 2 %" if "," in what else ""
            lines.append(f"{model + ': ' + what:<41}{min(values):>6.2f} %{statistics.median(values):>6.2f} %{asked}")
    return "\n".join(lines)


def default_data():
    named = os.environ.get("BUNSEN_DATA")
    places = [pathlib.Path(named) / name for name in ("mnist", "fashion_mnist", "fashion-mnist", ".")] if named else []
    for place in places + [pathlib.Path("/usr/share/datasets/fashion-mnist")]:
        if (place / "train-images-idx3-ubyte.gz").exists():
            return place
    return None


def read_options(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bunsen", default=TREE / "build" / "bin" / "bunsen", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--rounds", default=5, type=int, help="processes of each contestant (default 5)")
    parser.add_argument("--parts", default=",".join(PARTS), help="which tables (default " + ",".join(PARTS) + ")")
    parser.add_argument("--peers", default="", help="also, on ReLU: " + ",".join(PEERS))
    parser.add_argument("--all", action="store_true", help="all of these peers")
    parser.add_argument("--data", default=default_data(), type=pathlib.Path, help="folder of MNIST's four files (default: in $BUNSEN_DATA, "
                        "else Debian's Fashion-MNIST)")
    parser.add_argument("--core", default=max(os.sched_getaffinity(0)), type=int, help="the core that all run on (default: the last)")
    options = parser.parse_args(arguments)
    options.parts = options.parts.split(",")
    options.peers = list(PEERS) if options.all else [peer for peer in options.peers.split(",") if peer]
    for word, known in [(word, PARTS) for word in options.parts] + [(word, PEERS) for word in options.peers]:
        if word not in known:
            parser.error(f"'{word}' is none of " + ", ".join(known))
    if options.data is None:
        raise SystemExit("bench: no MNIST; install dataset-fashion-mnist, or name a folder with --data")
    options.data = options.data.resolve()
    if not os.access(options.bunsen, os.X_OK):
        raise SystemExit(f"bench: no program {options.bunsen}; build it with tools/build")
    return options


def main(arguments):
    options = read_options(arguments)
    subprocess.run(["cmake", "--build", options.bunsen.resolve().parent.parent, "--target", "plain_loop"], check=True, stdout=subprocess.DEVNULL)
    missed = []
    with tempfile.TemporaryDirectory(prefix="bunsen-bench-") as name:
        race = Race(options, pathlib.Path(name))
        print(f"{options.data}; {options.rounds} rounds on core {options.core} of {os.cpu_count()}; load {os.getloadavg()[0]:.1f} before\n"
              "x: how many times bunsen's time; of a floor: how many times its time\n"
              "bunsen takes; !: misses what is asked\n", flush=True)
        for part in options.parts:
            if part == "memory":
                peaks = measure_memory(race)
                print(memory_table(peaks) + "\n", flush=True)
                if peaks["plain LibTorch loop"].largest - peaks["bunsen"].largest < 100:
                    missed.append("memory: plain LibTorch loop")
                continue
            if part == "probes":
                shares = measure_probes(race)
                print(probes_table(shares) + "\n", flush=True)
                missed += [f"probes: {model}" for model, rounds in shares.items()
                           if min(share_of_probes(shares) for _, shares in rounds) >= LARGEST_SHARE_OF_PROBES]
                continue
            found = race.race(part)
            print(table(TITLES[part], found) + "\n", flush=True)
            missed += [f"{part}: {contestant.name}" for contestant in found if contestant.misses(found[0])]
        print(textwrap.fill(", ".join([f"load {os.getloadavg()[0]:.1f} after", *sorted(race.versions)]), 79))
    if missed:
        print(textwrap.fill("missed its target: " + "; ".join(missed), 79))
    return 1 if missed else 0
