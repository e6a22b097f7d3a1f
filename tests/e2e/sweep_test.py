"""sweep_test.py - what `bunsen sweep` does for a user."""
import csv
import json
import os
import signal
import time

import pytest

from programs import LONG, MLP, SOURCE, has_epochs, is_alive, processes_below, status_of, wait_for

EXPERIMENT = """
question: Which width?
base: net.yaml
seeds: 2
axes:
  vars.width: [4, 8]
  optimizer.adam.lr: [1e-2, 1e-3]
"""


@pytest.fixture
def swept(workplace):
    workplace.write("net.yaml", MLP)
    workplace.write("many.yaml", EXPERIMENT)
    return workplace


def record_of(workplace, name="many"):
    return json.loads((workplace.folder / "results" / name / "sweep.json").read_text())


def test_a_plan_lists_the_trials_and_trains_nothing(swept):
    done = swept.bunsen("sweep", "many.yaml", "--plan")
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    assert len(rows) == 9
    assert all("to train" in row for row in rows[1:])
    assert "Which width?" in done.stderr
    assert not (swept.folder / "results").exists()


def test_a_sweep_trains_every_trial_once(swept):
    done = swept.bunsen("sweep", "many.yaml")
    assert done.returncode == 0, done.stderr
    assert len(swept.runs("many")) == 8
    record = record_of(swept)
    assert record["state"] == "finished"
    assert [trial["status"] for trial in record["trials"]] == ["completed"] * 8
    for trial in record["trials"]:
        result = json.loads((swept.folder / "results" / "many" / trial["path"] / "result.json").read_text())
        assert result["run"]["point"] == trial["point"]
        assert result["run"]["id"] == trial["id"]
        assert result["config"]["seed"] == trial["seed"]
        assert result["final"]["validation"]["accuracy"] == trial["objective"]
    best = record["points"][0]
    objectives = [trial["objective"] for trial in record["trials"] if trial["point"] == best["point"]]
    assert best["mean"] == pytest.approx(sum(objectives) / 2)
    assert best["mean"] == max(point["mean"] for point in record["points"])
    assert done.stderr.count("\ntrial ") == 8


def test_only_the_best_trials_weights_are_kept(swept):
    swept.bunsen("sweep", "many.yaml")
    kept = [run for run in swept.runs("many") if (run / "weights.safetensors").exists()]
    record = record_of(swept)
    assert len(kept) == 1
    best = max(trial["objective"] for trial in record["trials"])
    assert kept[0].name in [trial["id"] for trial in record["trials"] if trial["objective"] == best]


def test_a_repeated_sweep_trains_nothing(swept):
    swept.bunsen("sweep", "many.yaml")
    before = {run.name: (run / "result.json").stat().st_mtime_ns for run in swept.runs("many")}
    again = swept.bunsen("sweep", "many.yaml")
    assert again.returncode == 0
    assert "8 done, 0 to train" in again.stderr
    assert {run.name: (run / "result.json").stat().st_mtime_ns for run in swept.runs("many")} == before


def test_added_values_add_trials_and_runs_done_elsewhere_are_found(swept):
    assert swept.bunsen("run", "net.yaml", "--set", "vars.width=4").returncode == 0
    done = swept.bunsen("sweep", "many.yaml")
    assert "1 done, 7 to train" in done.stderr
    paths = [trial["path"] for trial in record_of(swept)["trials"]]
    assert sum(path.startswith("../net/") for path in paths) == 1
    swept.write("many.yaml", EXPERIMENT.replace("[4, 8]", "[4, 8, 16]"))
    assert "8 done, 4 to train" in swept.bunsen("sweep", "many.yaml").stderr


def test_a_trial_has_the_bits_of_the_same_config_run_alone(swept):
    swept.bunsen("sweep", "many.yaml", "--jobs", 2)
    swept.bunsen("run", "net.yaml", "--set", "vars.width=8", "--set", "optimizer.adam.lr=1e-3", "--threads", 1, "--results", "alone")
    (alone,) = (path for path in (swept.folder / "alone" / "net").iterdir() if not path.is_symlink())
    one, two = (json.loads((run / "result.json").read_text()) for run in (alone, swept.folder / "results" / "many" / alone.name))
    assert one["epochs"] == two["epochs"]
    assert one["weights"] == two["weights"]


