"""run_test.py - what `bunsen run` and `bunsen predict` do for a user."""
import json
import re

import jsonschema
import pytest

from programs import DIVERGING, LONG, MLP, SOURCE, has_epochs, status_of, wait_for

EPOCH = re.compile(r"^epoch (\d+)/3  loss \d+\.\d{9}  validation\.accuracy [01]\.\d{4}  test\.accuracy [01]\.\d{4}$", re.MULTILINE)


def test_a_run_leaves_every_file_of_its_folder(workplace):
    workplace.write("my_net.yaml", MLP)
    done = workplace.bunsen("run", "my_net.yaml")
    assert done.returncode == 0, done.stderr
    (run,) = workplace.runs("my-net")
    assert {path.name for path in run.iterdir()} >= {"config.yaml", "status.json", "metrics.jsonl", "result.json", "weights.safetensors"}
    assert not (run / "lock").exists()
    assert status_of(run) == "completed"
    assert (run.parent / "latest").resolve() == run.resolve()
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 3
    assert EPOCH.findall(done.stderr) == ["1", "2", "3"]
    assert done.stdout.splitlines()[-1] == f"results/my-net/{run.name}/result.json"
    assert "next: bunsen " in done.stderr


def test_a_result_satisfies_its_schema_and_its_id_names_its_folder(workplace):
    workplace.write("my_net.yaml", MLP)
    assert workplace.bunsen("run", "my_net.yaml").returncode == 0
    result = workplace.result("my-net")
    jsonschema.validate(result, json.loads((SOURCE / "docs" / "result.schema.json").read_text()))
    assert result["run"]["id"] == workplace.runs("my-net")[0].name
    assert result["run"]["vars"] == {"width": 8}
    assert result["environment"]["source_file"] == "my_net.yaml"
    assert result["environment"]["command_line"] == "bunsen run my_net.yaml"
    assert len(result["epochs"]) == 3


def test_the_frozen_config_is_the_same_run(workplace):
    workplace.write("my_net.yaml", MLP)
    workplace.bunsen("run", "my_net.yaml")
    (run,) = workplace.runs("my-net")
    again = workplace.bunsen("run", run / "config.yaml")
    assert again.returncode == 0, again.stderr
    assert "already done" in again.stderr
    assert len(workplace.runs("my-net")) == 1


def test_what_is_done_is_not_trained_again(workplace):
    workplace.write("my_net.yaml", MLP)
    first = workplace.bunsen("run", "my_net.yaml")
    before = {path: path.stat().st_mtime_ns for path in workplace.runs("my-net")[0].iterdir()}
    second = workplace.bunsen("run", "my_net.yaml")
    assert second.returncode == 0
    assert "already done" in second.stderr
    assert second.stdout == first.stdout
    assert {path: path.stat().st_mtime_ns for path in workplace.runs("my-net")[0].iterdir()} == before


def test_again_trains_beside_it_with_the_same_bits(workplace):
    workplace.write("my_net.yaml", MLP)
    workplace.bunsen("run", "my_net.yaml")
    assert workplace.bunsen("run", "my_net.yaml", "--again").returncode == 0
    first, second = workplace.runs("my-net")
    assert second.name == first.name + "-2"
    one, two = (json.loads((run / "result.json").read_text()) for run in (first, second))
    for part in ("config", "dataset", "model", "epochs", "final", "best", "weights"):
        assert one[part] == two[part]


def test_a_seed_of_its_own_is_a_run_of_its_own(workplace):
    workplace.write("my_net.yaml", MLP)
    for seed in (1, 2):
        assert workplace.bunsen("run", "my_net.yaml", "--set", f"seed={seed}").returncode == 0
    one, two = (json.loads((run / "result.json").read_text()) for run in workplace.runs("my-net"))
    assert one["run"]["group"] == two["run"]["group"]
    assert one["weights"]["initial_sha256"] != two["weights"]["initial_sha256"]


def test_json_is_one_line_a_run(workplace):
    workplace.write("a.yaml", MLP)
    workplace.write("b.yaml", MLP)
    done = workplace.bunsen("run", "a.yaml", "b.yaml", "--json", "--quiet")
    assert done.returncode == 0
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["name"] for line in lines] == ["a", "b"]
    assert all(line["status"] == "completed" and 0 <= line["final"]["test"]["accuracy"] <= 1 for line in lines)


