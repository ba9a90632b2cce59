"""What the suggestion service remembers between calls, kept by Katib in the settings.

Settings that a reply carries come back in every later request, so they are the one place where
a service without state can note something. Two things are:

`trial_salt` makes the trial names that a search chooses unique: Katib's database of metrics
knows trials by name only, and Experiments of one name may exist in several namespaces.

`issued_points` are the points that were suggested and have no result. Katib leaves trials whose
metrics are unavailable out of its requests; without a note of them, a search would try the same
useless point again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

SALT = "trial_salt"
ISSUED = "issued_points"
_MOST_BYTES = 32 * 1024

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """What was written back by earlier replies.

    Attributes:
        salt: Distinguishes this Experiment's trial names; empty before the first reply.
        issued: Values, in the Experiment's order of parameters, of points without a result.
    """

    salt: str = ""
    issued: tuple[Values, ...] = ()

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> Memory:
        """Read what is written back; what cannot be read counts as not written."""
        return cls(settings.get(SALT, ""), _read_points(settings.get(ISSUED, "")))

    def settings(self) -> dict[str, str]:
        """Return the settings to be written back."""
        return {SALT: self.salt, ISSUED: _write_points(self.issued)}

    def salted(self, name: str) -> str:
        """Return the name under which Katib knows a trial that the search has named."""
        return f"{name}-{self.salt}" if self.salt else name

    def unsalted(self, name: str) -> str:
        """Return the name under which the search knows one of Katib's trials."""
        return name.removesuffix(f"-{self.salt}") if self.salt else name

    def unseen_trials(self, experiment: Experiment, seen: Iterable[Trial]) -> tuple[Trial, ...]:
        """Return the issued points that Katib no longer shows, as trials without metrics."""
        names = [parameter.name for parameter in experiment.spec.parameters]
        left = Counter(point_of(experiment, trial.assignments) for trial in seen)
        unseen: list[Trial] = []
        for point in self.issued:
            if left[point] > 0:
                left[point] -= 1
            elif len(point) == len(names):
                unseen.append(_unavailable(len(unseen), dict(zip(names, point, strict=True))))
        return tuple(unseen)


def point_of(experiment: Experiment, assignments: Mapping[str, str]) -> Values:
    """Return a trial's values in the Experiment's order; absent ones are empty."""
    return tuple(assignments.get(parameter.name, "") for parameter in experiment.spec.parameters)


def without_memory(experiment: Experiment) -> Experiment:
    """Return the Experiment as its author wrote it, without what replies have written back."""
    algorithm = experiment.spec.algorithm
    settings = tuple(s for s in algorithm.algorithm_settings if s.name not in (SALT, ISSUED))
    algorithm = algorithm.model_copy(update={"algorithm_settings": settings})
    spec = experiment.spec.model_copy(update={"algorithm": algorithm})
    return experiment.model_copy(update={"spec": spec})


def _unavailable(number: int, assignments: dict[str, str]) -> Trial:
    return Trial(f"unseen-{number}", assignments, TrialCondition.METRICS_UNAVAILABLE)


def _read_points(text: str) -> tuple[Values, ...]:
    try:
        points = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    if not isinstance(points, list):
        return ()
    return tuple(
        tuple(point)
        for point in points
        if isinstance(point, list) and all(isinstance(value, str) for value in point)
    )


def _write_points(points: Sequence[Values]) -> str:
    """Write the newest points, as many as fit beside everything else in Katib's object."""
    texts: list[str] = []
    size = 2
    for point in reversed(points):
        text = json.dumps(point, separators=(",", ":"))
        size += len(text) + 1
        if size > _MOST_BYTES:
            break
        texts.append(text)
    return f"[{','.join(reversed(texts))}]"
