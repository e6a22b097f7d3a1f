"""worker_test.py - bunsen-worker, driven by its protocol (docs/worker_protocol.md) without the front."""
import json
import os
import signal
import subprocess
import time

import pytest

from programs import LONG, MLP, Worker, is_alive, processes_below, status_of, wait_for


@pytest.fixture
def worker(workplace):
    started = Worker(workplace)
    yield started
    started.process.kill()
    started.process.wait()


def result_of(folder):
    return json.loads((folder / "result.json").read_text())


def test_a_training_tells_its_events_in_order_and_leaves_its_folder(worker):
    assert worker.hello["event"] == "hello" and worker.hello["protocol"] == 1
    folder = worker.train("a")
    events = [worker.next()]
    while events[-1]["event"] not in ("finished", "failed"):
        events.append(worker.next())
    assert [event["event"] for event in events] == ["started", "epoch", "epoch", "epoch", "finished"]
    assert all(event["id"] == "a" for event in events)
    assert events[0]["samples"] == {"train": 300, "validation": 100, "test": 100}
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [event["record"] for event in events[1:-1]] == lines
    assert events[-1]["final"] == result_of(folder)["final"]
    assert status_of(folder) == "completed"
    assert sorted(path.name for path in folder.iterdir()) == ["metrics.jsonl", "result.json", "status.json", "weights.safetensors"]


def test_a_trial_has_the_same_bits_alone_and_after_others_in_the_same_process(workplace):
    hashes = []
    for before in (0, 3):
        worker = Worker(workplace)
        for n in range(before):
            worker.train(f"other-{before}-{n}", MLP.replace("width: 8", "width: 13").replace("batch: 20", "batch: 7"))
            worker.until("finished")
        folder = worker.train(f"same-{before}")
        worker.until("finished")
        hashes.append(result_of(folder)["weights"])
        worker.process.kill()
        worker.process.wait()
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("line, reason", [
    ("nonsense", "not valid JSON"), ('{"request": "train", "id": "x"}', "config"),
    ('{"request": "stop", "id": "x", "reson": "typo"}', "reson"), ('{"request": "stop", "id": "x"}', "no request 'x'"),
    ('{"request": "continue", "id": "x"}', "continue"), ("[" * 100000, "")])
def test_a_bad_line_is_an_error_event_and_the_worker_lives(worker, line, reason):
    worker.say(line)
    error = worker.next()
    assert error["event"] == "error" and reason in error["reason"]
    worker.say({"request": "describe", "id": "d"})
    assert worker.next()["event"] == "description"


def test_a_killed_training_costs_itself_alone(worker):
    folder = worker.train("long", LONG)
    pid = worker.until("started")["pid"]
    worker.until("epoch")
    os.kill(pid, signal.SIGKILL)
    failed = worker.until("failed")
    assert failed["recorded"] and "SIGKILL" in failed["reason"]
    assert status_of(folder) == "failed"
    result = result_of(folder)
    assert result["run"]["status"] == "failed" and len(result["epochs"]) >= 1
    worker.train("next")
    assert worker.until("finished", "failed")["status"] == "completed"


def test_a_stop_ends_the_one_that_runs_and_the_one_that_waits(worker):
    first, second = worker.train("first", LONG), worker.train("second", LONG)
    worker.until("started", id="first")
    worker.say({"request": "stop", "id": "second"})
    assert worker.until("finished")["status"] == "interrupted"
    worker.say({"request": "stop", "id": "first", "reason": "for the test"})
    assert worker.until("finished", id="first")["status"] == "interrupted"
    assert (status_of(first), status_of(second)) == ("interrupted", "interrupted")
    assert not (first / "result.json").exists()
    worker.train("third")
    assert worker.until("finished", "failed")["status"] == "completed"


CODE_OF_END = {"end of input": 0, "SIGTERM": 143, "SIGINT": 130}


def end(worker, how):
    """Ends the worker and returns its exit code."""
    if how == "end of input":
        worker.process.stdin.close()
    else:
        os.kill(worker.process.pid, getattr(signal, how))
    return worker.process.wait(60)


@pytest.mark.parametrize("how", CODE_OF_END)
def test_the_end_of_the_worker_is_the_end_of_its_trainings(worker, how):
    folder = worker.train("long", LONG)
    worker.until("epoch")
    below = processes_below(worker.process.pid)
    assert below
    assert end(worker, how) == CODE_OF_END[how]
    wait_for(lambda: not any(is_alive(pid) for pid in below))
    assert status_of(folder) == "interrupted"


