"""files_opened_test.py - commands that train nothing open a handful of files, and nothing of LibTorch's."""
import os
import re
import shutil
import subprocess

import pytest

from programs import BUNSEN, MLP

FOREIGN = re.compile(r"torch|libc10|gomp|iomp5|openblas|libblas|mkl|lapack|cuda|bunsen-worker", re.IGNORECASE)

# Libraries, the config, what the kernel says of the machine: a number that grows by accident is found here.
MOST_FILES = 40

COMMANDS = [["--version"], ["--help"], ["check", "mlp.yaml"], ["plan", "mlp.yaml"], ["config", "mlp.yaml", "--origin"], ["config", "mlp.yaml", "--json"],
            ["explain", "optimizer.adam"], ["schema"], ["list"], ["diff", "mlp.yaml", "other.yaml"]]


@pytest.fixture
def place(workplace):
    workplace.write("mlp.yaml", MLP)
    workplace.write("other.yaml", MLP.replace("epochs: 3", "epochs: 4"))
    return workplace


def files_opened(place, arguments):
    log = place.folder / "strace.log"
    done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=open,openat,openat2,execve", "-o", log, BUNSEN, *arguments], cwd=place.folder,
                          env=place.environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    calls = [line for line in log.read_text().splitlines() if re.search(r"\) += [0-9]", line)]
    return [re.search(r'"([^"]*)"', line).group(1) for line in calls]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not there; tools/setup --tests brings it")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_file_of_libtorch_is_opened(place, arguments):
    opened = files_opened(place, arguments)
    assert str(BUNSEN) in opened  # its own start is seen, so the others would be too
    assert any("libc.so" in path for path in opened)
    # The program's own path may contain any word.
    assert [path for path in opened if FOREIGN.search(os.path.basename(path))] == []
    assert len(opened) <= MOST_FILES, opened


def test_the_front_is_linked_with_nothing_of_libtorch(place):
    loaded = subprocess.run([BUNSEN, "--version"], env=place.environment | {"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True).stdout
    assert "libc.so" in loaded
    assert [line for line in loaded.splitlines() if FOREIGN.search(line.split("=>")[0])] == []
