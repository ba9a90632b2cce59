"""`report.md`: what a pull request or a message should say of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eegtune.report.analysis.causes import failure_causes
from eegtune.report.command import ComponentCommand
from eegtune.report.material import Material, value_of
from eegtune.report.numbers import format_number, format_percent, readable
from eegtune.report.page.best import Setting
from eegtune.report.page.drawing import Drawn
from eegtune.report.page.facts import facts
from eegtune.report.page.front import FrontTable
from eegtune.report.page.scores import ScoreTable
from eegtune.report.summary import callouts, lead, tiles

_TOP = 10
_MOST_COLUMNS = 6
_MOST_PARAMETERS = 12


class Parts(NamedTuple):
    """What the page shows too, already computed.

    Attributes:
        material: The run.
        command: What its trials ran, where that is one of our components.
        data_note: What a trial said about its data; empty where nothing.
        drawn: Figures, importances, advice.
        settings: The best configuration.
        scores: Scores on test data; None without.
    """

    material: Material
    command: ComponentCommand | None
    data_note: str
    drawn: Drawn
    settings: Sequence[Setting]
    scores: ScoreTable | None


def markdown(parts: Parts) -> str:
    """Return the report as GitHub's Markdown."""
    material = parts.material
    blocks = [
        f"## {escape(material.experiment.name)}",
        f"**{material.state.condition.value}** · {escape(lead(material, parts.command))}",
        escape(parts.data_note),
        " · ".join(f"{escape(t.label)}: **{escape(t.value)}**" for t in tiles(material)),
        *(f"> {escape(each.text)}" for each in callouts(material, parts.data_note)),
        *_scores(parts.scores),
        *_front(parts.drawn.front, material.metric),
        *_best(parts.settings),
        *_top(material, parts.drawn.importances),
        *_failures(material),
        *_advice(parts.drawn),
        *_facts(material),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a Markdown table.

    >>> print(table(["a", "b"], [["1", "x|y"]]))
    | a | b |
    | --- | --- |
    | 1 | x\|y |
    """
    lines = [list(head), ["---"] * len(head), *([escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape(text: str) -> str:
    r"""Return text that Markdown shows as it is, on one line.

    >>> escape("a|b <i> _c_")
    'a\\|b &lt;i&gt; \\_c\\_'
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in "\\`*_[]|":
        text = text.replace(sign, f"\\{sign}")
    return text


def _scores(scores: ScoreTable | None) -> list[str]:
    if scores is None:
        return []
    rows = [
        [title, *(f"{cell.value} ({cell.detail})" for cell in cells)]
        for title, cells in scores.rows
    ]
    said = [*(f"- {escape(each.text)}" for each in scores.verdicts)]
    if scores.gap:
        said.append(f"- {escape(scores.gap)}")
    return ["### Default against tuned", table(["score", *map(escape, scores.columns)], rows),
            "\n".join(said), escape(scores.method)]  # fmt: skip


def _front(front: FrontTable | None, metric: str) -> list[str]:
    if front is None:
        return []
    said = f"No trial is better in everything than one of these; best in {metric}: {front.best}."
    return ["### The Pareto front", escape(f"{said} {front.note}"),
            table([*map(escape, front.columns)], front.rows)]  # fmt: skip


def _best(settings: Sequence[Setting]) -> list[str]:
    if not settings:
        return []
    rows = [
        [
            setting.name,
            setting.value + ("" if setting.is_used else " (not used)"),
            setting.default or "–",
            "–" if setting.importance is None else format_percent(setting.importance),
        ]
        for setting in settings[:_MOST_PARAMETERS]
    ]
    more = len(settings) - len(rows)
    return ["### Best configuration", table(["parameter", "best", "default", "importance"], rows),
            f"and {more} more in `best.yaml`" if more > 0 else ""]  # fmt: skip


def _top(material: Material, importances: Mapping[str, float]) -> list[str]:
    """Return the ten best trials with the parameters that mattered most."""
    maximize = material.experiment.spec.objective.type == "maximize"
    ranked = sorted(
        material.finished,
        key=lambda record: value_of(material.experiment, record) or 0.0,
        reverse=maximize,
    )[:_TOP]
    if len(ranked) < 2:
        return []
    names = list(importances) or [p.name for p in material.experiment.spec.parameters]
    names = names[:_MOST_COLUMNS]
    rows = [
        [
            str(record.number),
            format_number(value_of(material.experiment, record)),
            *(readable(record.trial.assignments.get(name, "–")) for name in names),
        ]
        for record in ranked
    ]
    head = ["trial", escape(material.metric), *map(escape, names)]
    return [f"### The {len(ranked)} best trials", table(head, rows)]


def _failures(material: Material) -> list[str]:
    causes = failure_causes(material.failed)
    if not causes:
        return []
    lines = [
        f"- {len(cause.numbers)} × {escape(cause.name)}: {escape(cause.example)}"
        for cause in causes[:5]
    ]
    return ["### Failures", "\n".join(lines)]


def _advice(drawn: Drawn) -> list[str]:
    if not drawn.advice:
        return []
    lines = [
        f"- **{escape(each.what)}** {escape(each.why)}"
        + (f" `{each.command}`" if each.command else "")
        for each in drawn.advice
    ]
    return ["### What to try next", "\n".join(lines)]


def _facts(material: Material) -> list[str]:
    lines = [f"- {escape(name)}: {escape(text)}" for name, text in facts(material)]
    body = "\n".join(lines)
    return [f"<details><summary>Where this comes from</summary>\n\n{body}\n\n</details>"]