def test_trainings_die_with_a_killed_worker(worker):
    worker.train("long", LONG)
    worker.until("epoch")
    below = processes_below(worker.process.pid)
    worker.process.kill()
    wait_for(lambda: not any(is_alive(pid) for pid in below))


def test_a_shutdown_ends_the_worker_when_all_is_done(worker):
    folders = [worker.train(name) for name in "abc"]
    worker.say({"request": "shutdown", "id": "z"})
    worker.process.stdin.close()
    assert [worker.until("finished")["id"] for _ in folders] == ["a", "b", "c"]
    assert worker.process.wait(60) == 0
    assert [status_of(folder) for folder in folders] == ["completed"] * 3


def test_several_jobs_train_at_the_same_time(workplace):
    worker = Worker(workplace, jobs=2)
    for name in "ab":
        worker.train(name, LONG)
    started = [worker.until("started") for _ in "ab"]
    assert {event["id"] for event in started} == {"a", "b"}
    assert started[0]["pid"] != started[1]["pid"]
    worker.process.stdin.close()
    assert worker.process.wait(60) == 0


@pytest.mark.parametrize("how", CODE_OF_END)
def test_a_worker_whose_events_nobody_reads_still_ends(worker, how):
    folder = worker.train("a", LONG)
    wait_for(lambda: (folder / "metrics.jsonl").exists() and (folder / "metrics.jsonl").stat().st_size > 20000)
    size = lambda: (folder / "metrics.jsonl").stat().st_size  # noqa: E731
    wait_for(lambda: (lambda before: time.sleep(0.5) or size() == before)(size()))  # the pipes are full
    assert end(worker, how) == CODE_OF_END[how]


def test_a_data_set_that_is_new_to_the_pool_reaches_its_trainings(worker):
    worker.train("a")
    worker.until("finished")
    worker.train("b", MLP.replace("blobs", "xor"))
    assert worker.until("finished", "failed")["status"] == "completed"


def test_a_data_set_that_can_not_be_read_is_a_failed_run_with_the_reason(worker):
    table = worker.workplace.write("table.csv", "x,y\n1,a\n2,b\n")
    config = worker.resolved("epochs: 1\ndataset: {csv: {file: table.csv, label: y}}\nbatch: 1\nlayers: [{linear: 2}]\n"
                             "loss: cross_entropy\noptimizer: sgd\n")
    table.unlink()
    folder = worker.train("bad", config=config)
    failed = worker.until("finished", "failed")
    assert failed["event"] == "failed" and "table.csv" in failed["reason"] and failed["recorded"]
    assert status_of(folder) == "failed"
    assert "table.csv" in result_of(folder)["run"]["error"]["message"]


def test_a_table_whose_classes_do_not_fit_the_last_layer_is_a_failed_run_before_any_training(worker):
    worker.workplace.write("table.csv", "x,y\n1,a\n2,b\n3,c\n")
    folder = worker.train("bad", "epochs: 1\ndataset: {csv: {file: table.csv, label: y}}\nbatch: 1\nlayers: [{linear: 2}]\n"
                          "loss: cross_entropy\noptimizer: sgd\n")
    failed = worker.until("started", "finished", "failed")
    assert failed["event"] == "failed" and "3" in failed["reason"]
    assert status_of(folder) == "failed"


def test_each_step_is_told_when_asked_and_their_mean_is_the_epochs_loss(worker):
    worker.train("traced", trace="steps")
    losses = []
    while (event := worker.next())["event"] != "epoch":
        if event["event"] == "step":
            losses.append(event["loss"])
    assert len(losses) == 15
    total = 0.0
    for loss in losses:
        total += loss / 15
    assert total == event["record"]["train"]["loss"]


def test_a_prediction_agrees_with_the_test_accuracy(worker):
    folder = worker.train("a")
    worker.until("finished")
    request = {"request": "predict", "id": "p", "folder": str(folder), "config": result_of(folder)["config"]}
    worker.say(request | {"indices": "all"})
    samples = worker.until("predictions")["samples"]
    assert worker.next()["samples"] == 100
    right = sum(sample["label"] == sample["prediction"] for sample in samples)
    assert right / 100 == result_of(folder)["final"]["test"]["accuracy"]
    assert all(abs(sum(sample["probabilities"]) - 1) < 1e-9 for sample in samples)
    worker.say(request | {"indices": [100]})
    assert "no test sample 100" in worker.until("failed")["reason"]