def test_a_diverging_trial_loses_itself_alone(swept):
    swept.write("many.yaml", "base: net.yaml\nset: {optimizer: sgd, epochs: 10}\naxes: {optimizer.sgd.lr: [0.1, 1e30, 0.01]}\n")
    done = swept.bunsen("sweep", "many.yaml")
    assert done.returncode == 3
    assert "diverged: lr=1e30 seed 1: " in done.stderr
    assert [trial["status"] for trial in record_of(swept)["trials"]] == ["completed", "diverged", "completed"]
    assert len(record_of(swept)["points"]) == 2


def test_a_killed_trial_is_told_with_its_values_and_tried_again_when_asked(swept):
    swept.write("net.yaml", MLP.replace("epochs: 3", "epochs: 300"))
    front = swept.start("sweep", "many.yaml", "--jobs", 1)
    (run,) = wait_for(has_epochs(swept, "many"))
    os.kill(json.loads((run / "status.json").read_text())["pid"], signal.SIGKILL)
    _, told = front.communicate(timeout=300)
    assert front.returncode == 3, told
    at_once, at_the_end = [line for line in told.splitlines() if "width=4 lr=1e-2 seed 1" in line and "signal 9" in line]
    assert " failed: " in at_once and at_the_end.startswith("failed: ")
    assert f"results/many/{run.name}" in at_once
    assert told.splitlines()[-1] == "next: bunsen sweep many.yaml --retry failed"
    assert status_of(run) == "failed"
    assert [trial["status"] for trial in record_of(swept)["trials"]].count("completed") == 7
    untried = swept.bunsen("sweep", "many.yaml")
    assert untried.returncode == 3
    assert "1 failed before, 7 done, 0 to train" in untried.stderr
    assert "signal 9" in record_of(swept)["trials"][0]["error"]
    again = swept.bunsen("sweep", "many.yaml", "--retry", "failed")
    assert again.returncode == 0, again.stderr
    assert "7 done, 1 to train" in again.stderr


