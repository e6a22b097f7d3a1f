"""parity_test.py - bunsen trains with the bits of PyTorch: each row of table.yaml, and configs drawn at random, by both.

With the LibTorch of the Python that runs this, all must be equal: initial weights, the loss of each step, the metrics of each epoch, the final
weights. With another LibTorch: the initial weights, and the losses of the first epoch nearly.

    BUNSEN_PARITY_DRAWS=500 BUNSEN_PARITY_SEED=1 tools/test -R parity    draws more configs, and other ones
"""
import copy
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import tempfile

import numpy
import pytest
import torch
import yaml

import drawn
import parity
import samples
from made_files import make_files
from worker import BIN, Worker

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
TABLE = yaml.safe_load((pathlib.Path(__file__).parent / "table.yaml").read_text())
ROWS = {row["row"]: row for row in TABLE["rows"]}
DRAWS = int(os.environ.get("BUNSEN_PARITY_DRAWS", "40"))
SEED = int(os.environ.get("BUNSEN_PARITY_SEED", "0"))


def config_of(row):
    return TABLE["base"] | {key: value for key, value in row.items() if key not in ("row", "loose")}


@pytest.fixture(scope="module")
def worker():
    """In memory where there is such a folder: on a busy disk a run folder takes longer than these trainings."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        make_files(pathlib.Path(folder))
        started = Worker(pathlib.Path(folder))
        yield started
        started.close()


def test_all_rows_have_names_of_their_own():
    assert len(ROWS) == len(TABLE["rows"]) >= 60


def words_of(node):
    """`relu` and `conv2d`, `conv2d.stride`: all words of a config that may be types, and with them their options."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from words_of(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            if isinstance(value, dict):
                yield from (f"{key}.{option}" for option in value)
            yield from words_of(value)


def test_every_type_and_option_that_bunsen_declares_is_in_the_table():
    declared = json.loads((SOURCE / "docs/bunsen.schema.json").read_text())["definitions"]
    used = {word for row in TABLE["rows"] for word in words_of(config_of(row))}
    family = r"(layer|initializer|loss|optimizer|schedule|later_schedule|clip|transform|dataset)"
    types = {kind["const"] for name in declared if re.fullmatch(family, name) for part in declared[name]["anyOf"]
             for kind in part.get("oneOf", [])} | {name.split(".")[1] for name in declared if re.fullmatch(family + r"\.\w+", name)}
    types -= {"name"}
    options = {name.partition(".")[2] for name, what in declared.items() if re.fullmatch(family + r"\.\w+\.\w+", name)}
    options -= {option for option in options if option.endswith((".folder", ".out_features", "_over_a_base"))}
    assert len(types) > 30 and len(options) > 50
    options |= {name.partition(".")[2] for name in declared if re.fullmatch(r"config\.\w+\.\w+", name) and not re.match(NOT_TRAINED, name)}
    missing = {word for word in types | options if not word.endswith("_over_a_base")} - used - short_forms()
    assert not missing, f"add rows to tests/parity/table.yaml, and branches to parity.py: {sorted(missing)}"


# What is no part of the training, or (a GPU's generator) has no counterpart on a CPU.
NOT_TRAINED = r"config\.(runtime|init\.(generator|multiprocessors|threads_per_multiprocessor))|.*_over_a_base$"


def short_forms():
    """What `{dropout: 0.3}` sets: an option that may be written alone."""
    return {"batch.size", "exponential.gamma", "value.clip_value", "dropout.p", "leaky_relu.negative_slope", "constant.val", "xavier_uniform.gain", "xavier_normal.gain", "orthogonal.gain"}


@pytest.mark.parametrize("name", ROWS)
def test_row(worker, name):
    row = ROWS[name]
    if row.get("dataset") in ("mnist", "fashion_mnist") and samples.find_known_set(row["dataset"]) is None:
        pytest.skip(f"{row['dataset']} is not on this machine: set BUNSEN_DATA to its folder")
    check(worker, config_of(row), "loose" in row)


@pytest.mark.parametrize("number", range(DRAWS))
def test_drawn(worker, number):
    check(worker, drawn.draw_config(SEED * 1000003 + number), True)


def check(worker, config, is_loose):
    resolved = worker.resolve(config)
    run = worker.train(copy.deepcopy(resolved))
    trained = parity.train(resolved)
    print(json.dumps(config))
    if worker.hello["libtorch"] == torch.__version__:
        check_equal(trained, run)
    else:
        check_near(worker, resolved, trained, run, is_loose)


