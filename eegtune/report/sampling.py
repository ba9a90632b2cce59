"""Choosing trials for figures that cannot show ten thousand."""

from __future__ import annotations

from collections.abc import Sequence

from eegtune.execution.records import TrialRecord
from eegtune.report.material import value_of
from eegtune.spec.experiment import Experiment


def sample_finished(
    experiment: Experiment, records: Sequence[TrialRecord], most: int
) -> tuple[TrialRecord, ...]:
    """Return at most so many trials with a value: the best fifth, and evenly drawn others.

    The order of the numbers stays; the same run always gives the same sample.
    """
    finished = [record for record in records if value_of(experiment, record) is not None]
    if len(finished) <= most:
        return tuple(finished)
    maximize = experiment.spec.objective.type == "maximize"
    ranked = sorted(
        finished, key=lambda record: value_of(experiment, record) or 0.0, reverse=maximize
    )
    top = ranked[: most // 5]
    chosen = {record.number for record in top}
    others = [record for record in finished if record.number not in chosen]
    wanted = most - len(top)
    chosen |= {others[i * len(others) // wanted].number for i in range(wanted)}
    return tuple(record for record in finished if record.number in chosen)


def sample_note(shown: int, total: int) -> str:
    """Say what a sample is, or nothing where all is shown.

    >>> sample_note(500, 10000)
    'Shows 500 of 10,000 trials: the 100 best and an even sample of the others.'
    """
    if shown >= total:
        return ""
    return (
        f"Shows {shown:,} of {total:,} trials: the {shown // 5:,} best and an even sample of "
        "the others."
    )
