"""training_options_test.py - schedules, groups, clipping and early stopping, from a file to its result."""
import json
import re

import jsonschema

from programs import MLP, SOURCE

SCHEMA = json.loads((SOURCE / "docs" / "result.schema.json").read_text())
STOPPING = MLP + "early_stopping: {patience: 2, metric: validation.loss}\n"


def trained(workplace, text, *options):
    workplace.write("net.yaml", text)
    done = workplace.bunsen("run", "net.yaml", *options)
    assert done.returncode == 0, done.stderr
    result = json.loads((workplace.folder / done.stdout.splitlines()[-1]).read_text())
    jsonschema.validate(result, SCHEMA)
    return result, done


def test_each_epoch_tells_its_learning_rate(workplace):
    text = MLP.replace("epochs: 3", "epochs: 6") + "schedule: {warmup: {epochs: 2, start_factor: 0.5, then: {step: 2}}}\n"
    result, _ = trained(workplace, text)
    rate = result["epochs"][2]["learning_rate"]
    assert [epoch["learning_rate"] / rate for epoch in result["epochs"]] == [0.5, 0.75, 1, 1, 0.1, 0.1]


def test_a_run_that_gets_no_better_ends_early_and_is_completed(workplace):
    text = STOPPING.replace("epochs: 3", "epochs: 60") + "schedule: reduce_on_plateau\n"
    text = re.sub(r"^optimizer:.*$", "optimizer: {sgd: {lr: 20}}\nclip: {norm: 1.0}", text, flags=re.MULTILINE)
    result, done = trained(workplace, text)
    stopped = result["stopped_early"]
    losses = [epoch["validation"]["loss"] for epoch in result["epochs"]]
    assert result["run"]["status"] == "completed"
    assert stopped == {"epoch": len(losses), "metric": "validation.loss", "best_epoch": 1 + losses.index(min(losses))}
    assert len(losses) == stopped["best_epoch"] + 2 < 60
    assert result["weights"]["epoch"] == stopped["best_epoch"]
    assert f"ended early after epoch {len(losses)}: validation.loss is no better since epoch {stopped['best_epoch']}" in done.stderr
    again = workplace.bunsen("run", workplace.runs("net")[0] / "config.yaml", "--json")
    assert "already done" in again.stderr
    assert json.loads(again.stdout)["stopped_early"] == stopped


def test_the_resolved_config_names_what_is_watched_and_keeps_its_id(workplace):
    workplace.write("net.yaml", STOPPING.replace(", metric: validation.loss", "") + "objective: {minimize: validation.loss}\nschedule: reduce_on_plateau\n")
    resolved = json.loads(workplace.bunsen("config", "net.yaml", "--json").stdout)
    assert resolved["early_stopping"]["metric"] == "validation.loss"
    assert resolved["schedule"]["reduce_on_plateau"]["metric"] == "validation.loss"
    workplace.write("again.yaml", json.dumps(resolved))
    assert json.loads(workplace.bunsen("config", "again.yaml", "--json").stdout) == resolved
    first, second = (workplace.bunsen("run", name, "--json") for name in ("net.yaml", "again.yaml"))
    assert json.loads(first.stdout)["id"] == json.loads(second.stdout)["id"]


def test_a_group_with_a_rate_of_0_stays_as_it_was(workplace):
    moved, _ = trained(workplace, MLP)
    kept, _ = trained(workplace, re.sub(r"^optimizer:.*$", "optimizer: {adam: {groups: {\"*\": 0}}}", MLP, flags=re.MULTILINE))
    assert moved["weights"]["final_sha256"] != moved["weights"]["initial_sha256"]
    assert kept["weights"]["final_sha256"] == kept["weights"]["initial_sha256"]


def test_probes_tell_of_every_layer_and_can_be_left_out(workplace):
    result, _ = trained(workplace, MLP)
    names = {name for layer in result["epochs"][0]["layers"].values() for name in layer}
    assert names == {"gradient_norm", "activation_mean", "activation_sd", "dead_share"}
    without, _ = trained(workplace, MLP, "--again", "--set", "runtime.probes=false")
    assert all(epoch["layers"] == {} for epoch in without["epochs"])
    assert without["weights"] == result["weights"]
