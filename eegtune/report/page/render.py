"""Put a report's values into the page; nothing here reads a run."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from eegtune import __version__
from eegtune.execution.records import RunCondition
from eegtune.report.command import ComponentCommand
from eegtune.report.figures.figure import Figure
from eegtune.report.markdown import Parts, markdown
from eegtune.report.material import Material
from eegtune.report.page.best import best_settings
from eegtune.report.page.commands import commands
from eegtune.report.page.drawing import Drawn, draw
from eegtune.report.page.facts import facts
from eegtune.report.page.scores import score_table
from eegtune.report.page.trials import TrialTable, trial_table
from eegtune.report.summary import Tone, callouts, lead, tiles

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_FIRST_ROWS = 25
_MOST_FAILURES = 8
_PLACE_OF_PLOTLY = "[plotly.js goes here]"


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page and what is worth knowing of it.

    Attributes:
        html: The page.
        notes: By place, why there is no figure.
        markdown: The same without figures, for pull requests.
    """

    html: str
    notes: Mapping[str, str]
    markdown: str


def render_page(
    material: Material,
    command: ComponentCommand | None,
    data_note: str,
    written: datetime,
    titles: Mapping[str, str],
    clean: Callable[[str], str] = str,
) -> Page:
    """Render a report.

    Args:
        material: The run.
        command: What its trials ran, where that is one of our components.
        data_note: What a trial said about its data; empty where nothing.
        written: When the report is made.
        titles: How the metrics of an evaluation are called.
        clean: What all text goes through, such as the removal of secrets.
    """
    drawn = draw(material, titles)
    settings = best_settings(material, command, drawn.importances)
    table = trial_table(material)
    evaluation = material.evaluation
    scores = score_table(evaluation, titles) if evaluation else None
    values = {
        "version": __version__,
        "title": material.experiment.name,
        "metric": material.metric,
        "lead": lead(material, command),
        "data_note": data_note,
        "tiles": tiles(material),
        "callouts": callouts(material, data_note),
        "settings": settings,
        "has_defaults": any(setting.default is not None for setting in settings),
        "fixed": [each for each in sorted(command.fixed.items()) if each[0] != "trial_name"]
        if command
        else [],
        "scores": scores,
        "scores_title": "Default against tuned on test data"
        if evaluation and evaluation.kind == "test"
        else "First against best trial, repeated",
        "touches": material.touches,
        "drawn": drawn,
        "table": table,
        "first_rows": _FIRST_ROWS,
        "failures": _failures(material),
        "commands": commands(material, command),
        "facts": facts(material),
        "written": written.strftime("%Y-%m-%d %H:%M UTC"),
        **_state(material),
    }
    values["sections"] = _sections(values)
    template = _environment().get_template("report.html")
    html = clean(template.render(values | _payload(drawn, table)))
    plotly = packed_plotly() if drawn.all else ""
    short = markdown(Parts(material, command, data_note, drawn, settings, scores))
    return Page(html.replace(_PLACE_OF_PLOTLY, plotly), drawn.notes, clean(short))


def _state(material: Material) -> dict[str, str]:
    tones: dict[RunCondition, Tone] = {
        RunCondition.SUCCEEDED: "good",
        RunCondition.FAILED: "bad",
    }
    condition = material.state.condition
    return {"state": condition.value, "state_tone": tones.get(condition, "warning")}


def _sections(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    drawn: Drawn = values["drawn"]
    wanted = [
        (
            "best",
            "Pareto front" if drawn.front else "Best configuration",
            bool(values["settings"]),
        ),
        ("test", "On test data", values["scores"] is not None),
        ("sure", "How sure", "winner" in drawn.figures or bool(drawn.advice)),
        ("search", "The search", True),
        ("slices", "One parameter", bool(drawn.slices)),
        ("pairs", "Two parameters", bool(drawn.pairs)),
        ("time", "Time", "timeline" in drawn.figures or "failures" in drawn.figures),
        ("trials", "Trials", bool(values["table"].rows)),
        ("again", "Do it again", True),
        ("provenance", "Origin", True),
    ]
    return [(anchor, name) for anchor, name, is_there in wanted if is_there]


def _failures(material: Material) -> list[tuple[int, str]]:
    """Return how often trials failed for which reason: its first line, the commonest first."""
    reasons = Counter(
        (record.message.strip().splitlines() or [record.condition.value])[0][:300]
        for record in material.failed
    )
    return [(count, reason) for reason, count in reasons.most_common(_MOST_FAILURES)]


def _payload(drawn: Drawn, table: TrialTable) -> dict[str, Any]:
    from markupsafe import Markup

    plots = [_plot(figure) for figure in drawn.all]
    rows = {"columns": table.columns, "rows": table.rows, "reasons": table.reasons}
    return {
        "figures_json": Markup(script_json(plots)),
        "rows_json": Markup(script_json(rows)),
        "plotly": _PLACE_OF_PLOTLY,
        "css": Markup(_asset("report.css")),
        "javascript": Markup(_asset("report.js")),
    }


def _plot(figure: Figure) -> dict[str, Any]:
    return {"key": figure.key, "data": figure.data, "layout": figure.layout}


def script_json(value: Any) -> str:
    """Return JSON that can stand in a script element: no character there can end it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def packed_plotly() -> str:
    """Return plotly.js, compressed to two fifths of its size, as text."""
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(script, 9, mtime=0)).decode("ascii")


def _asset(name: str) -> str:
    return files("eegtune.report.page").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({"report.html": _asset("report.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    return environment


def breakable(text: str) -> Markup:
    """Return text, escaped, that may be broken after `+`, `_`, `-`, `/` and a comma."""
    from markupsafe import Markup, escape

    escaped = str(escape(text))
    return Markup(re.sub(r"(?<=[+_/,-])(?=\w)", "<wbr>", escaped))
