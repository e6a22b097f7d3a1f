"""made_inputs.py - configs and runs to measure with, made from a seed: the same bytes each time."""
import json
import pathlib
import random

LAYERS_OF_LONG_CONFIG = 27

HEAD = """# A config of 200 lines, written out as people do who want to see everything.
name: long
description: Many layers, each with its own initialization.
tags: [bench, long]
vars:
  width: 64
  slope: 0.02
seed: 7
epochs: 12

dataset:
  synthetic:
    pattern: blobs
    samples: 20000
    test_samples: 4000
    classes: 10
    features: 96
    noise: 0.3

batch:
  size: 100
  shuffle: true
  drop_last: false
validation: 0.1

layers:
"""

TAIL = """
loss: cross_entropy
optimizer:
  adam:
    lr: 3e-4
    betas: [0.9, 0.98]
    weight_decay: 1e-4
test:
  batch_size: 500
objective:
  maximize: validation.accuracy
"""


def long_config(lines=200):
    """A valid config of exactly that many lines."""
    random_numbers = random.Random(1)
    text = HEAD
    for number in range(LAYERS_OF_LONG_CONFIG):
        width = random_numbers.choice(["$width", "48", "128", "96"])
        text += f"  - linear:\n      out_features: {width}\n      name: hidden{number}\n"
        text += "  - leaky_relu: $slope\n" if number % 2 else "  - relu\n"
    text += "  - linear: 10\n\ninit:\n  weight: kaiming_normal\n  layers:\n"
    number = 0
    while (text + TAIL).count("\n") + 2 <= lines and number < LAYERS_OF_LONG_CONFIG:
        text += f"    hidden{number}:\n      weight: {{normal: {{std: {random_numbers.uniform(0.01, 0.2):.4f}}}}}\n"
        number += 1
    text += TAIL
    return text + "# end of the file\n" * (lines - text.count("\n"))


def small_config(random_numbers):
    """About what people write: twenty lines, one of several styles."""
    depth, width = random_numbers.randint(1, 4), random_numbers.choice([32, 64, 128, 256])
    activation = random_numbers.choice(["relu", "tanh", "gelu"])
    optimizer = random_numbers.choice(
        ["adam: {lr: %g}", "sgd:\n    lr: %g\n    momentum: 0.9"]) % random_numbers.choice([1e-3, 3e-4, 1e-2])
    layers = "".join(f"  - linear: {width}\n  - {activation}\n" for _ in range(depth))
    return f"""# One of many.
seed: {random_numbers.randint(0, 9999)}
epochs: {random_numbers.randint(1, 50)}
dataset:
  synthetic: {{pattern: blobs, samples: 5000, classes: 4, features: 16}}
batch: {{size: {random_numbers.choice([32, 50, 100])}}}
validation: 0.2

layers:
{layers}  - linear: 4

init: {{weight: kaiming_normal}}
loss: cross_entropy
optimizer:
  {optimizer}
"""


def write_configs(folder, count):
    random_numbers = random.Random(2)
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"config_{number:04}.yaml").write_text(small_config(random_numbers))


def write_runs(folder, count, example):
    """Folders as `bunsen sweep` leaves them: copies of an example's with other ids, seeds and figures."""
    random_numbers = random.Random(3)
    result = json.loads((example / "result.json").read_text())
    others = {name: (example / name).read_text() for name in ("config.yaml", "metrics.jsonl", "status.json")}
    for number in range(count):
        run_id = f"{random_numbers.getrandbits(40):010x}"
        result["run"]["id"] = run_id
        result["run"]["name"] = f"study-{number % 10}"
        result["config"]["seed"] = number
        result["final"]["test"]["accuracy"] = random_numbers.randint(8000, 9000) / 10000
        run = folder / result["run"]["name"] / run_id
        run.mkdir(parents=True)
        (run / "result.json").write_text(json.dumps(result, indent=2))
        for name, text in others.items():
            (run / name).write_text(text)


def example_run(tree):
    return sorted((pathlib.Path(tree) / "results" / "examples").glob("*/*/result.json"))[0].parent
