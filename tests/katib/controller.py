"""Katib's controller as far as services see it: what it asks, in which order, with which counts.

The arithmetic is that of the documented reconcile loop, its odd parts included: trials whose
metrics are unavailable are counted neither as active nor as completed and are not sent, an
early-stopped trial without an observation lowers the number of requests and is not sent either,
and a number of suggestions other than the one asked for is an error. Once there are as many of
those trials as parallelTrialCount, Katib asks for nothing any more, whatever the service; one
fewer is the most that an Experiment here meets.
"""

import random
import re
from dataclasses import dataclass, field

import grpc

from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import OPTIONS, caller

from .spaces import assert_in_space

ACTIVE = (api.TrialStatus.CREATED, api.TrialStatus.RUNNING)
LABEL_KEY = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?")
TRIAL_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class Calls:
    """The calls of the services at one address."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"localhost:{port}", options=OPTIONS)

    def __call__(self, service: str, method: str, request):
        return caller(self.channel, service, method)(request, timeout=60)

    def close(self) -> None:
        self.channel.close()


@dataclass
class Controller:
    """One Experiment on its way, with the Suggestion object's status."""

    experiment: api.Experiment
    score: object
    seed: int = 0
    failing: float = 0.08
    unavailable: float = 0.05
    stopped_unseen: float = 0.02
    stopped: float = 0.05
    trials: dict[str, api.Trial] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    rules: dict[str, list[api.EarlyStoppingRule]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    suggestion_count: int = 0
    hidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.clock = 0

    def validate(self, calls) -> None:
        request = api.ValidateAlgorithmSettingsRequest(experiment=self.experiment)
        calls("Suggestion", "ValidateAlgorithmSettings", request)

    def step(self, calls) -> None:
        """Ask for what is missing, start it, let the oldest active trials end."""
        total = self._requests()
        current = total - self.suggestion_count
        if current > 0:
            self._take(calls, self._request(current, total), current)
        self._end_some()

    @property
    def is_completed(self) -> bool:
        return self._completed(with_unavailable=True) >= self.experiment.spec.max_trial_count

    def with_condition(self, condition) -> list[api.Trial]:
        return [t for t in self.trials.values() if t.status.condition == condition]

    def _request(self, current: int, total: int) -> api.GetSuggestionsRequest:
        experiment = api.Experiment()
        experiment.CopyFrom(self.experiment)
        settings = {s.name: s.value for s in experiment.spec.algorithm.algorithm_settings}
        del experiment.spec.algorithm.algorithm_settings[:]
        for name, value in (settings | self.settings).items():
            experiment.spec.algorithm.algorithm_settings.add(name=name, value=value)
        sent = [t for t in self.trials.values() if t.name not in self.hidden]
        self.random.shuffle(sent)  # the informer's cache has no order
        return api.GetSuggestionsRequest(
            experiment=experiment,
            trials=sent,
            current_request_number=current,
            total_request_number=total,
        )

    def _take(self, calls, request, current: int) -> None:
        reply = calls("Suggestion", "GetSuggestions", request)
        assert len(reply.parameter_assignments) == current
        rules = self._ask_rules(calls, request)
        for setting in reply.algorithm.algorithm_settings:
            self.settings[setting.name] = setting.value
        self.suggestion_count += current
        for suggestion in reply.parameter_assignments:
            self._create(suggestion, rules)

    def _ask_rules(self, calls, request):
        if not self.experiment.spec.HasField("early_stopping"):
            return []
        ask = api.GetEarlyStoppingRulesRequest(
            experiment=request.experiment, trials=request.trials, db_manager_address=self.database
        )
        return list(calls("EarlyStopping", "GetEarlyStoppingRules", ask).early_stopping_rules)

    database: str = ""

    def _create(self, suggestion, rules) -> None:
        assert_in_space(self.experiment, suggestion.assignments)
        for key, value in suggestion.labels.items():
            assert LABEL_KEY.fullmatch(key), key
            assert LABEL_VALUE.fullmatch(value), value
        name = suggestion.trial_name or self._random_name()
        assert TRIAL_NAME.fullmatch(name), name
        assert name not in self.trials, f"{name} was given twice"
        trial = api.Trial(name=name)
        trial.spec.objective.CopyFrom(self.experiment.spec.objective)
        trial.spec.parameter_assignments.assignments.extend(suggestion.assignments)
        trial.status.condition = api.TrialStatus.RUNNING
        trial.status.start_time = self._now()
        self.trials[name] = trial
        self.labels[name] = dict(suggestion.labels)
        self.rules[name] = rules

    def _end_some(self) -> None:
        active = [t for t in self.trials.values() if t.status.condition in ACTIVE]
        self.clock += 1
        for trial in active[: self.random.randint(1, max(1, len(active)))]:
            self._end(trial)

    def _end(self, trial: api.Trial) -> None:
        status, draw, spec = trial.status, self.random.random(), self.experiment.spec
        status.completion_time = self._now()
        if draw < self.failing:
            status.condition = api.TrialStatus.FAILED
            return
        draw -= self.failing
        if draw < self.unavailable:
            status.condition = api.TrialStatus.METRICSUNAVAILABLE
            self.hidden.add(trial.name)
            return
        draw -= self.unavailable
        if draw < self.stopped_unseen and self._unseen() < spec.parallel_trial_count - 1:
            status.condition = api.TrialStatus.EARLYSTOPPED
            self.hidden.add(trial.name)
            return
        draw -= self.stopped_unseen
        is_stopped = draw < self.stopped
        status.condition = (
            api.TrialStatus.EARLYSTOPPED if is_stopped else api.TrialStatus.SUCCEEDED
        )
        values = {a.name: a.value for a in trial.spec.parameter_assignments.assignments}
        for name, value in self.score(values).items():
            status.observation.metrics.add(name=name, value=value)

    def _requests(self) -> int:
        spec = self.experiment.spec
        active = sum(t.status.condition in ACTIVE for t in self.trials.values())
        required = min(
            spec.parallel_trial_count,
            spec.max_trial_count - self._completed(with_unavailable=False),
        )
        return len(self.trials) + max(required - active, 0) - self._unseen()

    def _unseen(self) -> int:
        """Return how many early-stopped trials have no observation."""
        return sum(
            t.name in self.hidden for t in self.with_condition(api.TrialStatus.EARLYSTOPPED)
        )

    def _completed(self, with_unavailable: bool) -> int:
        uncounted = () if with_unavailable else (api.TrialStatus.METRICSUNAVAILABLE,)
        return sum(t.status.condition not in (*ACTIVE, *uncounted) for t in self.trials.values())

    def _random_name(self) -> str:
        letters = "".join(self.random.choices("bcdfghjklmnpqrstvwxz2456789", k=8))
        return f"{self.experiment.name}-{letters}"

    def _now(self) -> str:
        return (
            f"2026-11-21T{self.clock // 3600:02}:{self.clock // 60 % 60:02}:{self.clock % 60:02}Z"
        )


def quality(values: dict[str, str]) -> dict[str, str]:
    """Return a smooth score of a configuration of `spaces.parameters`, as Katib has it."""
    from math import log10

    score = -abs(log10(float(values.get("rate", "0.01"))) + 2) - abs(
        float(values["dropout"]) - 0.2
    )
    score -= 0.01 * int(values["layers"]) + (0.5 if values["kind"] != "gelu" else 0)
    score -= 1 / float(values["epochs"])
    return {"score": repr(score), "latency_ms": repr(int(values["units"]) / 7)}
