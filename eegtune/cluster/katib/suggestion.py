"""Katib's Suggestion service on our search: a request in, exactly as many points as asked out.

The service keeps nothing between calls. All it knows is in the request, so any replica answers
any call, and a pod that was killed is replaced without loss.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from eegtune.cluster.katib.asking import Question, ask
from eegtune.cluster.katib.naming import (
    SALT,
    Naming,
    katib_names,
    named,
    own_trials,
    salt_of,
    without_salt,
)
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import Answer
from eegtune.cluster.katib.reading import read_experiment, read_trials
from eegtune.search import Suggestion, validate_settings
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial

MOST_AT_ONCE = 1000
"""How many suggestions one call may ask for."""

_MOST_ISSUED = 1_000_000

_logger = logging.getLogger(__name__)

PriorLoader = Callable[[Experiment], Sequence[Trial]]


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
        experiment = without_salt(read_experiment(request.experiment))
        validate_settings(experiment)
        self.load_prior(experiment)
        return api.ValidateAlgorithmSettingsReply()

    def warm_up(self) -> None:
        """Import what answers need, before the first call has to wait for it."""
        self.get_suggestions(_small_request())

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
        experiment, naming = without_salt(given), Naming(salt_of(given) or self.new_salt)
        validate_settings(experiment)
        issued = min(max(request.total_request_number - count, 0), _MOST_ISSUED)
        trials = own_trials(experiment, read_trials(request.trials), salt_of(given), issued)
        question = Question(
            experiment=experiment,
            history=tuple(naming.unsalted(trial) for trial in trials),
            prior=self._prior(experiment),
            issued=issued,
            count=count,
        )
        answered = ask(question, self.clock() + self.budget_seconds, self.clock)
        suggestions = named(experiment, issued, answered.suggestions)
        return _reply(request.experiment.spec, naming, trials, suggestions, answered.settings)

    def _prior(self, experiment: Experiment) -> tuple[Trial, ...]:
        """Return prior trials; what was readable when the Experiment began may be gone now."""
        try:
            return tuple(self.load_prior(experiment))
        except ValueError as error:
            _logger.warning("the search goes on without prior trials: %s", error)
            return ()


def _small_request() -> api.GetSuggestionsRequest:
    """Return a request that makes the estimator's libraries load."""
    space = api.FeasibleSpace(min="0", max="1")
    spec = api.ExperimentSpec(
        parameter_specs=api.ExperimentSpec.ParameterSpecs(
            parameters=[
                api.ParameterSpec(name="x", parameter_type=api.DOUBLE, feasible_space=space)
            ]
        ),
        objective=api.ObjectiveSpec(type=api.MINIMIZE, objective_metric_name="loss"),
        algorithm=api.AlgorithmSpec(
            algorithm_name="tpe",
            algorithm_settings=[api.AlgorithmSetting(name="n_startup_trials", value="0")],
        ),
    )
    return api.GetSuggestionsRequest(
        experiment=api.Experiment(name="warm-up", spec=spec),
        current_request_number=1,
        total_request_number=1,
    )


def _reply(
    spec: api.ExperimentSpec,
    naming: Naming,
    trials: Sequence[Trial],
    suggestions: Sequence[Suggestion],
    settings: Mapping[str, str],
) -> api.GetSuggestionsReply:
    """Return the points in Katib's form, with what is to come back in the next request."""
    new = [suggestion.name for suggestion in suggestions if suggestion.name]
    names = katib_names(naming, trials, new)
    parameters = [parameter.name for parameter in spec.parameter_specs.parameters]
    settings = {SALT: naming.salt, **settings}
    return api.GetSuggestionsReply(
        parameter_assignments=[
            _assignments(parameters, suggestion, names) for suggestion in suggestions
        ],
        algorithm=api.AlgorithmSpec(
            algorithm_name=spec.algorithm.algorithm_name,
            algorithm_settings=[
                api.AlgorithmSetting(name=name, value=value) for name, value in settings.items()
            ],
        ),
    )


def _assignments(
    parameters: Sequence[str], suggestion: Suggestion, names: Mapping[str, str]
) -> api.GetSuggestionsReply.ParameterAssignments:
    return api.GetSuggestionsReply.ParameterAssignments(
        assignments=[
            api.ParameterAssignment(name=name, value=suggestion.assignments[name])
            for name in parameters
        ],
        trial_name=names[suggestion.name] if suggestion.name else "",
        # A label that names another trial names it as the cluster does.
        labels={key: names.get(value, value) for key, value in suggestion.labels.items()},
    )
