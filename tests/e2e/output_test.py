"""output_test.py - standard output that is full, closed, or that nobody reads any more."""
import json
import os
import subprocess

import pytest

from programs import BUNSEN, MLP, status_of

COMMANDS = [["--version"], ["--help"], ["schema"], ["check", "mlp.yaml", "--diagnostics", "json"], ["explain", "--page"],
            ["config", "mlp.yaml"], ["plan", "mlp.yaml"], ["list", "--json"], ["doctor", "--json"]]


@pytest.fixture
def place(workplace):
    workplace.write("mlp.yaml", MLP)
    return workplace


def into(place, descriptor, arguments, **how):
    return subprocess.run([BUNSEN, *arguments], cwd=place.folder, env=place.environment, stdout=descriptor, stderr=subprocess.PIPE,
                          text=True, timeout=120, **how)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_is_told_with_3(place, arguments):
    with open("/dev/full", "w") as full:
        done = into(place, full, arguments)
    assert done.returncode == 3, done.stderr
    assert "bunsen: can't write to standard output: No space left on device\n" in done.stderr
    assert "mistake of bunsen" not in done.stderr


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("is_signal_ignored", [False, True])
def test_a_reader_that_went_away_is_no_error(place, arguments, is_signal_ignored):
    reader, writer = os.pipe()
    os.close(reader)
    # Python ignores SIGPIPE; restored, a program dies of it as programs in a pipeline do.
    done = into(place, writer, arguments, restore_signals=not is_signal_ignored)
    os.close(writer)
    assert done.returncode in ((0,) if is_signal_ignored else (0, -13)), done.stderr
    assert "can't write" not in done.stderr
    assert "mistake of bunsen" not in done.stderr


def test_head_gets_its_line_and_nothing_is_said(place):
    done = subprocess.run(f"'{BUNSEN}' explain --page | head -1", shell=True, cwd=place.folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "# What a config and an experiment can say\n", "")


def test_a_closed_standard_output_is_told_and_no_file_takes_its_number(place):
    done = subprocess.run(["sh", "-c", f"'{BUNSEN}' run mlp.yaml >&-"], cwd=place.folder, env=place.environment, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 3
    assert "can't write to standard output: Bad file descriptor" in done.stderr
    (run,) = place.runs("mlp")
    assert status_of(run) == "completed"
    for name in ("result.json", "status.json"):
        json.loads((run / name).read_text())


def test_a_run_outlives_the_reader_of_its_progress(place):
    done = subprocess.run(["sh", "-c", f"'{BUNSEN}' run mlp.yaml 2>&1 | head -1"], cwd=place.folder, env=place.environment,
                          capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 1
    (run,) = place.runs("mlp")
    assert status_of(run) == "completed"


def test_a_full_standard_error_does_not_stop_a_run(place):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BUNSEN, "run", "mlp.yaml"], cwd=place.folder, env=place.environment, stdout=subprocess.PIPE, stderr=full, text=True)
    assert done.returncode == 0
    assert "result.json" in done.stdout


def test_check_that_has_nothing_to_print_needs_no_standard_output(place):
    with open("/dev/full", "w") as full:
        done = into(place, full, ["check", "mlp.yaml"])
    assert (done.returncode, done.stderr) == (0, "1 file: no error\n")
