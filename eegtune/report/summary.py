"""The first lines of a report: what was searched, on what, with which result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from eegtune.execution.records import RunCondition
from eegtune.report.analysis.fronts import goals_of
from eegtune.report.command import ComponentCommand
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number, format_seconds, readable
from eegtune.spec.experiment import FeasibleSpace, Parameter

_MOST_LEVELS = 5
_SHAPES = {
    "uniform": "",
    "logUniform": ", logarithmic",
    "normal": ", bell-shaped",
    "logNormal": ", bell-shaped in the logarithm",
}

Tone = Literal["plain", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number with its words."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Callout:
    """Something that a reader must not miss."""

    tone: Tone
    text: str


def lead(material: Material, command: ComponentCommand | None) -> str:
    """Say in one sentence what was searched."""
    spec = material.experiment.spec
    what = f"of {command.component.name}" if command else "of the trial’s command"
    data = f" on {command.arguments['data']}" if command and command.arguments.get("data") else ""
    goals = [
        f"the {'lowest' if goal.sign > 0 else 'highest'} {goal.metric}"
        for goal in goals_of(material.experiment)
    ]
    together = " together" if len(goals) > 1 else ""
    trials, parameters = len(material.records), len(spec.parameters)
    return (
        f"{trials:,} {_plural(trials, 'trial')} ({spec.algorithm.algorithm_name}) over "
        f"{parameters} {_plural(parameters, 'parameter')} {what}{data}, looking for "
        f"{_listed(goals)}{together}."
    )


def _listed(parts: Sequence[str]) -> str:
    """Join parts as a sentence does.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def tiles(material: Material) -> tuple[Tile, ...]:
    """Return the numbers that sum up a run."""
    best = material.best
    value = None if best is None else value_of(material.experiment, best)
    running = sum(not record.condition.is_completed for record in material.records)
    parts = [
        f"{len(material.finished):,} finished",
        f"{len(material.failed):,} failed" if material.failed else "",
        f"{running:,} running" if running else "",
    ]
    return (
        Tile(
            f"Best {material.metric}",
            format_number(value),
            "" if best is None else f"trial {best.number} · {best.name}",
        ),
        Tile("Trials", f"{len(material.records):,}", " · ".join(part for part in parts if part)),
        Tile("Took", format_seconds(seconds_of(material)), _slots(material)),
    )


def seconds_of(material: Material) -> float | None:
    """Return the seconds from the first start to the last end that is known."""
    starts = [r.trial.start_time for r in material.records if r.trial.start_time]
    ends = [r.trial.completion_time for r in material.records if r.trial.completion_time]
    if not starts or not ends:
        return None
    return max(0.0, (max(ends) - min(starts)).total_seconds())


def callouts(material: Material, data_note: str) -> tuple[Callout, ...]:
    """Return what a reader must not miss."""
    notes = [_state_note(material), _person_note(material, data_note), *_touch_notes(material)]
    if not material.finished:
        notes.insert(
            0, Callout("bad", "No trial has a result, so there is no best configuration yet.")
        )
    return tuple(note for note in notes if note is not None)


def space_text(parameter: Parameter) -> str:
    """Say what a parameter may be."""
    space: FeasibleSpace = parameter.feasible_space
    if space.values is not None:
        more = len(space.values) - _MOST_LEVELS
        shown = ", ".join(readable(text) for text in space.values[:_MOST_LEVELS])
        return shown + (f" and {more} more" if more > 0 else "")
    step = f", step {_bound(space.step)}" if space.step else ""
    shape = _SHAPES.get(space.distribution, space.distribution)
    return f"{_bound(space.min)} to {_bound(space.max)}{step}{shape}"


def _bound(text: str | None) -> str:
    try:
        return format_number(float(text or "nan"))
    except ValueError:
        return str(text)


def speaks_of_one_person(material: Material, data_note: str) -> bool:
    """Say whether the scores are over the trials of a single person."""
    evaluation = material.evaluation
    if evaluation is not None and evaluation.subjects:
        return evaluation.subjects == 1
    return "of one subject" in data_note


def _person_note(material: Material, data_note: str) -> Callout | None:
    if not speaks_of_one_person(material, data_note):
        return None
    return Callout(
        "warning",
        "The data are of one person. All scores are over this person’s trials: they do not say "
        "how the model does on anybody else.",
    )


def _state_note(material: Material) -> Callout | None:
    state = material.state
    if state.condition is RunCondition.FAILED:
        return Callout("bad", f"The run failed: {state.message or state.reason}")
    if state.condition is not RunCondition.SUCCEEDED:
        return Callout("warning", "The run has not ended: this is how it stands.")
    return None


def _touch_notes(material: Material) -> list[Callout]:
    notes = []
    if len(material.touches) > 1:
        times = len(material.touches)
        notes.append(
            Callout(
                "warning",
                f"The test data were used {times} times. Choosing between configurations by "
                "their test scores makes these look better than they are.",
            )
        )
    if material.evaluation is not None and material.evaluation.kind == "repeats":
        notes.append(
            Callout(
                "warning",
                "No untouched data was seen: the trial’s command is not one of eegtune’s "
                "components, so its best configuration was only repeated.",
            )
        )
    return notes


def _slots(material: Material) -> str:
    slots = material.experiment.spec.parallel_trial_count
    mean = [r.duration_seconds for r in material.finished if r.duration_seconds is not None]
    each = f" · {format_seconds(sorted(mean)[len(mean) // 2])} a trial" if mean else ""
    return f"{slots} at a time{each}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
