from __future__ import annotations

import itertools

import numpy as np
import pytest

from eegtune.search.gain import (
    best_of_random,
    full_rows,
    gain_by_chance,
    gain_of_run,
    gain_of_table,
)
from eegtune.search.recorded import RecordedTable, read_table


@pytest.fixture
def bowl() -> RecordedTable:
    """81 configurations; the best one, of score 1, lies in a corner of the middle."""
    lines = ["param:x,param:y,metric:score"]
    for x, y in itertools.product(range(9), range(9)):
        lines.append(f"{x},{y},{1 - ((x - 3) ** 2 + (y - 6) ** 2) / 100}")
    return read_table(lines)


def test_without_figures_the_best_of_normal_scores() -> None:
    found = gain_by_chance(10)
    # Expected largest of 2, 5 and 10 standard normal numbers: .564, 1.163, 1.539 (tables).
    assert [count for count, _ in found.gain] == [1, 2, 5, 10]
    assert [value for _, value in found.gain] == pytest.approx([0, 0.564, 1.163, 1.539], abs=0.03)


@pytest.mark.parametrize(
    ("maximize", "expected"), [(True, [0.6, 0.65]), (False, [0.6, 0.55])]
)  # fmt: skip
def test_the_best_of_random_draws_is_exact(maximize: bool, expected: list[float]) -> None:
    curve = best_of_random(2, [0.5, 0.7], maximize)
    assert [value for _, value in curve] == pytest.approx(expected)


def test_a_replayed_search_is_better_than_random_draws(bowl: RecordedTable) -> None:
    found = gain_of_table(bowl, "auto", "score", maximize=True, trials=20, slots=2)
    chance = best_of_random(20, bowl.all_means("score"), maximize=True)
    assert found.gain_source == "auto replayed on 81 recorded configurations"
    assert [count for count, _ in found.gain] == [1, 2, 5, 10, 20]
    assert found.gain[-1][1] > chance[-1][1]


def test_a_run_shows_what_it_found_so_far() -> None:
    found = gain_of_run([0.5, 0.7, 0.6, 0.8], "score", maximize=True, trials=4)
    assert found.gain == ((1, 0.5), (2, 0.7), (4, 0.8))
    found = gain_of_run([5.0, 3.0, 4.0], "loss", maximize=False, trials=2)
    assert found.gain == ((1, 5.0), (2, 3.0))


def test_more_trials_of_a_run_are_like_its_newest() -> None:
    generator = np.random.default_rng(0)
    early, newest = [0.0] * 20, list(generator.normal(5.0, 1.0, 20))
    (*_, (count, expected)) = gain_of_run([*early, *newest], "score", True, 60).gain
    mean, spread, best = np.mean(newest), np.std(newest, ddof=1), max(newest)
    further = generator.normal(mean, spread, (20_000, 20)).max(axis=1)
    assert count == 60
    assert expected == pytest.approx(np.maximum(further, best).mean(), abs=0.02)


@pytest.mark.parametrize("maximize", [True, False])
def test_shares_stay_within_their_limits(maximize: bool) -> None:
    scores = [0.5, 0.9, 0.99, 0.95, 0.97, 0.98]
    values = scores if maximize else [1 - score for score in scores]
    (*_, (_, expected)) = gain_of_run(values, "share", maximize, 1000).gain
    assert (0.99 < expected <= 1.0) if maximize else (0.0 <= expected < 0.01)


def test_only_full_trials_count() -> None:
    table = read_table(["param:x,param:epochs,metric:m", "1,3,0.1", "1,27,0.9", "2,27,0.8"])
    assert full_rows(table, "epochs").all_means("m") == [0.9, 0.8]
    assert full_rows(table, None) is table
