"""Phases that try given points: one change at a time, and the winner without each of its changes.

Both are Experiments with the algorithm `manual`, so they run, resume and go to a cluster like any
other. Repeats are one more parameter, which reaches the trial as `EEGTUNE_REPLICATE`: other splits
and seeds for the same configuration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from eegtune.campaign.document import CampaignError, Grid, Phase
from eegtune.campaign.spaces import gridded, is_frozen, listed
from eegtune.spec import Experiment
from eegtune.spec.experiment import FeasibleSpace, Parameter, TrialParameter

REPLICATE = "replicate"
_VARIABLE = "EEGTUNE_REPLICATE"

Point = dict[str, str]


def probing_points(
    phase: Phase,
    experiment: Experiment,
    best: Mapping[str, str],
    start: Mapping[str, str],
) -> list[Point]:
    """Return the configurations that a phase tries, the centre first.

    Args:
        phase: The phase, with `one_at_a_time` or `ablation`.
        experiment: What it changes.
        best: The best values so far, or those to start from.
        start: The values that the best ones are compared with.
    """
    names = [p.name for p in experiment.spec.parameters if not is_frozen(p)]
    probed = [name for name in names if phase.search is None or name in phase.search]
    centre = {parameter.name: best[parameter.name] for parameter in experiment.spec.parameters}
    if phase.ablation is not None:
        changed = [name for name in probed if name in start and _differ(start[name], centre[name])]
        if not changed:  # the best values are those that one started from
            return [centre]
        all_back = {**centre, **{name: start[name] for name in changed}}
        return [centre, all_back, *({**centre, name: start[name]} for name in changed)]
    assert phase.one_at_a_time is not None
    grid = Grid(factors=phase.one_at_a_time.factors, neighbours=phase.one_at_a_time.neighbours)
    by_name = {parameter.name: parameter for parameter in experiment.spec.parameters}
    return [centre, *(
        {**centre, name: value}
        for name in probed
        for value in _others(by_name[name], grid, centre[name])
    )]  # fmt: skip


def probing_experiment(
    experiment: Experiment, points: Sequence[Point], repeats: int
) -> tuple[Experiment, str]:
    """Return an Experiment whose space holds the points, and they as the setting of `manual`.

    Raises:
        CampaignError: A parameter is called `replicate` already.
    """
    parameters = tuple(
        listed(parameter, list(dict.fromkeys(point[parameter.name] for point in points)))
        for parameter in experiment.spec.parameters
    )
    if repeats == 1:
        return experiment.with_spec(parameters=parameters), json.dumps(points)
    if any(parameter.name == REPLICATE for parameter in parameters):
        raise CampaignError(
            f"a parameter is called {REPLICATE!r}, as that of repeats would be; rename it, or "
            "set repeats to 1"
        )
    numbers = tuple(str(number) for number in range(1, repeats + 1))
    space = FeasibleSpace(values=numbers)
    replicate = Parameter(name=REPLICATE, parameter_type="discrete", feasible_space=space)
    repeated = [{**point, REPLICATE: number} for number in numbers for point in points]
    changed = _telling(experiment).with_spec(parameters=(*parameters, replicate))
    return changed, json.dumps(repeated)


def is_repeated(experiment: Experiment) -> bool:
    """Say whether trials are repeats: the best of them is best by luck."""
    return any(parameter.name == REPLICATE for parameter in experiment.spec.parameters)


def _others(parameter: Parameter, grid: Grid, value: str) -> list[str]:
    if parameter.parameter_type == "categorical":
        values: Sequence[str] = parameter.feasible_space.values or ()
    else:
        values = gridded(parameter, grid, value).feasible_space.values or ()
    return [each for each in values if _differ(each, value)]


def _differ(left: str, right: str) -> bool:
    try:
        return float(left) != float(right)
    except ValueError:
        return left != right


def _telling(experiment: Experiment) -> Experiment:
    """Return an Experiment whose trials are told the number of their repeat."""
    template = experiment.spec.trial_template
    spec = deepcopy(dict(template.trial_spec or {}))
    variable = {"name": _VARIABLE, "value": f"${{trialParameters.{REPLICATE}}}"}
    for container in _containers(spec):
        if container.get("name") == template.primary_container_name:
            kept = [e for e in container.get("env") or () if e.get("name") != _VARIABLE]
            container["env"] = [*kept, variable]
    parameter = TrialParameter(name=REPLICATE, reference=REPLICATE)
    changed = template.model_copy(
        update={
            "trial_spec": spec,
            "trial_parameters": (*template.trial_parameters, parameter),
        }
    )
    return experiment.with_spec(trial_template=changed)


def _containers(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, Mapping):
        own = [c for c in node.get("containers") or () if isinstance(c, dict)]
        return own + [c for value in node.values() for c in _containers(value)]
    if isinstance(node, list):
        return [container for each in node for container in _containers(each)]
    return []
