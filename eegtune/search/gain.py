"""What more trials are expected to bring: the best of N by recorded searches, a run, or chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from eegtune.search.recorded import RecordedTable
from eegtune.search.replaying import Search, replay
from eegtune.search.simulation import Limits

_CHECKPOINTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_REPLAYED_TRIALS, _REPLAYED_SEEDS = 100, 3
_FEWEST_RECENT = 5
_STEPS = 400
Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Gain:
    """The expected best after growing numbers of trials.

    Attributes:
        gain: (trials, expected best) pairs.
        gain_unit: What the best is measured in.
        gain_source: Where the figures come from.
    """

    gain: Curve
    gain_unit: str
    gain_source: str


def checkpoints(trials: int) -> list[int]:
    """Return the numbers of trials at which a curve is shown."""
    return [count for count in _CHECKPOINTS if count < trials] + [trials]


def gain_by_chance(trials: int) -> Gain:
    """Return the best of N normal scores, in standard deviations above the mean."""
    curve = tuple((count, _normal_best(count)) for count in checkpoints(trials))
    return Gain(curve, "standard deviations of the scores", "random trials")


def gain_of_table(
    table: RecordedTable, strategy: str, metric: str, maximize: bool, trials: int, slots: int
) -> Gain:
    """Return the recorded mean of the configuration that a search on the table would choose.

    Random trials exactly; a strategy that learns by replaying it, the mean over three searches,
    at most for as many trials as 100 or the recorded configurations. Strategies with rungs are
    replayed as `auto` over full trials.
    """
    means_of_all = table.all_means(metric)
    if strategy == "random":
        curve = best_of_random(trials, means_of_all, maximize)
        return Gain(curve, metric, f"random draws of {len(means_of_all)} recorded configurations")
    algorithm = strategy if strategy == "grid" else "auto"
    count = min(trials, _REPLAYED_TRIALS, len(means_of_all))
    counts = checkpoints(count)
    shares = [n / count for n in counts]
    search = Search(algorithm, metric, maximize, Limits(slots, count), shares=shares)
    found = [replay(table, search, seed).chosen for seed in range(_REPLAYED_SEEDS)]
    means = (fmean(values) for values in zip(*found, strict=False))
    source = f"{algorithm} replayed on {len(means_of_all)} recorded configurations"
    return Gain(tuple(zip(counts, means, strict=False)), metric, source)


def gain_of_run(values: Sequence[float], metric: str, maximize: bool, trials: int) -> Gain:
    """Return the best that a run has found so far, then what is to be expected of it.

    Further trials are taken to be as good as the newest half of those there are, normally
    distributed; scores that are all within 0 and 1 stay there.

    Args:
        values: The run's scores, in the order of its trials; at least one.
        metric: What they are.
        maximize: Whether large scores are good.
        trials: Until which number.
    """
    sign = 1.0 if maximize else -1.0
    scores = [sign * value for value in values]
    limit = (1.0 if maximize else 0.0) if all(0 <= value <= 1 for value in values) else None
    recent = scores[-max(_FEWEST_RECENT, len(scores) // 2) :]
    spread = stdev(recent) if len(recent) > 1 else 0.0
    later = NormalDist(fmean(recent), spread) if spread > 0 else None
    best, curve = max(scores), []
    for count in checkpoints(trials):
        missing = count - len(scores)
        expected = max(scores[:count])
        if missing > 0 and later is not None:
            expected = _expected_best(best, later, missing, limit)
        curve.append((count, sign * expected))
    return Gain(
        tuple(curve), metric, f"the run's {len(scores)} trials so far, then more like them"
    )


def best_of_random(trials: int, known: Sequence[float], maximize: bool) -> Curve:
    """Return the exact expectation of the best of N values drawn from known ones."""
    ordered = sorted(known, reverse=not maximize)
    size = len(ordered)
    curve = []
    for count in checkpoints(trials):
        shares = (((n + 1) / size) ** count - (n / size) ** count for n in range(size))
        curve.append((count, sum(v * s for v, s in zip(ordered, shares, strict=True))))
    return tuple(curve)


def full_rows(table: RecordedTable, budget: str | None) -> RecordedTable:
    """Return the rows of full trials: those with the largest budget, where there is one."""
    if budget not in table.names:
        return table
    place = table.names.index(budget)
    largest = max(float(row.values[place]) for row in table.rows)
    rows = tuple(row for row in table.rows if float(row.values[place]) == largest)
    return RecordedTable(table.names, rows, table.is_timed)


def _expected_best(best: float, later: NormalDist, count: int, limit: float | None) -> float:
    """Return the expected best of what is there and so many more: E[max(best, M)]."""
    top = later.mean + later.stdev * (_normal_best(count) + 5.0)
    if limit is not None:
        top = min(top, limit)
    if top <= best:
        return best
    width = (top - best) / _STEPS
    above = (1.0 - later.cdf(best + (step + 0.5) * width) ** count for step in range(_STEPS))
    return best + width * sum(above)


def _normal_best(count: int) -> float:
    """Return the expected largest of N standard normal numbers (Blom's approximation)."""
    return NormalDist().inv_cdf((count - 0.375) / (count + 0.25)) if count > 1 else 0.0
