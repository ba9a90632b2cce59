"""Searches replayed on a recorded table, in virtual time with parallel slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eegtune.search.leader import choose_best
from eegtune.search.recorded import RecordedTable
from eegtune.search.simulation import Limits, Outcome, elapsed_seconds, simulate
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

_SMALL_IS_GOOD = ("loss", "error", "mse", "mae", "latency", "seconds", "_ms", "memory", "_mb")


@dataclass(frozen=True, slots=True)
class Replay:
    """What one search found.

    Attributes:
        algorithm: Its name.
        seed: Its seed.
        trials: How many trials ended.
        seconds: The virtual time they took.
        chosen: The recorded mean of the chosen configuration, after each checked share.
        ranks: Its place among all recorded configurations, in per cent (0 is the best).
    """

    algorithm: str
    seed: int
    trials: int
    seconds: float
    chosen: tuple[float, ...]
    ranks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is replayed.

    Attributes:
        algorithm: Its name.
        metric: The recorded metric that is optimized.
        maximize: Whether large values are good.
        limits: Trials, slots, failures.
        settings: The algorithm's settings.
        shares: After which shares of the trials is looked what would be chosen.
    """

    algorithm: str
    metric: str
    maximize: bool
    limits: Limits
    settings: Mapping[str, str] = field(default_factory=dict)
    shares: Sequence[float] = (0.25, 0.5, 1.0)


def read_goal(text: str | None, table: RecordedTable) -> tuple[str, bool]:
    """Read `NAME`, `NAME:max` or `NAME:min`; return the metric and whether large values are good.

    Without a direction small values are good where the name says loss, error, time or memory.

    Args:
        text: The words; by default the table's first metric.
        table: The table.

    Raises:
        ValueError: Another direction.
    """
    name, colon, direction = (text or table.metrics[0]).partition(":")
    if not colon:
        return name, not any(word in name.lower() for word in _SMALL_IS_GOOD)
    if direction not in ("max", "maximize", "min", "minimize"):
        raise ValueError(f"metric {name!r} has direction {direction!r}; allowed are max and min")
    return name, direction.startswith("max")


def replay(table: RecordedTable, search: Search, seed: int) -> Replay:
    """Run one search on a table.

    Raises:
        ValueError: An unknown metric, or an algorithm or setting that does not fit.
    """
    if search.metric not in table.metrics:
        raise ValueError(
            f"metric {search.metric!r} is not recorded; there are {', '.join(table.metrics)}"
        )
    experiment = table_experiment(table, search, seed)

    def evaluate(assignments: Mapping[str, str], repeats: int) -> Outcome:
        return table.repetition(table.find(assignments), seed + repeats)

    trials = simulate(experiment, evaluate, search.limits)
    chosen = _chosen_means(table, experiment, trials, search.shares)
    seconds = max((elapsed_seconds(trial) for trial in trials), default=0.0)
    sign = -1.0 if search.maximize else 1.0
    means = [sign * mean for mean in table.all_means(search.metric)]
    ranks = [100.0 * sum(o < sign * mean for o in means) / len(means) for mean in chosen]
    return Replay(search.algorithm, seed, len(trials), seconds, chosen, tuple(ranks))


def _chosen_means(
    table: RecordedTable, experiment: Experiment, trials: Sequence[Trial], shares: Sequence[float]
) -> tuple[float, ...]:
    """Return the recorded mean of what would be chosen after each share of the trials."""
    metric = experiment.spec.objective.objective_metric_name
    choices = (choose_best(experiment, trials[: max(1, round(s * len(trials)))]) for s in shares)
    return tuple(
        table.mean(table.find(choice.trial.assignments), metric) for choice in choices if choice
    )


def table_experiment(table: RecordedTable, search: Search, seed: int) -> Experiment:
    """Return the Experiment whose space is the table's."""
    settings = {**search.settings, "random_state": str(seed)}
    pairs = [{"name": name, "value": value} for name, value in settings.items()]
    spec = {
        "parameters": table.parameters(),
        "objective": {
            "type": "maximize" if search.maximize else "minimize",
            "objectiveMetricName": search.metric,
            "additionalMetricNames": [m for m in table.metrics if m != search.metric],
        },
        "algorithm": {"algorithmName": search.algorithm, "algorithmSettings": pairs},
        "maxTrialCount": search.limits.trials,
        "trialTemplate": {
            "primaryContainerName": "replay", "successCondition": "", "failureCondition": ""
        },
    }  # fmt: skip
    return Experiment.model_validate({"metadata": {"name": "replay"}, "spec": spec})
