"""Katib's EarlyStopping service on our rules.

Katib asks once a batch of suggestions; the rules it gets go to every trial of that batch and
stay as they are. So the service answers with the part of a rule that can be said beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import grpc

from eegtune.cluster.katib.in_cluster import ApiError
from eegtune.cluster.katib.naming import own_trials, salt_of
from eegtune.cluster.katib.observations import ObservationReader
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import Answer, CallFailed
from eegtune.cluster.katib.reading import read_algorithm, read_experiment, read_trials
from eegtune.spec.experiment import Algorithm, Objective
from eegtune.spec.setting_rules import parse_settings
from eegtune.spec.trial import Trial, TrialCondition
from eegtune.stopping import Rule, StaticRule, TrialCurve
from eegtune.stopping.catalogue import find_rule
from eegtune.stopping.target import Target

_COMPARISONS: Mapping[str, api.ComparisonType] = {
    "equal": api.EQUAL,
    "less": api.LESS,
    "greater": api.GREATER,
}
_WITH_CURVE = (TrialCondition.SUCCEEDED, TrialCondition.EARLY_STOPPED)


@dataclass(frozen=True)
class EarlyStoppingService:
    """The answers to the three calls of Katib's EarlyStopping service.

    Attributes:
        mark_stopped: Puts the condition EarlyStopped on the Trial of a name.
        reader: Where other trials' curves come from.
    """

    mark_stopped: Callable[[str], object]
    reader: ObservationReader = field(default_factory=ObservationReader)

    @property
    def answers(self) -> dict[str, Answer]:
        """The functions by the names of the calls."""
        return {
            "GetEarlyStoppingRules": self.get_rules,
            "SetTrialStatus": self.set_trial_status,
            "ValidateEarlyStoppingSettings": self.validate_settings,
        }

    def validate_settings(
        self, request: api.ValidateEarlyStoppingSettingsRequest
    ) -> api.ValidateEarlyStoppingSettingsReply:
        """Accept a rule with its settings, or refuse it before the Experiment starts.

        Raises:
            ValueError: There is no such rule, or it has no such setting.
        """
        build_rule(read_algorithm(request.early_stopping), Target("objective", maximize=True))
        return api.ValidateEarlyStoppingSettingsReply()

    def get_rules(
        self, request: api.GetEarlyStoppingRulesRequest
    ) -> api.GetEarlyStoppingRulesReply:
        """Answer with the rules for the next trials; with none while it is too early.

        Raises:
            ValueError: There is no such rule, or it has no such setting.
        """
        experiment = read_experiment(request.experiment)
        stopping, objective = experiment.spec.early_stopping, experiment.spec.objective
        if stopping is None:
            return api.GetEarlyStoppingRulesReply()
        rule = build_rule(stopping, _target(objective))
        trials = read_trials(request.trials)
        salt = salt_of(experiment)
        if salt is not None:  # without one, the first trials are asked for
            trials = own_trials(experiment, trials, salt, len(trials))
        ended = [trial for trial in trials if trial.condition in _WITH_CURVE]
        rules = rule.static_rules(self._curves(request.db_manager_address, ended, objective))
        # Katib keeps one rule a metric.
        by_metric = {rule.metric: rule for rule in rules}
        return api.GetEarlyStoppingRulesReply(
            early_stopping_rules=[_to_message(rule) for rule in by_metric.values()]
        )

    def set_trial_status(self, request: api.SetTrialStatusRequest) -> api.SetTrialStatusReply:
        """Put the condition EarlyStopped on a Trial.

        Raises:
            ValueError: The name cannot be one of a Trial.
            CallFailed: The Trial is not there, or may not be changed.
        """
        try:
            self.mark_stopped(request.trial_name)
        except ApiError as error:
            raise _failed(request.trial_name, error) from error
        return api.SetTrialStatusReply()

    def _curves(
        self, address: str, trials: Iterable[Trial], objective: Objective
    ) -> list[TrialCurve]:
        if not address:
            return []
        conditions = {trial.name: trial.condition for trial in trials}
        metric = objective.objective_metric_name
        curves = self.reader.curves(address, conditions, metric)
        return [TrialCurve(name, conditions[name], values) for name, values in curves.items()]


def build_rule(stopping: Algorithm, target: Target) -> Rule:
    """Return a rule with its settings.

    Raises:
        ValueError: There is no such rule, or it has no such setting.
    """
    module = find_rule(stopping.algorithm_name)
    options = parse_settings(stopping.algorithm_name, stopping.settings, module.SETTINGS)
    return module.build(target, options)


def _target(objective: Objective) -> Target:
    return Target(objective.objective_metric_name, objective.type == "maximize")


def _to_message(rule: StaticRule) -> api.EarlyStoppingRule:
    return api.EarlyStoppingRule(
        name=rule.metric,
        value=repr(float(rule.value)),
        comparison=_COMPARISONS[rule.comparison],
        start_step=rule.start_step,
    )


def _failed(trial_name: str, error: ApiError) -> CallFailed:
    codes = {
        0: grpc.StatusCode.UNAVAILABLE,
        403: grpc.StatusCode.PERMISSION_DENIED,
        404: grpc.StatusCode.NOT_FOUND,
    }
    hint = {
        403: " Allow the service account to get trials and to patch trials/status.",
        404: " It was deleted, or it is in another namespace than this service.",
    }.get(error.status, "")
    return CallFailed(
        codes.get(error.status, grpc.StatusCode.UNAVAILABLE),
        f"The Trial {trial_name} could not be marked as early stopped: {error.message}.{hint}",
    )
