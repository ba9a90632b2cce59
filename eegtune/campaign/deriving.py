"""From a phase and what earlier phases have found to the Experiment that it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eegtune.campaign.document import Campaign, CampaignError, Phase
from eegtune.campaign.order import Step
from eegtune.campaign.outcomes import Outcome, leading, top_values
from eegtune.campaign.patching import patched
from eegtune.campaign.probing import probing_experiment, probing_points
from eegtune.campaign.spaces import (
    frozen,
    grid_size,
    gridded,
    holds,
    is_frozen,
    narrowed,
)
from eegtune.spec import Experiment, Trial
from eegtune.spec.experiment import Algorithm, Parameter, Setting

_WITHOUT_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Start:
    """Values of parameters that no phase has searched yet.

    Attributes:
        given: By the campaign.
        declared: By the component that is tuned: its defaults.
    """

    given: Mapping[str, str]
    declared: Mapping[str, str]

    def value(self, name: str) -> str | None:
        """Return a parameter's value; None where there is none."""
        return self.given.get(name, self.declared.get(name))


def derive(
    campaign: Campaign, step: Step, base: Experiment, start: Start, found: Sequence[Outcome]
) -> Experiment:
    """Return the Experiment of a step.

    Args:
        campaign: The campaign.
        step: The step.
        base: The Experiment that its phase changes.
        start: Values before any search.
        found: What the steps that it builds on have found, in their order.

    Raises:
        CampaignError: The phase cannot be made of them.
        SpecError: What comes out is no valid Experiment.
    """
    phase = step.phase
    _check_names(phase, base)
    try:
        experiment = patched(base, phase.patch, phase.set, phase.algorithm)
    except CampaignError as error:
        raise CampaignError(f"phase {phase.name!r}: {error}") from None
    lead = leading(found, experiment)
    best = dict(lead.best.assignments) if lead is not None and lead.best is not None else {}
    if phase.is_probe:
        return _probing(campaign, step, experiment, start, best)
    parameters = _parameters(phase, experiment, start, found, best)
    if all(is_frozen(parameter) for parameter in parameters):
        raise CampaignError(
            f"phase {phase.name!r} has nothing to search: every parameter is frozen; name fewer "
            "in `freeze`, or more in `search`"
        )
    trials = _trial_count(phase, experiment, parameters)
    experiment = _named(campaign, step, experiment)
    failed = experiment.spec.max_failed_trial_count
    experiment = experiment.with_spec(
        parameters=parameters,
        max_failed_trial_count=None if failed is None else min(failed, trials),
        algorithm=_algorithm(campaign, step, experiment),
        max_trial_count=trials,
        parallel_trial_count=min(experiment.spec.parallel_trial_count, trials),
    )
    return patched(experiment, {}, {}, None)  # Katib's rules hold for what was changed, too


def _named(campaign: Campaign, step: Step, experiment: Experiment) -> Experiment:
    metadata = experiment.metadata.model_copy(update={"name": f"{campaign.name}-{step.name}"})
    return experiment.model_copy(update={"metadata": metadata})


def _probing(
    campaign: Campaign,
    step: Step,
    experiment: Experiment,
    start: Start,
    best: Mapping[str, str],
) -> Experiment:
    """Return the Experiment of a phase that tries given points."""
    phase = step.phase
    names = [parameter.name for parameter in experiment.spec.parameters]
    known = {name: value for name in names if (value := start.value(name)) is not None}
    missing = [name for name in names if name not in best and name not in known]
    if missing:
        raise CampaignError(
            f"phase {phase.name!r} needs a value of {', '.join(map(repr, missing))}, but no phase "
            "before it has one; give it in spec.start"
        )
    points = probing_points(phase, experiment, {**known, **best}, known)
    kind = phase.ablation or phase.one_at_a_time
    repeats = kind.repeats if kind is not None and len(points) > 1 else 1
    count = len(points) * repeats
    if phase.trials is not None and count > phase.trials:
        raise CampaignError(
            f"phase {phase.name!r} has {len(points)} configurations {repeats} times and "
            f"{phase.trials} trials; name fewer parameters in `search`, or give more trials"
        )
    changed, listed_points = probing_experiment(experiment, points, repeats)
    changed = _named(campaign, step, changed)
    settings = {**_settings_for("manual", changed, campaign, step),
                "initial_points": listed_points}  # fmt: skip
    failed = changed.spec.max_failed_trial_count
    changed = changed.with_spec(
        algorithm=_algorithm_of("manual", settings),
        max_trial_count=count,
        max_failed_trial_count=None if failed is None else min(failed, count),
        parallel_trial_count=min(changed.spec.parallel_trial_count, count),
    )
    return patched(changed, {}, {}, None)