def test_a_terminal_sees_a_bar_with_the_time_that_is_left(workplace):
    workplace.write("my_net.yaml", MLP.replace("epochs: 3", "epochs: 300"))
    shown, code = workplace.on_terminal("run", "my_net.yaml")
    assert code == 0
    assert re.search(r"\[=+>? *\] epoch \d+/300  step 0/15  ETA \d+:\d\d\r\x1b\[K", shown)
    assert len(re.findall(r"epoch \d+/300  loss ", shown)) == 300
    assert "\x1b" not in workplace.bunsen("run", "my_net.yaml", "--again").stderr


def test_a_file_with_a_mistake_trains_nothing_and_exits_2(workplace):
    workplace.write("bad.yaml", MLP.replace("relu", "rellu"))
    done = workplace.bunsen("run", "bad.yaml")
    assert done.returncode == 2
    assert "did you mean 'relu'" in done.stderr
    assert done.stdout == ""
    assert not (workplace.folder / "results").exists()


def test_after_a_failure_the_next_file_is_trained_and_the_worst_code_returned(workplace):
    workplace.write("wild.yaml", DIVERGING)
    workplace.write("bad.yaml", "layers: [")
    workplace.write("good.yaml", MLP)
    done = workplace.bunsen("run", "wild.yaml", "bad.yaml", "good.yaml")
    assert done.returncode == 3
    assert workplace.result("good")["run"]["status"] == "completed"
    assert workplace.bunsen("run", "bad.yaml", "good.yaml").returncode == 2


def test_a_diverged_run_keeps_its_epochs_exits_3_and_is_not_tried_again(workplace):
    workplace.write("wild.yaml", DIVERGING)
    done = workplace.bunsen("run", "wild.yaml")
    assert done.returncode == 3, done.stderr
    assert "diverged" in done.stderr
    result = workplace.result("wild")
    assert result["run"]["status"] == "diverged"
    jsonschema.validate(result, json.loads((SOURCE / "docs" / "result.schema.json").read_text()))
    again = workplace.bunsen("run", "wild.yaml")
    assert again.returncode == 3
    assert len(workplace.runs("wild")) == 1


def test_a_second_process_leaves_a_run_alone(workplace):
    workplace.write("long.yaml", LONG)
    first = workplace.start("run", "long.yaml")
    try:
        wait_for(has_epochs(workplace, "long"))
        second = workplace.bunsen("run", "long.yaml")
        assert second.returncode == 75, second.stderr
        assert "trains it just now" in second.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        assert first.wait(60) == 75


def test_without_a_file_the_configs_are_listed(workplace):
    workplace.write("configs/one.yaml", "# What it is.\n" + MLP)
    done = workplace.bunsen("run")
    assert done.returncode == 2
    assert done.stdout == "bunsen run configs/one.yaml  What it is.\n"


def test_an_experiment_is_no_config(workplace):
    workplace.write("net.yaml", MLP)
    workplace.write("many.yaml", "base: net.yaml\naxes: {epochs: [1, 2]}\n")
    done = workplace.bunsen("run", "many.yaml")
    assert done.returncode == 2
    assert "bunsen sweep" in done.stderr


def test_absent_data_is_an_error_that_names_the_folders_and_what_would_do(workplace):
    workplace.write("digits.yaml", (SOURCE / "configs" / "mnist_softmax.yaml").read_text())
    done = workplace.bunsen("run", "digits.yaml", BUNSEN_DATA=str(workplace.folder / "nowhere"))
    if done.returncode == 0:
        pytest.skip("MNIST lies in a system folder of this machine")
    assert done.returncode == 2
    assert str(workplace.folder / "nowhere") in done.stderr
    assert "fashion_mnist" in done.stderr
    assert not (workplace.folder / "results").exists()


