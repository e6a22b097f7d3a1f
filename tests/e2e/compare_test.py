"""list and diff of real runs and of the shipped examples."""

import json
import os
import pathlib
import pty
import re
import shutil
import statistics
import subprocess
import termios

import pytest

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
BUNSEN = pathlib.Path(os.environ["BUNSEN_BIN"]) / "bunsen"
EXAMPLES = SOURCE / "results" / "examples"

TINY = """\
seed: 0
epochs: 2
dataset: {synthetic: {pattern: blobs, samples: 200, test_samples: 50}}
batch: 20
layers:
  - linear: 8
  - tanh
  - linear: 2
loss: cross_entropy
optimizer: {sgd: {lr: 0.1}}
"""


def bunsen(*args, cwd, code=0):
    done = subprocess.run([BUNSEN, *map(str, args)], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def on_terminal(*args, cwd, columns, **environment):
    """What the command writes to a terminal of that width."""
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (24, columns))
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen([BUNSEN, *map(str, args)], cwd=cwd, stdout=child, stderr=nowhere,
                                   env={**os.environ, "TERM": "xterm", **environment})
    os.close(child)
    out = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(parent)
    assert process.wait() == 0
    return out.decode().replace("\r\n", "\n")


@pytest.fixture
def examples(tmp_path):
    """A working directory whose results folder holds the shipped examples and nothing else."""
    shutil.copytree(EXAMPLES, tmp_path / "results" / "examples")
    return tmp_path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A working directory in which the tiny config was trained: twice alike, with another rate, with another seed."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.yaml").write_text(TINY)
    for extra in ([], ["--again"], ["--set", "optimizer.sgd.lr=0.2"], ["--set", "seed=1"]):
        bunsen("run", "tiny.yaml", *extra, cwd=folder)
    return folder


def runs_of(folder):
    return json.loads(bunsen("list", "--json", cwd=folder).stdout)


def example_results(name):
    return [json.loads(path.read_text()) for path in sorted((EXAMPLES / name).glob("*/result.json"))]


def test_the_examples_are_listed_when_there_are_no_other_runs(examples):
    runs = runs_of(examples)
    assert len(runs) == 6
    assert {run["status"] for run in runs} == {"completed"}
    assert len({(run["name"], run["seed"]) for run in runs}) == 6
    lines = bunsen("list", cwd=examples).stdout.splitlines()
    assert lines[0].split()[:5] == ["name", "id", "status", "seed", "epochs"]
    assert len(lines) == 7


def test_the_examples_carry_no_machine_and_no_weights():
    names = sorted(path.name for path in EXAMPLES.iterdir())
    assert len(names) == 2
    for folder in EXAMPLES.glob("*/*"):
        assert {path.name for path in folder.iterdir()} == {"config.yaml", "metrics.jsonl", "result.json", "status.json"}
        for path in folder.iterdir():
            assert not re.search(r'["\s=](/[a-z]+/|~/)', path.read_text()), f"{path} holds an absolute path"
        assert json.loads((folder / "result.json").read_text())["environment"]["host"] == "example"
        assert json.loads((folder / "status.json").read_text())["host"] == "example"


def test_diff_of_the_examples_gives_means_over_the_seeds(examples):
    a, b = sorted(path.name for path in EXAMPLES.iterdir())
    found = json.loads(bunsen("diff", f"results/examples/{a}", f"results/examples/{b}", "--json", cwd=examples).stdout)
    [difference] = found["differences"]
    assert [pair["seed"] for pair in difference["pairs"]] == [0, 1, 2]
    accuracy = next(metric for metric in difference["metrics"] if metric["metric"] == "test.accuracy")
    for side, name in (("a", a), ("b", b)):
        expected = statistics.fmean(result["final"]["test"]["accuracy"] for result in example_results(name))
        assert accuracy[side] == pytest.approx(expected, rel=1e-12)
    assert accuracy["difference"] == pytest.approx(accuracy["b"] - accuracy["a"])
    assert all(not change["path"].startswith("seed") for change in difference["config"])

    text = bunsen("diff", a, b, cwd=examples).stdout
    assert "3 runs paired by seed: 0 1 2" in text
    assert "layers." in text
    bunsen("diff", a, b, "--exit-code", cwd=examples, code=1)
    bunsen("diff", a, a, "--exit-code", cwd=examples)


