"""What the suggestion service answers where the search has nothing (more) to say.

Katib takes exactly as many suggestions as it asked for, or none and asks again for ever. So a
search that is exhausted repeats points, which is not lost: repeating the best ones tells how
much of their lead is noise. A search that failed or took too long is helped out by random points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from eegtune.cluster.katib.memory import Values, point_of
from eegtune.search import Suggestion, suggest
from eegtune.spec.experiment import Algorithm, Experiment, Setting
from eegtune.spec.trial import Trial, TrialCondition

REPEAT_LABEL = "eegtune.dev/repeat"
REPLICATE_LABEL = "eegtune.dev/replicate"
RANDOM_LABEL = "eegtune.dev/random"
_BEST = 5


def repeat_points(
    experiment: Experiment,
    history: Iterable[Trial],
    chosen: Iterable[Suggestion],
    count: int,
) -> tuple[Suggestion, ...]:
    """Return points a further time: the best ones, those repeated least first.

    Each is labelled with how many trials of the same point there were before, which the runner
    turns into another random seed.
    """
    if count <= 0:
        return ()
    history = tuple(history)
    times = Counter(point_of(experiment, trial.assignments) for trial in history)
    points = list(dict.fromkeys(_ranked_points(experiment, history)))[:_BEST]
    points = points or _first_points(experiment, chosen)
    names = [parameter.name for parameter in experiment.spec.parameters]
    repeated = []
    for _ in range(count):
        point = min(points, key=lambda point: times[point])
        labels = {REPEAT_LABEL: "true", REPLICATE_LABEL: str(times[point])}
        times[point] += 1
        repeated.append(Suggestion(dict(zip(names, point, strict=True)), labels))
    return tuple(repeated)


def fill_at_random(
    experiment: Experiment,
    history: Sequence[Trial],
    chosen: Sequence[Suggestion],
    issued: int,
    count: int,
) -> tuple[Suggestion, ...]:
    """Return random points that are neither known nor chosen, as far as there are any."""
    if count <= 0:
        return ()
    known = (*history, *(_running(suggestion) for suggestion in chosen))
    proposal = suggest(_random_search(experiment), known, (), issued + len(chosen), count)
    drawn = tuple(
        Suggestion(suggestion.assignments, {**suggestion.labels, RANDOM_LABEL: "true"})
        for suggestion in proposal.suggestions
    )
    return drawn + repeat_points(experiment, known, drawn, count - len(drawn))


def _ranked_points(experiment: Experiment, history: Iterable[Trial]) -> list[Values]:
    """Return the points with a result, the best first."""
    objective = experiment.spec.objective
    sign = 1.0 if objective.type == "minimize" else -1.0
    scored = [
        (sign * trial.metrics[objective.objective_metric_name], trial)
        for trial in history
        if trial.condition is TrialCondition.SUCCEEDED
        and objective.objective_metric_name in trial.metrics
    ]
    scored.sort(key=lambda pair: pair[0])
    return [point_of(experiment, trial.assignments) for _, trial in scored]


def _first_points(experiment: Experiment, chosen: Iterable[Suggestion]) -> list[Values]:
    """Return points where no trial has a result yet: those just chosen, or any of the space."""
    points = [point_of(experiment, suggestion.assignments) for suggestion in chosen]
    if not points:
        first = suggest(_random_search(experiment), (), (), 0, _BEST)
        points = [point_of(experiment, suggestion.assignments) for suggestion in first.suggestions]
    if not points:
        raise ValueError(
            "there is no point that fulfils the settings 'constraints' and 'conditions'; "
            "relax them or widen spec.parameters"
        )
    return list(dict.fromkeys(points))


def _random_search(experiment: Experiment) -> Experiment:
    """Return the same Experiment with random search and only the settings that it shares."""
    kept = ("random_state", "constraints", "conditions")
    settings = [
        Setting(name=name, value=value)
        for name, value in experiment.spec.algorithm.settings.items()
        if name in kept
    ]
    algorithm = Algorithm(algorithm_name="random", algorithm_settings=tuple(settings))
    spec = experiment.spec.model_copy(update={"algorithm": algorithm})
    return experiment.model_copy(update={"spec": spec})


def _running(suggestion: Suggestion) -> Trial:
    return Trial(suggestion.name or "new", suggestion.assignments, TrialCondition.RUNNING)