def test_a_prediction_has_probabilities_that_sum_to_1(workplace):
    workplace.write("my_net.yaml", MLP)
    workplace.bunsen("run", "my_net.yaml")
    (run,) = workplace.runs("my-net")
    done = workplace.bunsen("predict", run, "--index", 7, "--json")
    assert done.returncode == 0, done.stderr
    sample = json.loads(done.stdout)
    assert sample["index"] == 7
    assert abs(sum(sample["probabilities"]) - 1) < 1e-6
    for selector in (run.name, "my-net", f"results/my-net/{run.name}/result.json"):
        assert workplace.bunsen("predict", selector, "--index", 7, "--json").stdout == done.stdout
    told = workplace.bunsen("predict", run, "--index", 7).stdout.splitlines()
    assert re.fullmatch(r"sample 7  label [01]  predicted [01]", told[0])
    assert len(told) == 3


def test_a_prediction_beyond_the_test_part_is_an_error(workplace):
    workplace.write("my_net.yaml", MLP)
    workplace.bunsen("run", "my_net.yaml")
    done = workplace.bunsen("predict", "my-net", "--index", 100)
    assert done.returncode != 0
    assert "100" in done.stderr


def test_predicted_classes_agree_with_the_measured_accuracy(workplace):
    workplace.write("my_net.yaml", MLP)
    workplace.bunsen("run", "my_net.yaml")
    indices = [word for index in range(100) for word in ("--index", index)]
    samples = [json.loads(line) for line in workplace.bunsen("predict", "my-net", "--json", *indices).stdout.splitlines()]
    right = sum(sample["label"] == sample["prediction"] for sample in samples)
    assert right / 100 == pytest.approx(workplace.result("my-net")["final"]["test"]["accuracy"])


@pytest.mark.parametrize("name", ["fashion_softmax", "fashion_relu", "fashion_mlp", "fashion_cnn"])
def test_a_shipped_config_trains_on_clothing(workplace, name):
    done = workplace.bunsen("run", SOURCE / "configs" / f"{name}.yaml", "--set", "epochs=1", timeout=300)
    if "was not found" in done.stderr:
        pytest.skip("Fashion-MNIST is not on this machine")
    assert done.returncode == 0, done.stderr
    assert workplace.result(name.replace("_", "-"))["final"]["test"]["accuracy"] > 0.7


def test_a_profile_is_told_of_a_run_that_is_done_too(workplace):
    workplace.write("my_net.yaml", MLP)
    plain = workplace.bunsen("run", "my_net.yaml", "--threads", "1")
    assert plain.returncode == 0, plain.stderr
    assert "where the time" not in plain.stdout
    profiled = workplace.bunsen("run", "my_net.yaml", "--threads", "1", "--profile")
    assert profiled.returncode == 0, profiled.stderr
    table, figures = profiled.stdout.split("\n\ntrain  ", 1)
    assert table.startswith("where the time of an epoch went (mean of epochs 2 to 3; 15 steps; 1 thread)\n")
    assert max(map(len, table.splitlines())) <= 80
    words = [line.split() for line in table.splitlines()]
    seconds = {line[0]: float(line[1]) for line in words if len(line) > 3 and line[3] == "%"}
    assert sum(seconds.values()) == pytest.approx(2 * seconds["epoch"], abs=0.0005 * len(seconds))
    assert figures.splitlines()[:-1] == plain.stdout.removeprefix("train  ").splitlines()[:-1]
    results = [json.loads((run / "result.json").read_text()) for run in workplace.runs("my-net")]
    assert len(results) == 2
    assert results[0]["weights"] == results[1]["weights"]
    assert results[0]["epochs"] == results[1]["epochs"]


def test_a_profile_is_in_the_line_of_json(workplace):
    workplace.write("my_net.yaml", MLP)
    line = json.loads(workplace.bunsen("run", "my_net.yaml", "--profile", "--json").stdout)
    assert [layer["type"] for layer in line["profile"]["layers"]] == ["linear", "relu", "linear"]
    assert {layer["type"] for layer in line["profile"]["layers"] if "products" in layer} == {"linear"}
    assert line["profile"]["autograd"] is False


def test_a_profile_is_of_a_training_on_a_cpu(workplace):
    workplace.write("my_net.yaml", MLP)
    refused = workplace.bunsen("run", "my_net.yaml", "--profile", "--device", "cuda")
    assert refused.returncode != 0
    assert "only a training on the CPU has a profile; use --device cpu" in refused.stderr
    assert not (workplace.folder / "results").exists()