def _check_names(phase: Phase, base: Experiment) -> None:
    known = {parameter.name for parameter in base.spec.parameters}
    added = phase.patch.get("spec", {}).get("parameters", ())
    known |= {str(each.get("name")) for each in added if isinstance(each, Mapping)}
    named = {
        "freeze": phase.freeze,
        "search": phase.search or (),
        "narrow.parameters": tuple(phase.narrow.parameters) if phase.narrow else (),
    }
    for field, names in named.items():
        for name in names:
            if name not in known:
                raise CampaignError(
                    f"phase {phase.name!r}: {field} names {name!r}, which is no parameter; there "
                    f"are {', '.join(sorted(known))}"
                )
    both = sorted(set(phase.freeze) & set(phase.search or ()))
    if both:
        raise CampaignError(f"phase {phase.name!r} both freezes and searches {', '.join(both)}")


def _parameters(
    phase: Phase,
    experiment: Experiment,
    start: Start,
    found: Sequence[Outcome],
    best: Mapping[str, str],
) -> tuple[Parameter, ...]:
    kept = set(phase.freeze)
    if phase.search is not None:
        kept |= {p.name for p in experiment.spec.parameters} - set(phase.search)
    changed = []
    for parameter in experiment.spec.parameters:
        value = best.get(parameter.name, start.value(parameter.name))
        if parameter.name in kept:
            changed.append(_frozen(phase, parameter, value))
        elif (phase.narrow or phase.grid) and not is_frozen(parameter):
            changed.append(_around_best(phase, parameter, value, found))
        else:
            changed.append(parameter)
    return tuple(changed)


def _frozen(phase: Phase, parameter: Parameter, value: str | None) -> Parameter:
    if value is None and is_frozen(parameter):
        return parameter
    if value is None:
        raise CampaignError(
            f"phase {phase.name!r} freezes {parameter.name!r}, but no phase before it has a value "
            f"of it; give one in spec.start"
        )
    try:
        return frozen(parameter, value)
    except ValueError as error:
        raise CampaignError(f"phase {phase.name!r}: {error}") from None


def _around_best(
    phase: Phase, parameter: Parameter, value: str | None, found: Sequence[Outcome]
) -> Parameter:
    if value is None:
        raise CampaignError(
            f"phase {phase.name!r} needs a best value of {parameter.name!r}, but no phase before "
            "it has one; give one in spec.start"
        )
    if phase.grid is not None:
        is_named = phase.search is not None and parameter.name in phase.search
        if is_named and parameter.parameter_type == "categorical":
            return parameter  # has no neighbours: who names it means all its values
        return gridded(parameter, phase.grid, value)
    assert phase.narrow is not None
    top = top_values(found, parameter.name, phase.narrow.top or 1) or [value]
    return narrowed(parameter, phase.narrow, value, top)


def _trial_count(phase: Phase, experiment: Experiment, parameters: Sequence[Parameter]) -> int:
    size = grid_size(parameters)
    if phase.grid is not None and size is not None:
        if phase.trials is not None and size > phase.trials:
            raise CampaignError(
                f"phase {phase.name!r} has a grid of {size} points and {phase.trials} trials; "
                "name fewer parameters in `search`, fewer factors, or give more trials"
            )
        return size
    if phase.trials is not None:
        return phase.trials
    if experiment.spec.max_trial_count is not None:
        return experiment.spec.max_trial_count
    if phase.time is not None:
        return _WITHOUT_LIMIT
    raise CampaignError(f"phase {phase.name!r} has no end; give it trials or time")


def _algorithm(campaign: Campaign, step: Step, experiment: Experiment) -> Algorithm:
    name = "grid" if step.phase.grid is not None else experiment.spec.algorithm.algorithm_name
    return _algorithm_of(name, _settings_for(name, experiment, campaign, step))


def _settings_for(
    name: str, experiment: Experiment, campaign: Campaign, step: Step
) -> dict[str, str]:
    """Return the settings that an algorithm keeps: another one only those that all know."""
    algorithm = experiment.spec.algorithm
    settings = dict(algorithm.settings)
    if name != algorithm.algorithm_name:
        from eegtune.search.settings import COMMON

        known = {rule.name for rule in COMMON}
        settings = {key: value for key, value in settings.items() if key in known}
    if campaign.spec.seed is not None:
        settings["random_state"] = str(campaign.spec.seed * 1000 + len(step.after))
    return settings


def _algorithm_of(name: str, settings: Mapping[str, str]) -> Algorithm:
    pairs = tuple(Setting(name=key, value=value) for key, value in settings.items())
    return Algorithm(algorithm_name=name, algorithm_settings=pairs)


def transferred(experiment: Experiment, found: Sequence[Outcome]) -> tuple[Trial, ...]:
    """Return the trials of earlier phases that lie in an Experiment's space."""
    spaces = {parameter.name: parameter for parameter in experiment.spec.parameters}
    return tuple(
        trial
        for outcome in found
        for trial in outcome.trials
        if trial.condition.is_completed
        and all(holds(space, trial.assignments.get(name)) for name, space in spaces.items())
    )
