"""What a conversion gives, and what all conversions need of an Experiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegtune.spec.rendering import find_metadata

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted Experiment.

    Attributes:
        text: The other tool's file.
        lost: What it cannot express, a sentence each.
    """

    text: str
    lost: tuple[str, ...]


def primary_container(experiment: Experiment) -> dict[str, Any]:
    """Return the container that trains.

    Raises:
        ValueError: The template is not a Job with that container and a command.
    """
    template = experiment.spec.trial_template
    spec = (template.trial_spec or {}).get("spec") or {}
    pod = ((spec.get("template") or {}).get("spec")) or {}
    for container in pod.get("containers") or ():
        if container.get("name") == template.primary_container_name:
            if not container.get("command") and not container.get("args"):
                raise ValueError("the primary container has no command to convert")
            found: dict[str, Any] = container
            return found
    raise ValueError(
        "only a trial template that is a Job, inline, with the primary container can be converted"
    )


def command_words(experiment: Experiment, spell: Callable[[str], str]) -> list[str]:
    """Return the command's words with each placeholder spelt as the target reads parameters.

    `spell` gets a parameter's name; metadata such as the trial's name is spelt as its reference.
    """
    container = primary_container(experiment)
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    for parameter in experiment.spec.trial_template.trial_parameters:
        spelt = spell(parameter.reference)
        placeholder = "${trialParameters." + parameter.name + "}"
        words = [str(word).replace(placeholder, spelt) for word in words]
    return words


def is_metadata(reference: str) -> bool:
    """Say whether a reference is to the trial's metadata, not to a parameter."""
    return find_metadata(reference) is not None


def common_losses(experiment: Experiment) -> list[str]:
    """Return what no other tool of these can express."""
    spec, lost = experiment.spec, []
    own = [name for name in spec.algorithm.settings if name in _OWN_WORDS]
    lost += [f"Setting {name}: {_OWN_WORDS[name]}." for name in own]
    if spec.max_failed_trial_count is not None:
        lost.append(
            f"maxFailedTrialCount {spec.max_failed_trial_count}: failed trials do not end the "
            "search."
        )
    if spec.resume_policy != "Never":
        lost.append(f"resumePolicy {spec.resume_policy}.")
    kind = spec.metrics_collector_spec.collector.kind
    if kind not in ("StdOut", "File"):
        lost.append(f"The metrics collector {kind}: report the metric by the tool's own means.")
    return lost


_OWN_WORDS = {
    "conditions": "every parameter is searched in every trial",
    "constraints": "configurations that break them are tried too",
    "outcome_constraints": "trials that break them can win",
    "objectives": "only the objective metric is optimized",
    "warm_start": "the search starts without earlier trials",
    "resource": "the budget parameter is an ordinary one",
}
