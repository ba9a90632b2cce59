"""Points for where the search has nothing (more) to say: repeated ones and random ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from eegtune.search import Suggestion, suggest
from eegtune.spec.experiment import Algorithm, Experiment, Setting
from eegtune.spec.trial import Trial, TrialCondition

REPEAT_LABEL = "eegtune.dev/repeat"
REPLICATE_LABEL = "eegtune.dev/replicate"
RANDOM_LABEL = "eegtune.dev/random"
_BEST = 5
_SHARED_SETTINGS = ("random_state", "constraints", "conditions")

Values = tuple[str, ...]


def repeat_points(
    experiment: Experiment, history: Sequence[Trial], count: int
) -> tuple[Suggestion, ...]:
    """Return points a further time: the best ones, those repeated least first.

    Repeating the best is not lost: it tells how much of their lead is noise. Each is labelled
    with how many trials of its point there were before, which gives it another random seed.

    Raises:
        ValueError: The space has no point at all.
    """
    names = [parameter.name for parameter in experiment.spec.parameters]
    times = Counter(_values(names, trial) for trial in history)
    points = list(dict.fromkeys(_ranked(experiment, names, history)))[:_BEST]
    points = points or _any_points(experiment, names, history)
    repeated = []
    for _ in range(count):
        point = min(points, key=lambda point: times[point])
        labels = {REPEAT_LABEL: "true", REPLICATE_LABEL: str(times[point])}
        times[point] += 1
        repeated.append(Suggestion(dict(zip(names, point, strict=True)), labels))
    return tuple(repeated)


def random_points(
    experiment: Experiment, history: Sequence[Trial], issued: int, count: int
) -> tuple[Suggestion, ...]:
    """Return random points that are not known yet, as far as there are any."""
    if count <= 0:
        return ()
    proposal = suggest(_random_search(experiment), history, (), issued, count)
    return tuple(
        Suggestion(suggestion.assignments, {**suggestion.labels, RANDOM_LABEL: "true"})
        for suggestion in proposal.suggestions
    )


def _values(names: Iterable[str], trial: Trial) -> Values:
    return tuple(trial.assignments.get(name, "") for name in names)


def _ranked(
    experiment: Experiment, names: Sequence[str], history: Iterable[Trial]
) -> list[Values]:
    """Return the points with a result, the best first."""
    objective = experiment.spec.objective
    metric, sign = objective.objective_metric_name, 1 if objective.type == "minimize" else -1
    scored = [
        (sign * trial.metrics[metric], _values(names, trial))
        for trial in history
        if trial.condition is TrialCondition.SUCCEEDED and metric in trial.metrics
    ]
    scored.sort(key=lambda pair: pair[0])
    return [values for _, values in scored]


def _any_points(
    experiment: Experiment, names: Sequence[str], history: Iterable[Trial]
) -> list[Values]:
    """Return points where no trial has a result yet: running ones, or any of the space."""
    running = [t for t in history if not t.condition.is_completed]
    points = [_values(names, trial) for trial in running]
    if not points:
        first = suggest(_random_search(experiment), (), (), 0, _BEST).suggestions
        points = [tuple(s.assignments[name] for name in names) for s in first]
    if not points:
        raise ValueError(
            "no point fulfils the settings 'constraints' and 'conditions'; relax them, or widen "
            "spec.parameters"
        )
    return list(dict.fromkeys(points))


def _random_search(experiment: Experiment) -> Experiment:
    """Return the same Experiment with random search and only the settings that it shares."""
    settings = tuple(
        Setting(name=name, value=value)
        for name, value in experiment.spec.algorithm.settings.items()
        if name in _SHARED_SETTINGS
    )
    algorithm = Algorithm(algorithm_name="random", algorithm_settings=settings)
    spec = experiment.spec.model_copy(update={"algorithm": algorithm})
    return experiment.model_copy(update={"spec": spec})
