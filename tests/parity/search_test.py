"""search_test.py - bunsen's `tpe`, `asha` and `median` against the real Optuna.

`tpe` and Optuna's TPESampler with its defaults search the same functions, 200 seeds each: a one-sided rank test must not find what bunsen finds
worse at 1 %. Told the same past, both must suggest the same distribution of values. The pruners must decide alike, one report after the other.
"""
import json
import math
import multiprocessing
import os
import pathlib
import random
import subprocess
import warnings

import numpy
import pytest

optuna = pytest.importorskip("optuna", minversion="5.0", reason="no Optuna 5 here; tools/setup --parity fetches it")
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution  # noqa: E402
from optuna.trial import TrialState  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")

SEEDS, TRIALS = int(os.environ.get("BUNSEN_PARITY_SEEDS", "200")), 40


class Answers:
    """bunsen's functions, one request at a time."""

    def __init__(self):
        self.process = subprocess.Popen([pathlib.Path(os.environ["BUNSEN_BIN"]) / "search_answers"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


@pytest.fixture(scope="module")
def answers():
    started = Answers()
    yield started
    started.close()


# The functions: axes by name, and what is minimized.

def branin(x, y):
    return ((y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6)**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


HARTMANN_A = numpy.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
HARTMANN_P = 1e-4 * numpy.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                                 [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])


def hartmann(**xs):
    squares = (HARTMANN_A * (numpy.array(list(xs.values())) - HARTMANN_P)**2).sum(axis=1)
    return -float(numpy.dot([1, 1.2, 3, 3.2], numpy.exp(-squares)))


def rosenbrock(lr, width):
    """Over logarithms: the valley's floor is at lr = 0.01, width = 64, and curved."""
    x, y = math.log10(lr) + 3, math.log2(width) / 6
    return (1 - x)**2 + 100 * (y - x * x)**2


def training(optimizer, layers, lr_adam=None, lr_sgd=None, momentum=None):
    """Looks like a study of optimizers: each has axes of its own."""
    depth = 0.02 * (layers - 3)**2
    if optimizer == "adam":
        return depth + 0.10 * (math.log10(lr_adam) + 3)**2 + 0.05
    if optimizer == "sgd":
        return depth + 0.08 * (math.log10(lr_sgd * (1 + 9 * momentum**4)) + 1)**2 + 0.3 * (momentum - 0.9)**2
    return depth + 0.5


FUNCTIONS = {
    "branin": (branin, {"x": ["linear", -5, 10], "y": ["linear", 0, 15]}),
    "hartmann6": (hartmann, {f"x{n}": ["linear", 0, 1] for n in range(6)}),
    "rosenbrock": (rosenbrock, {"lr": ["log", 1e-4, 1e-1], "width": ["log_whole", 1, 512]}),
    "optimizers": (training, {"optimizer": ["choice", 0, 2], "layers": ["whole", 1, 8], "lr_adam": ["log", 1e-5, 1],
                               "lr_sgd": ["log", 1e-5, 10], "momentum": ["linear", 0, 0.99]}),
}
OPTIMIZERS = ["adam", "sgd", "none"]


def exists(axis, values):
    optimizer = OPTIMIZERS[int(values.get("optimizer", 2))]
    return {"lr_adam": optimizer == "adam", "lr_sgd": optimizer == "sgd", "momentum": optimizer == "sgd"}.get(axis, True)


def value_of(function, values):
    named = {axis: OPTIMIZERS[int(value)] if axis == "optimizer" else value for axis, value in values.items()}
    return function(**named)


def distribution(axis):
    kind, low, high = axis
    if kind == "choice":
        return CategoricalDistribution(list(range(high + 1)))
    return (IntDistribution if "whole" in kind else FloatDistribution)(low, high, log="log" in kind)


def asked(trial, axis, domain):
    """The value that Optuna suggests."""
    kind, low, high = domain
    if kind == "choice":
        return trial.suggest_categorical(axis, list(range(high + 1)))
    return (trial.suggest_int if "whole" in kind else trial.suggest_float)(axis, low, high, log="log" in kind)


def optuna_sampler(joint, seed):
    return optuna.samplers.TPESampler(seed=seed) if joint else optuna.samplers.TPESampler(seed=seed, multivariate=False)


def optuna_study(name, joint, seed):
    function, axes = FUNCTIONS[name]
    study = optuna.create_study(sampler=optuna_sampler(joint, seed))
    for _ in range(TRIALS):
        trial, values = study.ask(), {}
        for axis in axes:
            if exists(axis, values):
                values[axis] = asked(trial, axis, axes[axis])
        study.tell(trial, value_of(function, values))
    return study.best_value


def bunsen_study(answers, name, joint, seed):
    function, axes = FUNCTIONS[name]
    observations, request = [], {"seed": seed, "maximize": False, "joint": joint, "axes": list(axes.values())}
    for index in range(TRIALS):
        suggested = answers.ask({"suggest": request | {"index": index, "observations": observations}})
        values = {}
        for axis, value in zip(axes, suggested):
            if exists(axis, values):
                values[axis] = value
        observations.append({"values": [values.get(axis) for axis in axes], "state": "finished", "score": value_of(function, values), "step": 0})
    return min(observation["score"] for observation in observations)


def some_studies(task):
    name, joint, seeds = task
    answers = Answers()
    pairs = [(optuna_study(name, joint, seed), bunsen_study(answers, name, joint, seed)) for seed in seeds]
    answers.close()
    return pairs


def chance_of_not_worse(reference, tested):
    """One-sided Mann-Whitney test: how likely are values as large as those tested if both are drawn alike. Ties share their rank."""
    reference, tested = numpy.asarray(reference), numpy.asarray(tested)
    both = numpy.concatenate([reference, tested])
    _, places, counts = numpy.unique(both, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[places]
    n, m = len(tested), len(reference)
    larger = ranks[m:].sum() - n * (n + 1) / 2
    variance = n * m / 12 * (n + m + 1 - (counts**3 - counts).sum() / ((n + m) * (n + m - 1)))
    return 0.5 * math.erfc((larger - n * m / 2 - 0.5) / math.sqrt(2 * variance))


def test_the_rank_test_finds_what_is_worse():
    drawn = numpy.random.default_rng(1)
    same = [chance_of_not_worse(drawn.normal(size=200), drawn.normal(size=200)) for _ in range(300)]
    assert 0.02 < numpy.mean(numpy.array(same) < 0.05) < 0.09
    assert chance_of_not_worse(drawn.normal(size=200), drawn.normal(0.5, size=200)) < 1e-3
    assert chance_of_not_worse(drawn.normal(size=200), drawn.normal(-0.5, size=200)) > 0.99


def judged_by_rank(name, joint, seeds):
    processes = max(1, min(8, len(os.sched_getaffinity(0))))
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        parts = pool.map(some_studies, [(name, joint, range(start, seeds, processes)) for start in range(processes)])
    theirs, ours = zip(*(pair for part in parts for pair in part))
    chance = chance_of_not_worse(theirs, ours)
    print(f"{name}{'' if joint else ', each axis by itself'}: median of the best of {TRIALS} points over {seeds} seeds: "
          f"bunsen {numpy.median(ours):.4g}, Optuna {optuna.__version__} {numpy.median(theirs):.4g}; p = {chance:.3f}")
    return chance


@pytest.mark.parametrize("name", ["branin", "rosenbrock", "optimizers"])
def test_tpe_finds_nothing_worse_than_optuna(name):
    assert judged_by_rank(name, True, SEEDS) > 0.01


@pytest.mark.skipif("BUNSEN_PARITY_SEEDS" not in os.environ, reason="takes minutes: only where BUNSEN_PARITY_SEEDS is set")
@pytest.mark.parametrize("name, joint", [("hartmann6", True), *((name, False) for name in FUNCTIONS)])
def test_tpe_finds_nothing_worse_in_more_ways(name, joint):
    assert judged_by_rank(name, joint, SEEDS) > 0.01


# One step: both are told the same past, and what they suggest next must be distributed alike.

AXES = {"lr": ["log", 1e-4, 1e-1], "momentum": ["linear", 0, 0.99], "width": ["whole", 4, 32], "units": ["log_whole", 1, 512],
        "kind": ["choice", 0, 2], "beta": ["linear", 0, 1]}


MIXED, UNFINISHED = [70, 15, 10, 5], [0, 85, 10, 5]  # shares of finished, pruned, running and failed points


def past_of(points, shares, maximize):
    """`beta` is only where `kind` is 1."""
    drawn = random.Random(points)
    past = []
    for number in range(points):
        kind = drawn.randrange(3)
        lr, units = 10**drawn.uniform(-4, -1), round(2**drawn.uniform(0, 9))
        values = [lr, drawn.uniform(0, 0.99), drawn.randint(4, 32), units, kind, drawn.random() if kind == 1 else None]
        score = (math.log10(lr) + 2)**2 + (math.log2(units) / 9 - 0.5)**2 + 0.3 * kind + drawn.gauss(0, 0.2)
        state = drawn.choices(["finished", "pruned", "running", "failed"], shares)[0]
        step = drawn.choice([0, 1, 3, 9]) if state == "pruned" else 0
        past.append({"values": values, "state": state, "score": -score if maximize else score, "step": step})
    return past


def study_with(past, maximize):
    study = optuna.create_study(direction="maximize" if maximize else "minimize")
    states = {"finished": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "running": TrialState.RUNNING, "failed": TrialState.FAIL}
    for point in past:
        params = {axis: value for axis, value in zip(AXES, point["values"]) if value is not None}
        told = {point["step"]: point["score"]} if point["step"] else {}
        study.add_trial(optuna.trial.create_trial(
            state=states[point["state"]], params=params, distributions={axis: distribution(AXES[axis]) for axis in params},
            value=point["score"] if point["state"] == "finished" else None, intermediate_values=told))
    return study


def largest_gap(left, right):
    """Kolmogorov and Smirnov's: between the two cumulated distributions."""
    grid = numpy.unique(numpy.concatenate([left, right]))
    return max(abs(numpy.searchsorted(numpy.sort(left), grid, "right") / len(left) - numpy.searchsorted(numpy.sort(right), grid, "right") / len(right)))


@pytest.mark.parametrize("points, shares, maximize, joint", [
    (8, MIXED, False, True), (13, MIXED, False, True), (40, MIXED, True, True), (120, MIXED, False, True), (40, MIXED, False, False),
    (50, UNFINISHED, True, True), (35, UNFINISHED, False, True)])
def test_told_the_same_past_both_suggest_alike(answers, points, shares, maximize, joint):
    past, draws = past_of(points, shares, maximize), 300
    theirs, ours = {axis: [] for axis in AXES}, {axis: [] for axis in AXES}
    study = study_with(past, maximize)
    request = {"seed": 5, "maximize": maximize, "joint": joint, "axes": list(AXES.values()),
               "observations": [point | {"score": "NaN", "state": "finished"} if point["state"] == "failed" else point for point in past]}
    for draw in range(draws):
        study.sampler = optuna_sampler(joint, draw)
        trial = study.ask()
        for axis, domain in AXES.items():
            theirs[axis].append(asked(trial, axis, domain))
        study.tell(trial, state=TrialState.FAIL)
        for axis, value in zip(AXES, answers.ask({"suggest": request | {"index": draw}})):
            ours[axis].append(value)
    for axis in AXES:
        # Reached by one of 10,000 pairs of equal distributions; 42 are compared.
        assert largest_gap(theirs[axis], ours[axis]) < 2.23 * math.sqrt(2 / draws), axis
    pairs = [numpy.corrcoef(numpy.log(suggested["lr"]), numpy.log(suggested["units"]))[0, 1] for suggested in (theirs, ours)]
    assert abs(pairs[0] - pairs[1]) < 4 * math.sqrt(2 / draws)


# The pruners, one report after the other, in a drawn order.

@pytest.mark.filterwarnings("ignore:All-NaN")
@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("rule, options, pruner", [
    ("asha", [1, 2], lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)),
    ("asha", [2, 3], lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=2, reduction_factor=3)),
    ("asha", [1, 4], lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=4)),
    ("median", [5, 0], lambda: optuna.pruners.MedianPruner(n_warmup_steps=1)),
    ("median", [2, 3], lambda: optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=4)),
])
def test_pruners_decide_as_optuna_does(answers, rule, options, pruner, maximize):
    pruned = kept = 0
    for seed in range(8):
        drawn = random.Random(seed)
        study = optuna.create_study(direction="maximize" if maximize else "minimize", pruner=pruner())
        running, curves = [], []
        while len(curves) < 30 or running:
            if len(curves) < 30 and (not running or drawn.random() < 0.2):
                running.append((study.ask(), len(curves)))
                curves.append({"scores": [], "finished": False})
            trial, number = drawn.choice(running)
            scores = curves[number]["scores"]
            told = float("nan") if drawn.random() < 0.02 else round(drawn.gauss(number % 7, 2), 1)
            scores.append("NaN" if math.isnan(told) else told)
            epoch = len(scores)
            trial.report(told, epoch)
            goes_on = answers.ask({"judge": {"maximize": maximize, "epoch": epoch, rule: options, "point": scores,
                                             "others": curves[:number] + curves[number + 1:]}})
            assert goes_on == (not trial.should_prune()), (seed, number, epoch)
            pruned, kept = pruned + (not goes_on), kept + goes_on
            if not goes_on or epoch == 12:
                curves[number]["finished"] = goes_on
                study.tell(trial, 0.0 if goes_on else None, state=TrialState.COMPLETE if goes_on else TrialState.PRUNED)
                running.remove((trial, number))
    assert pruned > 50 and kept > 200
