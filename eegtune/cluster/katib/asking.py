"""One question to the search, answered in full whatever the search does.

Katib takes exactly as many suggestions as it asked for; with fewer it stores none and asks the
same for ever. So a search that is exhausted has its points repeated, and one that fails or takes
too long is helped out at random.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from eegtune.cluster.katib.filling import random_points, repeat_points
from eegtune.cluster.katib.naming import with_settings
from eegtune.metrics.observation import finite_number
from eegtune.search import Suggestion, suggest
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition

_PORTION = 8

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What the search is asked; see `eegtune.search.suggest`."""

    experiment: Experiment
    history: tuple[Trial, ...]
    prior: tuple[Trial, ...]
    issued: int
    count: int


@dataclass(frozen=True)
class Answered:
    """As many suggestions as asked for, and settings for the next request."""

    suggestions: tuple[Suggestion, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def with_more(
        self, suggestions: Iterable[Suggestion], settings: Mapping[str, str] | None = None
    ) -> Answered:
        """Return this with further suggestions and newer settings."""
        return Answered((*self.suggestions, *suggestions), {**self.settings, **(settings or {})})


def ask(question: Question, give_up_at: float, clock: Callable[[], float]) -> Answered:
    """Ask the search in portions, and fill what it does not give, or not in time.

    Args:
        question: What is asked.
        give_up_at: When to draw at random what is missing, in seconds of the clock.
        clock: Seconds that never go back.
    """
    question = _without_unreadable(question)
    answered = Answered()
    while len(answered.suggestions) < question.count and clock() < give_up_at:
        rest = _rest(question, answered)
        portion = min(rest.count, _PORTION)
        try:
            proposal = suggest(rest.experiment, rest.history, rest.prior, rest.issued, portion)
        except Exception:
            # The settings are valid, so this is a defect; the Experiment goes on without it.
            _logger.exception("the search failed; %d points are drawn at random", rest.count)
            break
        answered = answered.with_more(proposal.suggestions, proposal.settings)
        if len(proposal.suggestions) < portion:
            return _repeated(_rest(question, answered), answered)
    rest = _rest(question, answered)
    answered = answered.with_more(
        random_points(rest.experiment, rest.history, rest.issued, rest.count)
    )
    return _repeated(_rest(question, answered), answered)


def _rest(question: Question, answered: Answered) -> Question:
    """Return what is still to be asked, with the points chosen so far as running trials."""
    settings = {**question.experiment.spec.algorithm.settings, **answered.settings}
    running = tuple(
        Trial(s.name or f"new-{i}", s.assignments, TrialCondition.RUNNING, labels=s.labels)
        for i, s in enumerate(answered.suggestions)
    )
    return replace(
        question,
        experiment=with_settings(question.experiment, settings),
        history=(*question.history, *running),
        issued=question.issued + len(running),
        count=question.count - len(running),
    )


def _repeated(rest: Question, answered: Answered) -> Answered:
    if rest.count <= 0:
        return answered
    return answered.with_more(repeat_points(rest.experiment, rest.history, rest.count))


def _without_unreadable(question: Question) -> Question:
    """Leave trials out whose numbers are none: nothing can be learned from them."""
    numbers = [
        parameter.name
        for parameter in question.experiment.spec.parameters
        if parameter.parameter_type != "categorical"
    ]
    history = tuple(
        trial
        for trial in question.history
        if all(finite_number(trial.assignments.get(name, "")) is not None for name in numbers)
    )
    return replace(question, history=history)
