"""make_schedules.py - writes schedules.json beside it: learning rates of 200 epochs as Python's torch.optim.lr_scheduler gives them.

A line [epoch, rate, rate] stands for each epoch (from 0) whose rates, those of two groups, differ from the one before.

Run it with a Python that has the torch whose values are wanted: `python3 make_schedules.py`.
"""
import json
import math
import pathlib
import warnings

import torch
from torch.optim.lr_scheduler import (CosineAnnealingLR, ExponentialLR, LinearLR, MultiStepLR, ReduceLROnPlateau, SequentialLR, StepLR)

EPOCHS = 200

# A loss that falls, stays and jumps; and an accuracy.
LOSSES = [1 / (1 + 0.1 * min(t, 40)) + (0.05 * math.sin(t) if t > 60 else 0) + (0.5 if t in (20, 90, 91) else 0) for t in range(EPOCHS)]
ACCURACIES = [1 - loss / 2 for loss in LOSSES]


def step(step_size, gamma=0.1):
    return lambda optimizer: StepLR(optimizer, step_size, gamma)


def multi_step(milestones, gamma=0.1):
    return lambda optimizer: MultiStepLR(optimizer, milestones, gamma)


def exponential(gamma):
    return lambda optimizer: ExponentialLR(optimizer, gamma)


def cosine(t_max=EPOCHS, eta_min=0.0):
    return lambda optimizer: CosineAnnealingLR(optimizer, t_max, eta_min)


def linear(start_factor=1 / 3, end_factor=1.0, total_iters=5):
    return lambda optimizer: LinearLR(optimizer, start_factor, end_factor, total_iters)


def warmup(epochs, then, start_factor=1 / 3):
    return lambda optimizer: SequentialLR(optimizer, [LinearLR(optimizer, start_factor, 1.0, epochs), then(optimizer)], [epochs])


def plateau(mode, **options):
    return lambda optimizer: ReduceLROnPlateau(optimizer, mode, **options)


CASES = [
    ({"step": {"step_size": 30}}, step(30)),
    ({"step": {"step_size": 7, "gamma": 0.85}}, step(7, 0.85)),
    ({"multi_step": {"milestones": [3, 50, 50, 51, 120], "gamma": 0.3}}, multi_step([3, 50, 50, 51, 120], 0.3)),
    ({"exponential": 0.97}, exponential(0.97)),
    ("cosine", cosine()),
    ({"cosine": {"t_max": 37, "eta_min": 1e-4}}, cosine(37, 1e-4)),
    ("linear", linear()),
    ({"linear": {"start_factor": 1, "end_factor": 0.07, "total_iters": 90}}, linear(1.0, 0.07, 90)),
    ({"warmup": {"epochs": 9}}, linear(1 / 3, 1.0, 9)),
    ({"warmup": {"epochs": 11, "start_factor": 0.01, "then": "cosine"}}, warmup(11, cosine(EPOCHS - 11), 0.01)),
    ({"warmup": {"epochs": 5, "then": {"step": 40}}}, warmup(5, step(40))),
    ({"warmup": {"epochs": 5, "then": {"multi_step": [10, 60]}}}, warmup(5, multi_step([10, 60]))),
    ({"warmup": {"epochs": 1, "then": {"exponential": 0.99}}}, warmup(1, exponential(0.99))),
    ({"warmup": {"epochs": 8, "then": {"linear": {"start_factor": 0.9, "end_factor": 0, "total_iters": 60}}}}, warmup(8, linear(0.9, 0.0, 60))),
    ({"reduce_on_plateau": {"factor": 0.5, "patience": 3}}, plateau("min", factor=0.5, patience=3)),
    ({"reduce_on_plateau": {"factor": 0.3, "patience": 0, "cooldown": 6, "min_lr": 1e-3, "threshold": 0.01}},
     plateau("min", factor=0.3, patience=0, cooldown=6, min_lr=1e-3, threshold=0.01)),
    ({"reduce_on_plateau": {"factor": 0.7, "patience": 2, "threshold": 0.02, "threshold_mode": "abs"}},
     plateau("min", factor=0.7, patience=2, threshold=0.02, threshold_mode="abs")),
    ({"reduce_on_plateau": {"factor": 0.6, "patience": 4, "metric": "validation.accuracy"}}, plateau("max", factor=0.6, patience=4)),
    ({"reduce_on_plateau": {"factor": 0.6, "patience": 4, "threshold": 0.01, "threshold_mode": "abs", "metric": "validation.accuracy"}},
     plateau("max", factor=0.6, patience=4, threshold=0.01, threshold_mode="abs")),
]


def changes(make):
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.0123)]
    optimizer = torch.optim.SGD(groups)
    scheduler = make(optimizer)
    out = []
    for epoch in range(EPOCHS):
        now = [group["lr"] for group in optimizer.param_groups]
        if not out or out[-1][1:] != now:
            out.append([epoch, *now])
        if isinstance(scheduler, ReduceLROnPlateau):
            scheduler.step((LOSSES if scheduler.mode == "min" else ACCURACIES)[epoch])
        else:
            scheduler.step()
    return out


def document():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = [json.dumps({"schedule": schedule, "changes": changes(make)}) for schedule, make in CASES]
    text = '{"torch": %s, "epochs": %d,\n"losses": %s,\n"accuracies": %s,\n"cases": [\n%s\n]}\n'
    return text % (json.dumps(torch.__version__), EPOCHS, json.dumps(LOSSES), json.dumps(ACCURACIES), ",\n".join(cases))


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("schedules.json").write_text(document())
