"""Trial names that a search chooses, made unique in Katib's database of metrics.

The database knows trials by name only, and Experiments of one name may exist in several
namespaces. So a salt is put behind each name. It is drawn before the first suggestion and kept
where a service without state can keep something: in the algorithm settings, which Katib sends
back with every later request.

Katib's controller does not look at namespaces either when it lists the trials that it sends: of
two Experiments of one name each gets the other's trials too. The salt tells them apart, so every
trial gets a name with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from eegtune.search import Suggestion
from eegtune.spec.experiment import Experiment, Setting
from eegtune.spec.trial import Trial

SALT = "trial_salt"


@dataclass(frozen=True, slots=True)
class Naming:
    """The salt of one Experiment's trial names."""

    salt: str

    def salted(self, name: str) -> str:
        """Return the name under which Katib knows a trial that the search has named."""
        return f"{name}-{self.salt}"

    def unsalted(self, trial: Trial) -> Trial:
        """Return a trial under the name by which the search knows it."""
        return replace(trial, name=trial.name.removesuffix(f"-{self.salt}"))


def salt_of(experiment: Experiment) -> str | None:
    """Return the salt that an earlier reply has written back; None before the first one."""
    return experiment.spec.algorithm.settings.get(SALT) or None


def without_salt(experiment: Experiment) -> Experiment:
    """Return the Experiment with the settings that are the search's."""
    settings = experiment.spec.algorithm.settings
    return with_settings(experiment, {n: v for n, v in settings.items() if n != SALT})


def with_settings(experiment: Experiment, settings: Mapping[str, str]) -> Experiment:
    """Return the Experiment with other algorithm settings."""
    given = tuple(Setting(name=name, value=value) for name, value in settings.items())
    algorithm = experiment.spec.algorithm.model_copy(update={"algorithm_settings": given})
    spec = experiment.spec.model_copy(update={"algorithm": algorithm})
    return experiment.model_copy(update={"spec": spec})


def named(
    experiment: Experiment, issued: int, suggestions: Iterable[Suggestion]
) -> tuple[Suggestion, ...]:
    """Return suggestions with names; those without one are named by their number."""
    return tuple(
        suggestion
        if suggestion.name
        else replace(suggestion, name=f"{experiment.name}-{issued + number:04d}")
        for number, suggestion in enumerate(suggestions)
    )


def own_trials(
    experiment: Experiment, trials: Sequence[Trial], salt: str | None, issued: int
) -> tuple[Trial, ...]:
    """Return the trials that are this Experiment's, not those of another namespace's.

    Args:
        experiment: The Experiment.
        trials: The trials of a request.
        salt: What was written back; None before the first answer, and where nothing comes back.
        issued: How many suggestions were made before.
    """
    if salt is None and issued == 0:
        return ()  # none was made yet
    names = {parameter.name for parameter in experiment.spec.parameters}
    alike = tuple(trial for trial in trials if names <= set(trial.assignments))
    if salt is None:
        return alike
    return tuple(trial for trial in alike if trial.name.endswith(f"-{salt}"))


def katib_names(naming: Naming, trials: Iterable[Trial], new: Iterable[str]) -> dict[str, str]:
    """Return Katib's name of every trial that the search knows, and of those it has just named."""
    known = {naming.unsalted(trial).name: trial.name for trial in trials}
    return known | {name: naming.salted(name) for name in new}
