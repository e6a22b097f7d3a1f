"""programs.py - starts the two programs as a user does, in a folder of their own, and looks at what they left."""
import fcntl
import json
import os
import pathlib
import pty
import signal
import struct
import subprocess
import tempfile
import termios
import time

import pytest

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
BIN = pathlib.Path(os.environ["BUNSEN_BIN"])
BUNSEN = BIN / "bunsen"

MNIST_PLACES = [os.environ.get("BUNSEN_DATA"), SOURCE / "data/mnist", SOURCE.parent / "shared/data/mnist", pathlib.Path.home() / ".cache/bunsen/data/mnist"]
MNIST = next((place for place in MNIST_PLACES if place and list(pathlib.Path(place).glob("t10k-images*"))), None)

MLP = """
vars: {width: 8}
seed: 1
epochs: 3
dataset: {synthetic: {pattern: blobs, samples: 400, test_samples: 100}}
validation: 100
batch: 20
layers: [{linear: $width}, relu, {linear: 2}]
loss: cross_entropy
optimizer: {adam: {lr: 1e-2}}
"""

# Trains for minutes, in steps of a moment: whoever stops it can do so in the middle.
LONG = MLP.replace("epochs: 3", "epochs: 100000")

DIVERGING = MLP.replace("adam: {lr: 1e-2}", "sgd: {lr: 1e30}").replace("epochs: 3", "epochs: 20")


class Started(subprocess.Popen):
    """A program that runs beside the test. It talks to files: a pipe that nobody reads would stop it."""

    def __init__(self, arguments, **how):
        self.out, self.told = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        super().__init__(arguments, stdout=self.out, stderr=self.told, start_new_session=True, **how)

    def communicate(self, timeout=None):
        self.wait(timeout)
        return tuple((file.seek(0), file.read())[1] for file in (self.out, self.told))


class Workplace:
    """A folder with configs in it, in which bunsen is run."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if k not in ("BUNSEN_DATA", "BUNSEN_RESULTS", "BUNSEN_COMMAND")}
        self.environment["HOME"] = str(folder / "home")
        self.environment["XDG_CACHE_HOME"] = str(folder / "home" / "cache")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def bunsen(self, *arguments, timeout=120, **more):
        return subprocess.run([BUNSEN, *map(str, arguments)], cwd=self.folder, env=self.environment | more, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start(self, *arguments, **more):
        return Started([BUNSEN, *map(str, arguments)], cwd=self.folder, env=self.environment | more)

    def on_terminal(self, *arguments, columns=80):
        """What is shown on a terminal, and the exit code."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([BUNSEN, *map(str, arguments)], cwd=self.folder, env=self.environment,
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        shown = b""
        while True:
            try:
                shown += os.read(master, 65536)
            except OSError:  # the other side is closed
                break
        os.close(master)
        return shown.decode(), process.wait()

    def runs(self, name):
        """Run folders of a config or an experiment, sorted."""
        folder = self.folder / "results" / name
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())

    def result(self, name):
        (run,) = self.runs(name)
        return json.loads((run / "result.json").read_text())


class Disk:
    """A file system of its own in memory."""

    def __init__(self, folder, options):
        self.folder = folder
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], stderr=subprocess.PIPE, text=True)
        if made.returncode != 0:
            pytest.skip("no file system can be mounted here: " + made.stderr.strip())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)


class Worker:
    """bunsen-worker and a conversation with it (docs/worker_protocol.md); `cores`: those that it may run on."""

    def __init__(self, workplace, jobs=1, cores=None):
        self.workplace = workplace
        self.process = subprocess.Popen(
            [BIN / "bunsen-worker", "--jobs", str(jobs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, bufsize=1, start_new_session=True,
            env=workplace.environment | {"OMP_WAIT_POLICY": "PASSIVE"}, preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)))
        self.hello = self.next()

    def say(self, line):
        self.process.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        self.process.stdin.flush()

    def next(self):
        return json.loads(self.process.stdout.readline())

    def until(self, *names, id=None):
        """The first event of these names (and this id), those before it dropped."""
        while True:
            event = self.next()
            if event["event"] in names and id in (None, event.get("id")):
                return event

    def resolved(self, text):
        shown = self.workplace.bunsen("config", self.workplace.write("config.yaml", text), "--json")
        assert shown.returncode == 0, shown.stderr
        return json.loads(shown.stdout)

    def train(self, id, text=MLP, **more):
        folder = self.workplace.folder / "runs" / id
        folder.mkdir(parents=True, exist_ok=True)
        self.say({"request": "train", "id": id, "folder": str(folder), "config": self.resolved(text), "run": {"id": id, "group": "g", "name": id}} | more)
        return folder


def status_of(run):
    return json.loads((run / "status.json").read_text())["status"]


def wait_for(condition, seconds=60):
    """What `condition` gives once it is true; fails the test when it does not come true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    pytest.fail("waited in vain")


def has_epochs(workplace, name, runs=1):
    """True once `runs` runs of the name have told an epoch."""
    def lines():
        found = [run for run in workplace.runs(name) if (run / "metrics.jsonl").exists() and (run / "metrics.jsonl").stat().st_size > 0]
        return found if len(found) >= runs else None
    return lines


def processes_below(pid):
    """Pids of the children and their children, read from /proc."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                pass
    found, border = [], [pid]
    while border:
        border = [child for child, parent in parents.items() if parent in border]
        found += border
    return found


def is_alive(pid):
    try:
        return (pathlib.Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
