"""Katib's Suggestion service on our search: a request in, exactly as many points as asked out.

The service keeps nothing between calls. All it knows is in the request, so any replica answers
any call, and a pod that was killed is replaced without loss.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eegtune.cluster.katib.filling import fill_at_random, repeat_points
from eegtune.cluster.katib.memory import Memory, point_of, without_memory
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import Answer
from eegtune.cluster.katib.reading import read_experiment, read_trials
from eegtune.metrics.observation import finite_number
from eegtune.search import Suggestion, suggest, validate_settings
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

MOST_AT_ONCE = 1000
"""How many suggestions one call may ask for."""

_CHUNK = 8

PriorLoader = Callable[[Experiment], Sequence[Trial]]

_logger = logging.getLogger(__name__)


def no_prior(experiment: Experiment) -> Sequence[Trial]:
    """Return no trials of earlier runs."""
    return ()


@dataclass(frozen=True)
class SuggestionService:
    """The answers to the two calls of Katib's Suggestion service.

    Attributes:
        load_prior: Returns the trials that the setting `warm_start` names.
        new_salt: What makes the trial names of an Experiment unique that has none yet; one value
            per process, so that a call that is repeated gets the same answer.
        budget_seconds: After this long what is missing is drawn at random, because Katib gives
            up a call after 60 seconds and would ask the same again.
        clock: Seconds that never go back.
    """

    load_prior: PriorLoader = no_prior
    new_salt: str = field(default_factory=lambda: secrets.token_hex(3))
    budget_seconds: float = 40.0
    clock: Callable[[], float] = time.monotonic

    @property
    def answers(self) -> dict[str, Answer]:
        """The functions by the names of the calls."""
        return {
            "GetSuggestions": self.get_suggestions,
            "ValidateAlgorithmSettings": self.validate_settings,
        }

    def validate_settings(
        self, request: api.ValidateAlgorithmSettingsRequest
    ) -> api.ValidateAlgorithmSettingsReply:
        """Accept an Experiment, or refuse it before it starts.

        Raises:
            ValueError: It cannot be searched.
        """
        validate_settings(without_memory(read_experiment(request.experiment)))
        return api.ValidateAlgorithmSettingsReply()

    def get_suggestions(self, request: api.GetSuggestionsRequest) -> api.GetSuggestionsReply:
        """Answer with exactly as many points as are asked for.

        Raises:
            ValueError: The Experiment cannot be searched, or the number is not sensible.
        """
        count = request.current_request_number
        if not 0 <= count <= MOST_AT_ONCE:
            raise ValueError(
                f"current_request_number is {count}; one call gives 0 to {MOST_AT_ONCE} "
                "suggestions, so set spec.parallelTrialCount accordingly"
            )
        given = read_experiment(request.experiment)
        memory = Memory.read(given.spec.algorithm.settings)
        memory = Memory(memory.salt or self.new_salt, memory.issued)
        experiment = without_memory(given)
        trials = read_trials(request.trials)
        issued = max(request.total_request_number - count, 0)
        chosen = self._choose(experiment, self._history(experiment, memory, trials), issued, count)
        return _reply(request, experiment, memory, trials, chosen)

    def _history(
        self, experiment: Experiment, memory: Memory, trials: Sequence[Trial]
    ) -> tuple[Trial, ...]:
        known = (
            *memory.unseen_trials(experiment, trials),
            *(_renamed(trial, memory.unsalted(trial.name)) for trial in trials),
        )
        return tuple(trial for trial in known if _is_readable(experiment, trial))

    def _choose(
        self, experiment: Experiment, history: tuple[Trial, ...], issued: int, count: int
    ) -> tuple[Suggestion, ...]:
        """Ask the search in portions, and fill what it does not give, or not in time."""
        validate_settings(experiment)
        prior = self.load_prior(experiment)
        give_up_at = self.clock() + self.budget_seconds
        chosen: tuple[Suggestion, ...] = ()
        while len(chosen) < count and self.clock() < give_up_at:
            missing = min(count - len(chosen), _CHUNK)
            known = (*history, *_as_running(chosen))
            try:
                proposal = suggest(experiment, known, prior, issued + len(chosen), missing)
            except Exception:
                # The settings are valid, so this is a defect; the Experiment goes on without it.
                _logger.exception("the search failed; %d points are drawn at random", missing)
                break
            chosen += proposal.suggestions
            if proposal.exhausted or not proposal.suggestions:
                return chosen + repeat_points(experiment, known, chosen, count - len(chosen))
        missing = count - len(chosen)
        return chosen + fill_at_random(experiment, history, chosen, issued, missing)


def _reply(
    request: api.GetSuggestionsRequest,
    experiment: Experiment,
    memory: Memory,
    trials: Iterable[Trial],
    chosen: Sequence[Suggestion],
) -> api.GetSuggestionsReply:
    """Return the points in Katib's form, with what is to be remembered."""
    katib_names = {memory.unsalted(trial.name): trial.name for trial in trials}
    katib_names |= {s.name: memory.salted(s.name) for s in chosen if s.name}
    settings = Memory(memory.salt, _open_points(experiment, memory, trials, chosen)).settings()
    return api.GetSuggestionsReply(
        parameter_assignments=[
            _assignments(experiment, suggestion, katib_names) for suggestion in chosen
        ],
        algorithm=api.AlgorithmSpec(
            algorithm_name=request.experiment.spec.algorithm.algorithm_name,
            algorithm_settings=[
                api.AlgorithmSetting(name=name, value=value) for name, value in settings.items()
            ],
        ),
    )


def _assignments(
    experiment: Experiment, suggestion: Suggestion, katib_names: Mapping[str, str]
) -> api.GetSuggestionsReply.ParameterAssignments:
    return api.GetSuggestionsReply.ParameterAssignments(
        assignments=[
            api.ParameterAssignment(name=p.name, value=suggestion.assignments[p.name])
            for p in experiment.spec.parameters
        ],
        trial_name=katib_names[suggestion.name] if suggestion.name else "",
        # A label that names another trial names it as the cluster does.
        labels={key: katib_names.get(value, value) for key, value in suggestion.labels.items()},
    )


def _open_points(
    experiment: Experiment,
    memory: Memory,
    trials: Iterable[Trial],
    chosen: Iterable[Suggestion],
) -> tuple[tuple[str, ...], ...]:
    """Return the points without a result: unseen ones, running ones, and the new ones."""
    trials = tuple(trials)
    unseen = [trial.assignments for trial in memory.unseen_trials(experiment, trials)]
    running = [trial.assignments for trial in trials if not trial.condition.is_completed]
    new = [suggestion.assignments for suggestion in chosen]
    return tuple(point_of(experiment, values) for values in (*unseen, *running, *new))


def _as_running(suggestions: Iterable[Suggestion]) -> tuple[Trial, ...]:
    return tuple(
        Trial(s.name or f"new-{i}", s.assignments, TrialCondition.RUNNING, labels=s.labels)
        for i, s in enumerate(suggestions)
    )


def _is_readable(experiment: Experiment, trial: Trial) -> bool:
    """Say whether a trial's numbers are numbers; others cannot be learned from."""
    return all(
        finite_number(trial.assignments.get(parameter.name, "")) is not None
        for parameter in experiment.spec.parameters
        if parameter.parameter_type != "categorical"
    )


def _renamed(trial: Trial, name: str) -> Trial:
    if trial.name == name:
        return trial
    return Trial(
        name,
        trial.assignments,
        trial.condition,
        trial.metrics,
        trial.labels,
        trial.start_time,
        trial.completion_time,
    )
