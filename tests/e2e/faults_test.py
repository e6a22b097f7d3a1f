"""faults_test.py - what is left when a run meets a kill, a full disk, a folder that can't be written, bad data."""
import gzip
import json
import os
import signal

import pytest

from programs import LONG, MLP, Disk, has_epochs, is_alive, kill, processes_below, status_of, wait_for

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")


@pytest.fixture
def training(workplace):
    """A run that is in the middle of its training."""
    workplace.write("long.yaml", LONG)
    front = workplace.start("run", "long.yaml")
    (run,) = wait_for(has_epochs(workplace, "long"))
    others = processes_below(front.pid)
    yield workplace, front, run, others
    for pid in [front.pid, *others]:
        kill(pid)
    front.wait()


def whole_lines(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_ctrl_c_ends_in_order_with_75_and_keeps_the_epochs(training):
    workplace, front, run, others = training
    os.killpg(front.pid, signal.SIGINT)
    _, told = front.communicate(timeout=60)
    assert front.returncode == 75, told
    assert "interrupted after" in told
    assert status_of(run) == "interrupted"
    assert len(whole_lines(run)) >= 1
    assert not (run / "lock").exists()
    wait_for(lambda: not any(is_alive(pid) for pid in others))


def test_sigterm_to_the_front_alone_does_the_same(training):
    workplace, front, run, others = training
    front.terminate()
    _, told = front.communicate(timeout=60)
    assert front.returncode == 75, told
    assert status_of(run) == "interrupted"
    wait_for(lambda: not any(is_alive(pid) for pid in others))


def test_an_interrupted_run_starts_over_and_keeps_the_attempt(training):
    workplace, front, run, _ = training
    front.terminate()
    front.communicate(timeout=60)
    again = workplace.start("run", "long.yaml")
    try:
        wait_for(lambda: (run / "attempt-1" / "metrics.jsonl").exists() and (run / "metrics.jsonl").exists())
    finally:
        again.terminate()
    _, told = again.communicate(timeout=60)
    assert "was interrupted; starts over" in told


def test_a_front_killed_leaves_no_orphan_and_a_folder_that_says_interrupted(training):
    _, front, run, others = training
    kill(front.pid)
    front.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in others))
    assert status_of(run) == "interrupted"
    assert len(whole_lines(run)) >= 1


def test_a_worker_killed_is_told_and_takes_its_children_with_it(training):
    workplace, front, run, others = training
    worker = others[0]
    kill(worker)
    _, told = front.communicate(timeout=60)
    assert front.returncode == 3, told
    assert "bunsen-worker was killed by signal 9" in told
    assert str(run.relative_to(workplace.folder)) in told
    wait_for(lambda: not any(is_alive(pid) for pid in others))
    assert len(whole_lines(run)) >= 1
    workplace.write("long.yaml", LONG)
    again = workplace.start("run", "long.yaml")
    wait_for(lambda: (run / "attempt-1" / "metrics.jsonl").exists() and (run / "metrics.jsonl").exists())
    again.terminate()
    again.communicate(timeout=60)


def test_a_training_process_killed_makes_a_failed_result(training):
    _, front, run, _ = training
    kill(json.loads((run / "status.json").read_text())["pid"])
    _, told = front.communicate(timeout=60)
    assert front.returncode == 3, told
    assert status_of(run) == "failed"
    result = json.loads((run / "result.json").read_text())
    assert result["run"]["status"] == "failed"
    assert result["run"]["error"]["message"]
    assert len(result["epochs"]) >= 1


def test_a_folder_that_cannot_be_written_is_an_error_with_path_and_reason(workplace):
    workplace.write("net.yaml", MLP)
    workplace.write("results", "a file stands where the folder should be")
    done = workplace.bunsen("run", "net.yaml")
    assert done.returncode not in (0, 75)
    assert "results" in done.stderr and "ot a directory" in done.stderr
    assert (workplace.folder / "results").read_text() == "a file stands where the folder should be"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_an_error_with_path_and_reason(workplace):
    workplace.write("net.yaml", MLP)
    (workplace.folder / "results").mkdir(mode=0o555)
    done = workplace.bunsen("run", "net.yaml")
    assert done.returncode not in (0, 75)
    assert "Permission denied" in done.stderr


@needs_root
def test_a_read_only_file_system_is_an_error_with_path_and_reason(workplace):
    workplace.write("net.yaml", MLP)
    with Disk(workplace.folder / "results", "size=1m,ro"):
        done = workplace.bunsen("run", "net.yaml")
    assert done.returncode not in (0, 75)
    assert "Read-only file system" in done.stderr
    assert "results/net" in done.stderr


@needs_root
def test_a_full_disk_is_an_error_with_path_and_reason_and_what_was_there_stays(workplace):
    workplace.write("net.yaml", MLP)
    workplace.write("wide.yaml", MLP.replace("width: 8", "width: 100000"))
    with Disk(workplace.folder / "results", "size=200k"):
        first = workplace.bunsen("run", "net.yaml")
        assert first.returncode == 0, first.stderr
        before = workplace.result("net")
        done = workplace.bunsen("run", "wide.yaml", "--set", "epochs=1")
        assert done.returncode == 3, done.stderr
        assert "No space left on device" in done.stderr
        assert workplace.result("net") == before
        (run,) = workplace.runs("wide")
        assert not [path for path in run.iterdir() if "tmp" in path.name]
        if (run / "result.json").exists():
            assert json.loads((run / "result.json").read_text())["run"]["status"] != "completed"


def test_a_broken_table_is_an_error_with_line_and_reason(workplace):
    workplace.write("net.yaml", MLP.replace("{synthetic: {pattern: blobs, samples: 400, test_samples: 100}}", "{csv: {file: points.csv, label: class}}")
                    .replace("validation: 100", "validation: none"))
    workplace.write("points.csv", "x,y,class\n1,2,a\n3,oops,b\n")
    done = workplace.bunsen("run", "net.yaml")
    assert done.returncode == 3, done.stderr
    assert "points.csv:3" in done.stderr and "oops" in done.stderr
    assert not workplace.runs("net")


def test_damaged_images_are_an_error_with_path_and_reason(workplace):
    workplace.write("net.yaml", MLP.replace("{synthetic: {pattern: blobs, samples: 400, test_samples: 100}}", "mnist")
                    .replace("layers: [", "layers: [flatten, ").replace("linear: 2", "linear: 10"))
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        path = workplace.write(f"data/mnist/{name}-ubyte.gz", "")
        path.write_bytes(gzip.compress(b"\0\0\x08\x03" + bytes(12))[:20])
    done = workplace.bunsen("run", "net.yaml")
    if done.returncode == 0:
        pytest.skip("whole MNIST files lie in a system folder of this machine")
    assert done.returncode in (2, 3)
    assert "data/mnist" in done.stderr and "idx" in done.stderr


def test_a_worker_that_is_not_there_is_named(workplace):
    workplace.write("net.yaml", MLP)
    done = workplace.bunsen("run", "net.yaml", BUNSEN_WORKER_PROGRAM=str(workplace.folder / "none"))
    assert done.returncode == 2
    assert "BUNSEN_WORKER_PROGRAM" in done.stderr


def test_a_worker_that_cannot_start_is_told_with_the_end_of_what_it_said(workplace):
    workplace.write("net.yaml", MLP)
    fake = workplace.write("fake", "#!/bin/sh\necho no such library >&2\nexit 127\n")
    fake.chmod(0o755)
    done = workplace.bunsen("run", "net.yaml", BUNSEN_WORKER_PROGRAM=str(fake))
    assert done.returncode == 3
    assert "no such library" in done.stderr
