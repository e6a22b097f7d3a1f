"""memory_test.py - what `plan` says of memory is what trainings take, and what does not fit is refused unread."""
import json
import os
import pathlib
import struct

import pytest

from programs import MNIST

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
WITHIN = 0.15  # of the measured peak
CONFIGS = sorted(path.name for path in (SOURCE / "configs").glob("*.yaml"))

CONVOLUTIONS = """
seed: 1
epochs: 1
dataset: {idx: {images: images, labels: labels, test_images: images, test_labels: labels}}
batch: 1000
test: {batch_size: 100}
layers:
  - repeat: {times: 2, layers: [{conv2d: {out_channels: 16, kernel_size: 3, padding: 1}}, batch_norm2d, relu]}
  - max_pool2d: 2
  - {dropout: 0.3}
  - flatten
  - linear: 10
loss: cross_entropy
optimizer: adam
"""

WIDE = """
seed: 1
epochs: 1
dataset: {synthetic: {features: 784, samples: 2000, classes: 10}}
batch: 1000
layers: [{linear: 3000}, gelu, {linear: 3000}, gelu, {linear: 10}]
loss: cross_entropy
optimizer: {sgd: {momentum: 0.9}}
"""

# 14 TB of weights.
HUGE = """
seed: 1
epochs: 1
dataset: {synthetic: {samples: 100}}
batch: 10
layers: [{linear: 1000000}, relu, {linear: 900000}, relu, {linear: 2}]
loss: cross_entropy
optimizer: adam
"""


@pytest.fixture(autouse=True)
def mnist(workplace):
    if MNIST is not None:
        workplace.environment["BUNSEN_DATA"] = str(MNIST)


def write_images(folder, count):
    (folder / "images").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + bytes(i % 256 for i in range(count * 784)))
    (folder / "labels").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(i % 10 for i in range(count)))


def needs(workplace, *arguments):
    done = workplace.bunsen("plan", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    if "BUN033" in done.stderr:
        pytest.skip("the data set is not on this machine")
    return json.loads(done.stdout)["memory_bytes"]


def peaks(workplace):
    return [json.loads(path.read_text())["timing"]["peak_memory_bytes"]
            for path in sorted((workplace.folder / "results").glob("*/*/result.json")) if "latest" not in path.parts]


def assert_near(planned, measured):
    assert planned == pytest.approx(measured, rel=WITHIN), f"planned {planned >> 20} MiB, measured {measured >> 20} MiB"


@pytest.mark.parametrize("name", CONFIGS)
def test_a_shipped_config_takes_the_memory_that_plan_says(workplace, name):
    config = SOURCE / "configs" / name
    planned = needs(workplace, config)
    done = workplace.bunsen("run", config, "--set", "epochs=1", timeout=300)
    assert done.returncode == 0, done.stderr
    (measured,) = peaks(workplace)
    assert_near(planned, measured)


def test_so_do_trials_beside_one_another(workplace):
    experiment, base = SOURCE / "experiments/activations.yaml", SOURCE / "configs/fashion_mlp.yaml"
    planned = needs(workplace, base)
    done = workplace.bunsen("sweep", experiment, "--set", "epochs=1", timeout=600)
    assert done.returncode == 0, done.stderr
    measured = peaks(workplace)
    assert len(measured) > 1
    for one in measured:
        assert_near(planned, one)


@pytest.mark.parametrize("text", [CONVOLUTIONS, WIDE], ids=["convolutions", "wide"])
def test_so_do_trainings_that_take_more(workplace, text):
    config = workplace.write("more.yaml", text)
    write_images(workplace.folder, 2000)
    planned = needs(workplace, config)
    done = workplace.bunsen("run", config, timeout=300)
    assert done.returncode == 0, done.stderr
    (measured,) = peaks(workplace)
    assert_near(planned, measured)


def test_what_does_not_fit_is_refused_before_anything_is_made(workplace):
    config = workplace.write("huge.yaml", HUGE)
    done = workplace.bunsen("run", config)
    assert done.returncode == 2
    assert "error[BUN037]: layers.2.linear: needs about" in done.stderr
    assert "this machine has" in done.stderr
    assert not (workplace.folder / "results").exists()
    experiment = workplace.write("more.yaml", "base: huge.yaml\naxes: {seed: [1, 2]}\n")
    done = workplace.bunsen("sweep", experiment)
    assert done.returncode == 2
    assert done.stderr.count("BUN037") == 1
    assert not (workplace.folder / "results").exists()


def test_where_nothing_is_trained_it_is_a_warning(workplace):
    config = workplace.write("huge.yaml", HUGE)
    for command in ("check", "plan"):
        done = workplace.bunsen(command, config)
        assert done.returncode == 0, done.stderr
        assert "warning[BUN037]: layers.2.linear: needs about" in done.stderr
