"""What promotions are worth, from pairs of results of two rungs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from search_problems import make_experiment, parameter

from eegtune.search.history import Record, State
from eegtune.search.outlook import Outlook, read_outlook
from eegtune.search.simulation import Limits, Outcome, simulate


def members(pairs: Sequence[tuple[float, float]]) -> list[Mapping[int, Record]]:
    return [
        {
            rung: Record(None, (), (), State.FINISHED, losses=(loss,))
            for rung, loss in enumerate(losses)
        }
        for losses in pairs
    ]


def test_a_line_through_what_earlier_promotions_came_to() -> None:
    pairs = [(float(i), 2.0 * i + 1 + (-1) ** i * 0.1) for i in range(12)]
    found = read_outlook(members(pairs), 0, 1 / 3, is_last=False)
    assert found is not None
    assert (found.mean, found.next_mean) == pytest.approx((5.5, 12.0))
    assert found.slope == pytest.approx(2.0, abs=0.01)
    assert found.spread == pytest.approx(0.11, abs=0.01)
    assert found.needed == pytest.approx(6.9)  # the fourth of twelve
    last = read_outlook(members(pairs), 0, 1 / 3, is_last=True)
    assert last is not None
    assert last.needed == pytest.approx(1.1)


def test_few_pairs_say_nothing() -> None:
    assert read_outlook(members([(1.0, 2.0)] * 9), 0, 1 / 3, is_last=False) is None


@pytest.mark.parametrize(
    ("loss", "spread", "expected"),
    [(2.0, 0.1, True), (5.0, 0.1, False), (5.0, 5.0, True), (4.0, 0.0, False), (3.0, 0.0, True)],
)
def test_far_off_only_where_the_spread_is_small(
    loss: float, spread: float, expected: bool
) -> None:
    outlook = Outlook(mean=5.0, next_mean=5.0, slope=1.0, spread=spread, needed=3.0)
    assert outlook.is_promising(loss) is expected


def test_more_configurations_are_begun_where_rungs_agree() -> None:
    """Of 300 trials whose rungs agree entirely, more than asha's two thirds begin anew."""
    space = [
        parameter("x", "double", min="0", max="1"),
        parameter("epochs", "int", min="1", max="27"),
    ]

    def outcome(a: Mapping[str, str], repeats: int) -> Outcome:
        return Outcome({"loss": float(a["x"]) + 1 / int(a["epochs"])}, float(a["epochs"]))

    experiment = make_experiment("asha", space, settings={"resource": "epochs"})
    trials = simulate(experiment, outcome, Limits(slots=4, trials=300, resource="epochs"))
    begun = {t.assignments["x"] for t in trials}
    full = [t for t in trials if t.assignments["epochs"] == "27"]
    assert len(begun) > 0.75 * len(trials)
    # The best full one is among the best hundredth of all that were begun.
    found = min(full, key=lambda t: t.metrics["loss"]).assignments["x"]
    assert sorted(begun, key=float).index(found) <= 2
