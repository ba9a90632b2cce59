"""Try all phases before any runs: each is derived from made-up results of those before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from eegtune.campaign.deriving import Start, derive
from eegtune.campaign.document import Campaign
from eegtune.campaign.order import Step
from eegtune.campaign.outcomes import Outcome
from eegtune.spec import Experiment, Trial, TrialCondition
from eegtune.spec.experiment import Parameter


def rehearse(
    campaign: Campaign,
    steps: Sequence[Step],
    base_of: Callable[[Step], Experiment],
    start_of: Callable[[Step], Start],
) -> dict[str, Experiment]:
    """Return by step an Experiment of its form; bounds are those around made-up best values.

    Raises:
        CampaignError: A phase cannot be made; the message says which and why.
        SpecError: A phase's Experiment is not valid.
    """
    outcomes: dict[str, Outcome] = {}
    for step in steps:
        found = [outcomes[name] for name in step.after]
        experiment = derive(campaign, step, base_of(step), start_of(step), found)
        outcomes[step.name] = _made_up(step.name, experiment)
    return {name: outcome.experiment for name, outcome in outcomes.items()}


def _made_up(name: str, experiment: Experiment) -> Outcome:
    values = {parameter.name: _middle(parameter) for parameter in experiment.spec.parameters}
    metrics = dict.fromkeys(experiment.spec.objective.metric_names, 0.5)
    trial = Trial(f"{name}-rehearsed", values, TrialCondition.SUCCEEDED, metrics)
    return Outcome(name, experiment, (trial,), trial)


def _middle(parameter: Parameter) -> str:
    space = parameter.feasible_space
    if space.values is not None:
        return space.values[len(space.values) // 2]
    low, high = float(space.min or 0), float(space.max or 0)
    if space.distribution in ("logUniform", "logNormal") and low > 0:
        middle = math.sqrt(low * high)
    else:
        middle = (low + high) / 2
    step = float(space.step or (1 if parameter.parameter_type == "int" else 0))
    if step:
        middle = low + step * round((middle - low) / step)
    return str(int(middle)) if parameter.parameter_type == "int" else repr(middle)
