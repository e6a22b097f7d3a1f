"""What tools/bench train makes of the times that it measures."""
import os
import pathlib
import subprocess
import sys

import pytest

TREE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
sys.path.insert(0, str(TREE / "bench"))
sys.dont_write_bytecode = True
import train  # noqa: E402


def contestant(figures, losses=(), **options):
    made = train.Contestant("one", ["one"], **options)
    made.figures, made.losses = list(figures), list(losses)
    return made


def test_a_peer_is_measured_in_times_of_bunsens_least_and_of_each_round():
    ours = contestant([1.0, 2.0, 4.0])
    assert contestant([3.0, 3.0, 4.0]).ratios(ours) == (3.0, 1.5)


def test_a_floor_is_measured_the_other_way_round():
    ours = contestant([1.2, 2.4])
    floor = contestant([1.0, 2.0], asked=1.25, is_floor=True)
    assert floor.ratios(ours) == pytest.approx((1.2, 1.2))
    assert not floor.misses(ours)
    assert contestant([0.9, 2.0], asked=1.25, is_floor=True).misses(ours)


def test_a_peer_that_is_too_near_is_a_miss():
    ours = contestant([1.0])
    assert contestant([1.2], asked=1.3).misses(ours)
    assert not contestant([1.4], asked=1.3).misses(ours)
    assert not contestant([0.5]).misses(ours)


def test_whoever_does_not_train_is_found_out():
    race = object.__new__(train.Race)
    ours = contestant([1.0], [0.30, 0.31])
    race.hold_losses_together([ours, contestant([1.0], [0.32]), contestant([1.0])])
    for loss in (2.3, 0.35, 0.2, float("nan")):
        with pytest.raises(SystemExit, match="not the same work"):
            race.hold_losses_together([ours, contestant([0.5], [loss])])


def test_a_table_fits_a_terminal():
    text = train.table(train.TITLES["relu"], [contestant([1.0], [0.3]), contestant([12.0], [0.3], asked=1.25, is_floor=True)])
    assert max(map(len, text.splitlines())) <= 80


def test_an_unknown_peer_is_refused():
    done = subprocess.run([sys.executable, TREE / "tools" / "bench", "train", "--peers", "caffe"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "'caffe' is none of lightning, keras, skorch, sklearn" in done.stderr