def from_json(value):
    """Numbers that are not finite are words."""
    if isinstance(value, dict):
        return {key: from_json(item) for key, item in value.items()}
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def check_equal(trained, run):
    assert run["weights"]["initial_sha256"] == trained["weights"]["initial_sha256"], "initial weights"
    for step, (wanted, found) in enumerate(zip(trained["losses"], run["losses"]), 1):
        assert found == wanted, f"loss of step {step}"
    assert len(run["losses"]) == len(trained["losses"])
    assert run["run"]["status"] == trained["status"]
    assert [epoch["epoch"] for epoch in run["epochs"]] == [epoch["epoch"] for epoch in trained["epochs"]]
    for wanted, found in zip(trained["epochs"], run["epochs"]):
        for part in ("learning_rate", "train", "validation", "test"):
            assert found.get(part) == wanted.get(part), f"{part} of epoch {wanted['epoch']}"
        check_probes(wanted["layers"], found["layers"])
    assert {key: run.get("best", {}).get(key) for key in ("epoch", "metric", "value")} == (trained["best"] or dict.fromkeys(("epoch", "metric", "value")))
    for name, wanted in trained["final"].items():
        found = run["final_tensors"][name]
        unlike = int((found.view(numpy.uint8) != wanted.numpy().view(numpy.uint8)).sum()) if wanted.dim() else int(found != wanted.numpy())
        assert not unlike, f"final {name} {list(wanted.shape)}: {unlike} bytes differ"
    assert run["weights"]["final_sha256"] == trained["weights"]["final_sha256"], "final weights"


def check_probes(wanted, found):
    assert list(found) == list(wanted)
    for layer, values in wanted.items():
        assert from_json(found[layer]) == pytest.approx(values, rel=1e-6, abs=1e-7), f"probes of layer {layer}"


def check_near(worker, resolved, trained, run, is_loose):
    check_initial(worker, resolved, trained, run)
    assert run["losses"][0] == pytest.approx(trained["losses"][0], rel=1e-5, abs=1e-7), "loss of step 1"
    if not is_loose:
        assert len(run["losses"]) == len(trained["losses"])
        assert run["epochs"][0]["train"]["loss"] == pytest.approx(trained["epochs"][0]["train"]["loss"], rel=1e-5), "loss of epoch 1"


def check_initial(worker, resolved, trained, run):
    """Equal; but the QR decomposition of `orthogonal` is another library's."""
    if "orthogonal" not in json.dumps(resolved["init"]):
        assert run["weights"]["initial_sha256"] == trained["weights"]["initial_sha256"], "initial weights"
        return
    still = worker.train(resolved | {"optimizer": {"sgd": {"lr": 0.0}}, "epochs": 1})["final_tensors"]
    for name, wanted in trained["initial"].items():
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            numpy.testing.assert_allclose(still[name], wanted.numpy(), rtol=0, atol=1e-6, err_msg=f"initial {name}")


def test_the_learning_rates_that_bunsens_own_tests_want_are_those_of_this_python():
    path = SOURCE / "tests/optim/make_schedules.py"
    spec = importlib.util.spec_from_file_location("make_schedules", path)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert path.with_name("schedules.json").read_text() == maker.document()


def run_folder(worker):
    config = worker.folder / "by_hand.yaml"
    config.write_text(json.dumps(TABLE["base"]))
    subprocess.run([BIN / "bunsen", "run", config, "--threads", "1", "--again"], cwd=worker.folder, env=worker.environment, check=True,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return worker.folder / "results/by-hand/latest"


def test_the_script_says_that_a_run_is_equal_and_where_one_is_not(worker, capsys):
    if worker.hello["libtorch"] != torch.__version__:
        pytest.skip("another LibTorch has other bits")
    folder = run_folder(worker)
    assert parity.main([str(folder)]) == 0
    assert "equal to the run, bit for bit" in capsys.readouterr().out
    result = json.loads((folder / "result.json").read_text())
    result["epochs"][1]["train"]["loss"] += 1e-9
    changed = worker.folder / "changed.json"
    changed.write_text(json.dumps(result))
    assert parity.main([str(changed)]) == 1
    assert "differs: epoch 2: train" in capsys.readouterr().out


@pytest.mark.parametrize("call", [
    lambda: parity.layer("attention", {}, (2,)), lambda: parity.layer("repeat", {}, (2,)), lambda: parity.initializer("sparse", {}, None),
    lambda: parity.loss_function("hinge", {}), lambda: parity.optimizer("lion", {}, []), lambda: parity.schedule("sgdr", {}, None, 1),
    lambda: parity.clip("agc", {}, []), lambda: parity.transform("invert", {}, torch.zeros(2, 2)),
    lambda: samples.load("imagenet", {})])
def test_the_script_does_not_pass_over_a_type_that_it_does_not_know(call):
    with pytest.raises(NotImplementedError):
        call()


@pytest.mark.parametrize("call", [
    lambda: parity.layer("linear", {"out_features": 2, "rank": 1}, (2,)), lambda: parity.loss_function("mse", {"scale": 2}),
    lambda: parity.optimizer("adam", {"lr": 1, "warm": True}, [torch.zeros(1)])])
def test_the_script_does_not_pass_over_an_option_that_it_does_not_know(call):
    with pytest.raises(TypeError):
        call()