def test_nothing_is_wider_than_the_terminal(examples):
    a, b = sorted(path.name for path in EXAMPLES.iterdir())
    for args in (["list"], ["diff", a, b]):
        text = on_terminal(*args, cwd=examples, columns=80, NO_COLOR="1")
        assert "\033" not in text
        assert max(map(len, text.splitlines())) <= 80, text
    assert "\033[1m" in on_terminal("list", cwd=examples, columns=80, NO_COLOR="")


def test_a_run_repeated_does_not_differ(trained):
    first, second = sorted(run["id"] for run in runs_of(trained) if run["id"].endswith("-2") or
                           any(other["id"] == run["id"] + "-2" for other in runs_of(trained)))
    text = bunsen("diff", first, second, "--exit-code", cwd=trained).stdout
    assert "curves  equal in 2 epochs" in text
    assert "final equal" in text


def test_the_one_key_that_was_set_is_the_one_that_differs(trained):
    runs = runs_of(trained)
    base = next(run for run in runs if run["id"].endswith("-2"))
    other = next(run for run in runs if run["group"] != base["group"])
    [difference] = json.loads(bunsen("diff", base["id"], other["id"], "--json", cwd=trained).stdout)["differences"]
    assert [(change["path"], change["a"], change["b"]) for change in difference["config"]] == [("optimizer.sgd.lr", 0.1, 0.2)]
    assert difference["pairs"][0]["same_initial_weights"] is True
    assert difference["pairs"][0]["same_final_weights"] is False
    assert difference["environment"] == [] and difference["data"] == []
    assert difference["curves"][0]["first_difference"] == 1
    bunsen("diff", base["folder"], other["folder"], "--exit-code", cwd=trained, code=1)


def test_a_name_with_runs_of_two_configs_asks_for_a_group(trained):
    message = bunsen("diff", "tiny", "tiny", cwd=trained, code=2).stderr
    assert "holds runs of 2 configs" in message
    group = next("group=" + run["group"] for run in runs_of(trained) if run["seed"] == 1)
    assert group in message
    text = bunsen("diff", group, group, "--exit-code", cwd=trained).stdout
    assert "2 runs paired by seed: 0 1" in text


def test_newest_runs_come_first(trained):
    started = [run["started_at"] for run in runs_of(trained)]
    assert started == sorted(started, reverse=True)


def test_an_unknown_run_is_a_mistake_with_a_way_out(trained):
    message = bunsen("diff", "tinny", "tiny", cwd=trained, code=2).stderr
    assert "did you mean 'tiny'" in message


def test_without_runs_list_says_what_to_do(tmp_path):
    done = bunsen("list", cwd=tmp_path)
    assert done.stdout == ""
    assert "bunsen run" in done.stderr


def test_configs_and_plain_json_can_be_compared(tmp_path):
    (tmp_path / "a.yaml").write_text(TINY)
    (tmp_path / "b.yaml").write_text(TINY.replace("lr: 0.1", "lr: 0.3"))
    assert re.search(r"optimizer\.sgd\.lr +0\.1 +0\.3\n", bunsen("diff", "a.yaml", "b.yaml", cwd=tmp_path).stdout)
    (tmp_path / "a.json").write_text('{"seconds": 2, "cpu": "X"}')
    (tmp_path / "b.json").write_text('{"seconds": 1, "cpu": "X"}')
    assert "-50.00%" in bunsen("diff", "a.json", "b.json", cwd=tmp_path).stdout
    (tmp_path / "b.yaml").write_text(TINY.replace("epochs", "epohcs"))
    assert "epohcs" in bunsen("diff", "a.yaml", "b.yaml", cwd=tmp_path, code=2).stderr