def test_diverged_trials_are_tried_again_only_when_asked(swept):
    swept.write("many.yaml", "base: net.yaml\nset: {optimizer: sgd}\naxes: {optimizer.sgd.lr: [0.1, 1e30]}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 3
    for retry, runs in [("failed", 2), ("diverged", 3), ("all", 4)]:
        done = swept.bunsen("sweep", "many.yaml", "--retry", retry)
        assert done.returncode == 3
        assert len(swept.runs("many")) == runs
        assert [trial["status"] for trial in record_of(swept)["trials"]] == ["completed", "diverged"]


@pytest.mark.parametrize("failures, begun", [("continue", 4), ("stop", 2), ("{stop_after: 2}", 3)])
def test_failures_end_a_sweep_when_the_file_says_so(swept, failures, begun):
    swept.write("many.yaml", f"base: net.yaml\nset: {{optimizer: sgd}}\naxes: {{optimizer.sgd.lr: [0.1, 1e30, 2e30, 0.01]}}\nfailures: {failures}\n")
    done = swept.bunsen("sweep", "many.yaml", "--jobs", 1)
    assert done.returncode == 3
    assert len(swept.runs("many")) == begun
    record = record_of(swept)
    assert record["state"] == ("finished" if begun == 4 else "stopped")
    assert [trial["status"] for trial in record["trials"]].count("queued") == 4 - begun
    if begun < 4:
        assert "diverged (failures)" in record["stopped_by"] and "stopped: " in done.stderr


def test_a_trial_that_takes_too_long_fails_and_the_others_are_trained(swept):
    swept.write("net.yaml", LONG)
    swept.write("many.yaml", "base: net.yaml\naxes: {epochs: [1, 1000000, 2]}\ntrial_timeout_seconds: 2\n")
    done = swept.bunsen("sweep", "many.yaml", "--jobs", 1)
    assert done.returncode == 3
    first, late, last = record_of(swept)["trials"]
    assert [first["status"], late["status"], last["status"]] == ["completed", "failed", "completed"]
    assert late["error"] == "it took longer than 2 s (trial_timeout_seconds)"
    result = json.loads((swept.folder / "results" / "many" / late["path"] / "result.json").read_text())
    assert result["run"]["status"] == "failed" and result["run"]["error"]["message"] == late["error"]
    assert result["epochs"]


def test_a_trial_that_hangs_is_killed_after_its_time(swept):
    swept.write("net.yaml", LONG)
    swept.write("many.yaml", "base: net.yaml\naxes: {epochs: [1000000, 2]}\ntrial_timeout_seconds: 1\n")
    front = swept.start("sweep", "many.yaml", "--jobs", 1)
    (run,) = wait_for(has_epochs(swept, "many"))
    os.kill(json.loads((run / "status.json").read_text())["pid"], signal.SIGSTOP)
    _, told = front.communicate(timeout=60)
    assert front.returncode == 3
    assert "it took longer than 1 s" in told
    assert [trial["status"] for trial in record_of(swept)["trials"]] == ["failed", "completed"]
    assert status_of(run) == "failed"


def test_a_budget_of_trials_counts_those_of_earlier_commands(swept):
    swept.write("many.yaml", EXPERIMENT + "budget: {trials: 3}\n")
    done = swept.bunsen("sweep", "many.yaml")
    assert done.returncode == 0, done.stderr
    assert len(swept.runs("many")) == 3
    assert record_of(swept)["state"] == "stopped"
    assert record_of(swept)["stopped_by"] == "the budget of 3 trials is spent"
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert len(swept.runs("many")) == 3
    swept.write("many.yaml", EXPERIMENT + "budget: {trials: 8}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert record_of(swept)["state"] == "finished"
    assert "stopped_by" not in record_of(swept)


def test_a_budget_of_hours_and_a_target_end_a_sweep(swept):
    swept.write("many.yaml", EXPERIMENT + "budget: {hours: 1e-9}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert record_of(swept)["stopped_by"] .endswith("hours is spent")
    assert len(swept.runs("many")) == 0
    swept.write("many.yaml", EXPERIMENT + "budget: {target: 0.01}\n")
    assert swept.bunsen("sweep", "many.yaml", "--jobs", 1).returncode == 0
    assert record_of(swept)["stopped_by"] == "the target 0.01 is reached (budget)"
    assert len(swept.runs("many")) == 2


def test_sweep_csv_has_a_row_a_trial(swept):
    swept.bunsen("sweep", "many.yaml")
    with open(swept.folder / "results" / "many" / "sweep.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    trials = record_of(swept)["trials"]
    assert [row["id"] for row in rows] == [trial["id"] for trial in trials]
    assert [float(row["validation.accuracy"]) for row in rows] == [trial["objective"] for trial in trials]
    assert [float(row["optimizer.adam.lr"]) for row in rows] == [trial["point"]["optimizer.adam.lr"] for trial in trials]


def test_a_killed_worker_is_started_again_and_no_trial_is_lost(swept):
    swept.write("net.yaml", MLP.replace("epochs: 3", "epochs: 200"))
    front = swept.start("sweep", "many.yaml", "--jobs", 2)
    wait_for(has_epochs(swept, "many"))
    os.kill(processes_below(front.pid)[0], signal.SIGKILL)
    _, told = front.communicate(timeout=300)
    assert front.returncode == 0, told
    assert [trial["status"] for trial in record_of(swept)["trials"]] == ["completed"] * 8


def test_ctrl_c_ends_a_sweep_and_the_next_one_goes_on(swept):
    swept.write("net.yaml", LONG)
    front = swept.start("sweep", "many.yaml", "--jobs", 2)
    wait_for(has_epochs(swept, "many", runs=2))
    others = processes_below(front.pid)
    os.killpg(front.pid, signal.SIGINT)
    _, told = front.communicate(timeout=60)
    assert front.returncode == 75, told
    wait_for(lambda: not any(is_alive(pid) for pid in others))
    record = record_of(swept)
    assert record["state"] == "interrupted"
    assert [trial["status"] for trial in record["trials"]].count("interrupted") == 2
    swept.write("net.yaml", MLP)
    assert swept.bunsen("sweep", "many.yaml").returncode == 0


def test_sweep_json_is_readable_while_the_sweep_runs(swept):
    swept.write("many.yaml", EXPERIMENT.replace("axes:", "set: {epochs: 60}\naxes:"))
    front = swept.start("sweep", "many.yaml", "--jobs", 1)
    path = swept.folder / "results" / "many" / "sweep.json"
    seen = set()
    while front.poll() is None:
        if path.exists():
            seen.add(json.loads(path.read_text())["state"])
        time.sleep(0.01)
    front.communicate()
    assert front.returncode == 0
    assert "running" in seen


def test_two_sweeps_at_once_train_each_trial_once(swept):
    swept.write("net.yaml", MLP.replace("epochs: 3", "epochs: 100"))
    fronts = [swept.start("sweep", "many.yaml", "--jobs", 1) for _ in range(2)]
    codes = [front.wait(300) for front in fronts]
    for front in fronts:
        front.communicate()
    assert set(codes) <= {0, 75}
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    runs = swept.runs("many")
    assert len(runs) == 8
    assert all(status_of(run) == "completed" for run in runs)


def test_a_mistake_in_one_point_stops_all_before_anything_runs(swept):
    swept.write("many.yaml", "base: net.yaml\naxes: {vars.width: [4, 0]}\n")
    done = swept.bunsen("sweep", "many.yaml")
    assert done.returncode == 2
    assert "vars.width = 0" in done.stderr
    assert not (swept.folder / "results").exists()


def test_a_config_is_no_experiment_and_no_file_lists_what_is_there(swept):
    assert "this is a config" in swept.bunsen("sweep", "net.yaml").stderr
    swept.write("experiments/one.yaml", "# What it asks.\nbase: ../net.yaml\n")
    done = swept.bunsen("sweep")
    assert done.returncode == 2
    assert done.stdout == "bunsen sweep experiments/one.yaml  What it asks.\n"


def test_the_outcome_is_a_table_with_the_best_point_first(swept):
    done = swept.bunsen("sweep", "many.yaml")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["vars.width", "optimizer.adam.lr", "validation.accuracy", "sd", "seeds"]
    means = [float(line.split()[2]) for line in lines[1:5]]
    assert means == sorted(means, reverse=True)
    assert lines[-2:] == ["results/many/sweep.json", "results/many/sweep.csv"]
    again = json.loads(swept.bunsen("sweep", "many.yaml", "--json").stdout)
    assert again == record_of(swept)


def test_the_shipped_experiment_is_well(workplace):
    done = workplace.bunsen("sweep", SOURCE / "experiments" / "activations.yaml", "--plan")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 28


def plan_of(workplace, name="many.yaml"):
    done = workplace.bunsen("sweep", name, "--plan", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_drawn_points_are_the_same_each_time_and_more_trials_add_to_them(swept):
    text = "base: net.yaml\naxes: {vars.width: {range: [2, 64]}, optimizer.adam.lr: {log: [1e-4, 1e-1]}}\nmethod: {random: {trials: 3, seed: 5}}\n"
    swept.write("many.yaml", text)
    planned = [trial["id"] for trial in plan_of(swept)["trials"]]
    assert len(planned) == 3
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert sorted(run.name for run in swept.runs("many")) == sorted(planned)
    swept.write("many.yaml", text.replace("trials: 3", "trials: 5"))
    assert [trial["id"] for trial in plan_of(swept)["trials"]][:3] == planned
    assert "3 done, 2 to train" in swept.bunsen("sweep", "many.yaml").stderr


def test_a_table_of_points_is_swept_and_sobol_too(swept):
    swept.write("points.csv", "vars.width,optimizer.adam.lr\n4,1e-3\n6,\n")
    swept.write("many.yaml", "base: net.yaml\nmethod: {csv: points.csv}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert [trial["point"] for trial in record_of(swept)["trials"]] == [{"vars.width": 4, "optimizer.adam.lr": 1e-3}, {"vars.width": 6}]
    swept.write("many.yaml", "base: net.yaml\naxes: {vars.width: {range: [2, 64]}}\nmethod: {sobol: 4}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert len(record_of(swept)["trials"]) == 4


def test_a_plan_tells_what_is_to_do_and_what_can_not_be(swept):
    plan = plan_of(swept)["plan"]
    assert plan["to_train"] == 8 and plan["seconds"] > 0 and plan["memory_bytes"] > 0 and plan["seconds_measured_on"] == 0
    swept.bunsen("sweep", "many.yaml")
    swept.write("many.yaml", EXPERIMENT.replace("[4, 8]", "[4, 8, 16]"))
    plan = plan_of(swept)["plan"]
    assert plan["to_train"] == 4 and plan["seconds_measured_on"] == 8
    swept.write("many.yaml", EXPERIMENT.replace("[4, 8]", "[4, wide]"))
    done = swept.bunsen("sweep", "many.yaml", "--plan", "--json")
    assert done.returncode == 2
    assert "needs an integer, got 'wide'" in done.stderr
    document = json.loads(done.stdout)
    assert len(document["trials"]) == 4
    assert [entry["point"]["vars.width"] for entry in document["plan"]["invalid"]] == ["wide", "wide"]
    assert swept.bunsen("sweep", "many.yaml").returncode == 2


def test_the_best_epoch_can_be_what_counts(swept):
    swept.write("many.yaml", EXPERIMENT + "objective: {minimize: train.loss, at: best}\n")
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    record = record_of(swept)
    assert record["objective"] == {"minimize": "train.loss", "at": "best"}
    for trial in record["trials"]:
        result = json.loads((swept.folder / "results" / "many" / trial["path"] / "result.json").read_text())
        assert trial["objective"] == min(epoch["train"]["loss"] for epoch in result["epochs"])


def test_choosing_by_the_test_part_is_a_warning_that_stays_in_the_result(swept):
    swept.write("many.yaml", EXPERIMENT + "objective: {maximize: test.accuracy}\n")
    assert "warning" in swept.bunsen("sweep", "many.yaml").stderr
    (warning,) = record_of(swept)["warnings"]
    assert "chosen by the test part" in warning


def test_whose_weights_stay_is_said_by_the_file_unless_the_command_line_does(swept):
    swept.write("many.yaml", EXPERIMENT + "keep_weights: none\n")
    swept.bunsen("sweep", "many.yaml")
    assert not [run for run in swept.runs("many") if (run / "weights.safetensors").exists()]
    swept.write("other.yaml", EXPERIMENT.replace("[4, 8]", "[5, 9]") + "keep_weights: none\n")
    swept.bunsen("sweep", "other.yaml", "--keep-weights", "all")
    assert len([run for run in swept.runs("other") if (run / "weights.safetensors").exists()]) == 8


def test_what_can_not_be_run_is_refused_by_name_and_planned(swept):
    swept.write("many.yaml", EXPERIMENT + "method: {tpe: {trials: 5}}\n")
    done = swept.bunsen("sweep", "many.yaml")
    assert done.returncode == 2 and "method: this version of `sweep` can plan tpe" in done.stderr
    assert not (swept.folder / "results").exists()
    assert "5 more points chosen while it runs" in swept.bunsen("sweep", "many.yaml", "--plan").stderr


PRUNED = """
base: net.yaml
set: {epochs: 6, optimizer: sgd}
seeds: 2
axes: {optimizer.sgd.lr: [0.1, 0.05, 1e-7, 1e-8]}
objective: {minimize: validation.loss}
prune: {asha: {min_epochs: 2, reduction: 2}}
"""


def decisions_of(workplace, name="many"):
    return [json.loads(line) for line in (workplace.folder / "results" / name / "decisions.jsonl").read_text().splitlines()]


def test_points_that_learn_nothing_are_pruned_with_all_their_seeds(swept):
    swept.write("many.yaml", PRUNED)
    done = swept.bunsen("sweep", "many.yaml", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    record = record_of(swept)
    states = [trial["status"] for trial in record["trials"]]
    assert states[:2] == ["completed"] * 2 and states[4:] == ["pruned"] * 4
    assert len(record["points"]) in (1, 2)
    first = record["trials"][4]
    result = json.loads((swept.folder / "results" / "many" / first["path"] / "result.json").read_text())
    assert result["run"]["status"] == "pruned" and len(result["epochs"]) == 2 and "final" not in result
    assert not (swept.folder / "results" / "many" / first["path"] / "weights.safetensors").exists()
    assert len(swept.runs("many")) < 8  # the second seeds of pruned points never began
    decision = [one for one in decisions_of(swept) if one["point"] == first["point"]][-1]
    assert decision["decision"] == "prune" and decision["epoch"] == 2
    assert decision["score"] == result["epochs"][1]["validation"]["loss"] > decision["bar"]
    assert f"pruned after epoch 2: validation.loss" in done.stderr


def test_a_pruned_sweep_is_reproducible_with_one_job_and_trains_nothing_when_repeated(swept):
    swept.write("many.yaml", PRUNED)
    for results in ("one", "two"):
        assert swept.bunsen("sweep", "many.yaml", "--jobs", 1, "--results", results).returncode == 0
    texts = [(swept.folder / results / "many" / "decisions.jsonl").read_text() for results in ("one", "two")]
    assert texts[0] == texts[1]
    again = swept.bunsen("sweep", "many.yaml", "--jobs", 1, "--results", "one")
    assert again.returncode == 0 and " 0 to train" in again.stderr
    assert (swept.folder / "one" / "many" / "decisions.jsonl").read_text() == texts[0]


def test_seeds_that_run_together_live_or_die_together(swept):
    swept.write("many.yaml", PRUNED.replace("epochs: 6", "epochs: 40"))
    assert swept.bunsen("sweep", "many.yaml", "--jobs", 2).returncode == 0
    states = [trial["status"] for trial in record_of(swept)["trials"]]
    for first, second in zip(states[::2], states[1::2]):
        assert (first == "pruned") == (second == "pruned") or {first, second} == {"pruned", "completed"}
    assert "pruned" in states


def test_a_pruned_trial_run_alone_goes_on_to_its_end(swept):
    swept.write("many.yaml", PRUNED)
    swept.bunsen("sweep", "many.yaml", "--jobs", 1)
    trial = record_of(swept)["trials"][4]
    folder = swept.folder / "results" / "many" / trial["path"]
    done = swept.bunsen("run", folder / "config.yaml")
    assert done.returncode == 0, done.stderr
    assert "was pruned by a search; trains it to its end" in done.stderr
    assert status_of(folder) == "completed"
    assert len(json.loads((folder / "result.json").read_text())["epochs"]) == 6
    assert (folder / "attempt-1" / "result.json").exists()


def test_without_prune_in_the_file_pruned_trials_are_trained(swept):
    swept.write("many.yaml", PRUNED)
    swept.bunsen("sweep", "many.yaml", "--jobs", 1)
    swept.write("many.yaml", PRUNED.replace("prune: {asha: {min_epochs: 2, reduction: 2}}\n", ""))
    assert swept.bunsen("sweep", "many.yaml").returncode == 0
    assert [trial["status"] for trial in record_of(swept)["trials"]] == ["completed"] * 8


def test_the_median_rule_prunes_too(swept):
    swept.write("many.yaml", PRUNED.replace("{asha: {min_epochs: 2, reduction: 2}}", "{median: {startup_points: 2}}").replace("seeds: 2", "seeds: 1"))
    assert swept.bunsen("sweep", "many.yaml", "--jobs", 1).returncode == 0
    assert [trial["status"] for trial in record_of(swept)["trials"]] == ["completed", "completed", "pruned", "pruned"]


def test_a_sweep_killed_at_a_rung_leaves_no_process_and_goes_on(swept):
    swept.write("many.yaml", PRUNED.replace("epochs: 6", "epochs: 2000"))
    front = swept.start("sweep", "many.yaml", "--jobs", 2)
    wait_for(lambda: (swept.folder / "results" / "many" / "decisions.jsonl").exists())
    others = processes_below(front.pid)
    os.kill(front.pid, signal.SIGKILL)
    front.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in others))
    swept.write("many.yaml", PRUNED)
    done = swept.bunsen("sweep", "many.yaml", "--jobs", 2)
    assert done.returncode == 0, done.stderr
