"""The two notebooks of the study come out of their configs number by number; skipped where MNIST is not to be found."""
import os
import pathlib
import re

import pytest

from programs import MNIST

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
pytestmark = pytest.mark.skipif(MNIST is None, reason="MNIST is not on this machine: set BUNSEN_DATA to its folder")

# What the notebooks print after each epoch (trained on a GPU).
SOFTMAX = [5.645694694, 1.696827326, 1.121626605, 0.882779920, 0.748860329, 0.661943850, 0.599809842, 0.553705251,
           0.517529079, 0.488772514, 0.465197288, 0.445370481, 0.428630506, 0.413612143, 0.401215988]
RELU = [128.860448430, 35.916095277, 23.048260633, 16.049220863, 11.694718062]
# Weights from normal(0, 1) make the training chaotic: rounding moves later epochs by some per cent.
RELU_WITHIN = [0.001, 0.005, 0.01, 0.02, 0.03]


def train(workplace, name, *options):
    workplace.environment["BUNSEN_DATA"] = str(MNIST)
    done = workplace.bunsen("run", SOURCE / "configs" / name, "--threads", "1", *options, timeout=600)
    assert done.returncode == 0, done.stderr
    return done


def losses(result):
    return [epoch["train"]["loss"] for epoch in result["epochs"]]


def test_softmax_regression_costs_what_the_notebook_prints(workplace):
    train(workplace, "mnist_softmax.yaml")
    result = workplace.result("mnist-softmax")
    for epoch, (ours, printed) in enumerate(zip(losses(result), SOFTMAX, strict=True), 1):
        assert ours == pytest.approx(printed, rel=5e-7), f"epoch {epoch}"
    assert result["final"]["test"]["accuracy"] == 0.8895
    sample = workplace.bunsen("predict", "mnist-softmax", "--index", "3757", "--json")
    assert re.search(r'"label": "?8', sample.stdout), sample.stdout


def test_two_relu_layers_cost_what_the_notebook_prints_while_it_can_be_compared(workplace):
    train(workplace, "mnist_relu.yaml")
    result = workplace.result("mnist-relu")
    for epoch, (ours, printed, within) in enumerate(zip(losses(result), RELU, RELU_WITHIN), 1):
        assert ours == pytest.approx(printed, rel=within), f"epoch {epoch}"
    falling = losses(result)
    assert all(later < earlier for earlier, later in zip(falling, falling[1:]))
    assert 0.940 <= result["final"]["test"]["accuracy"] <= 0.952
    sample = workplace.bunsen("predict", "mnist-relu", "--index", "3485", "--json")
    assert re.search(r'"label": "?9.*"(predicted|prediction)": "?9', sample.stdout), sample.stdout


def test_nothing_knows_these_two_configs(workplace):
    """Renamed, the same bits; with another seed, another run that trains as well."""
    train(workplace, "mnist_softmax.yaml", "--set", "epochs=2")
    train(workplace, "mnist_softmax.yaml", "--set", "epochs=2", "--set", "name=other", "--again")
    (other,) = workplace.runs("other")
    first = workplace.result("mnist-softmax")
    renamed = workplace.result("other")
    assert renamed["weights"] == first["weights"] and renamed["epochs"] == first["epochs"]
    train(workplace, "mnist_softmax.yaml", "--set", "epochs=2", "--set", "name=seeded", "--set", "seed=778")
    reseeded = workplace.result("seeded")
    assert reseeded["weights"]["initial_sha256"] != first["weights"]["initial_sha256"]
    assert reseeded["final"]["test"]["accuracy"] > 0.6
    assert other.name == first["run"]["id"]
