"""Verdicts as text for people, as JSON for programs, as annotations for GitHub."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eegtune.spec.checking import Verdict
from eegtune.spec.finding import Finding, Severity, SpecError, format_path

Paint = Callable[[str, str], str]
_COLORS = {
    Severity.UNREADABLE: "red",
    Severity.REFUSED: "red",
    Severity.BROKEN: "magenta",
    Severity.POOR: "yellow",
}
_MEANING = {
    Severity.UNREADABLE: "cannot be read",
    Severity.REFUSED: "Katib refuses it",
    Severity.BROKEN: "Katib admits it, and it will not work",
    Severity.POOR: "works, at a cost",
}
_GITHUB = {Severity.POOR: "warning"}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is said of one Experiment, or of a file that cannot be read.

    Attributes:
        source: The file's name.
        name: The Experiment's name; None where none could be read.
        findings: All that was found.
        lines: The file's lines.
        fixed: How many findings were mended in the file.
    """

    source: str
    name: str | None
    findings: tuple[Finding, ...]
    lines: Sequence[str]
    fixed: int = 0

    @property
    def accepted(self) -> bool:
        """Katib's webhook's own answer."""
        bad = (Severity.REFUSED, Severity.UNREADABLE)
        return not any(finding.severity in bad for finding in self.findings)

    @property
    def is_readable(self) -> bool:
        """Whether the file could be read."""
        return all(finding.severity is not Severity.UNREADABLE for finding in self.findings)


def of_verdict(verdict: Verdict, lines: Sequence[str], fixed: int = 0) -> FileReport:
    """Return the report on an Experiment."""
    return FileReport(verdict.source, verdict.name, verdict.findings, lines, fixed)


def of_error(error: SpecError, lines: Sequence[str] = ()) -> FileReport:
    """Return the report on a file that cannot be read."""
    return FileReport(error.source, None, error.findings, lines)


def exit_code(reports: Sequence[FileReport]) -> int:
    """Return 2 where a file cannot be read, 1 where something is refused or broken, else 0."""
    if not all(report.is_readable for report in reports):
        return 2
    return int(any(f.severity.is_error for report in reports for f in report.findings))


def as_json(reports: Sequence[FileReport]) -> Iterator[str]:
    """Yield one JSON object a document, one a line."""
    for report in reports:
        yield json.dumps(
            {
                "file": report.source,
                "name": report.name,
                "accepted": report.accepted,
                "findings": [_json_finding(finding) for finding in report.findings],
            },
            ensure_ascii=False,
            default=str,
        )


def as_github(reports: Sequence[FileReport]) -> Iterator[str]:
    """Yield one workflow command a finding."""
    for report in reports:
        for finding in report.findings:
            level = _GITHUB.get(finding.severity, "error")
            place = f"file={_property(report.source)},line={finding.line},col={finding.column}"
            message = f"{finding.message} {finding.fix}"
            title = _property(f"{finding.severity}: {finding.rule}")
            yield f"::{level} {place},title={title}::{_data(message)}"


def as_text(reports: Sequence[FileReport], paint: Paint, width: int = 99) -> Iterator[str]:
    """Yield lines for people: each finding with its source line, a caret, and the fix."""
    for report in reports:
        yield from _text_report(report, paint, width)
    if len(reports) > 1:
        fine = sum(not any(f.severity.is_error for f in report.findings) for report in reports)
        yield paint(f"{fine} of {len(reports)} Experiments can run as they are.", "bold")


def _text_report(report: FileReport, paint: Paint, width: int) -> Iterator[str]:
    title = paint(report.source, "bold") + (f"  {report.name}" if report.name else "")
    if report.fixed:
        title += f"  {report.fixed} fixed"
    if not report.findings:
        yield f"{title}  {paint('fine', 'green')}"
        return
    counts = Counter(finding.severity for finding in report.findings)
    said = ", ".join(paint(f"{n} {s}", _COLORS[s]) for s in Severity if (n := counts[s]))
    yield f"{title}  {said}"
    for finding in report.findings:
        yield ""
        yield from _text_finding(finding, report.lines, paint, width)
    yield ""


def _text_finding(
    finding: Finding, lines: Sequence[str], paint: Paint, width: int
) -> Iterator[str]:
    color = _COLORS[finding.severity]
    where = format_path(finding.path)
    yield f"  {paint(finding.severity, color)} {paint(finding.rule, 'bold')}  {where}"
    number = str(finding.line)
    if 0 < finding.line <= len(lines):
        text, column = _visible(lines[finding.line - 1], finding.column, width - len(number) - 7)
        caret = " " * (column - 1) + "^" * max(min(finding.width, len(text) - column + 1), 1)
        yield f"    {paint(number, 'dim')} {paint('│', 'dim')} {text}"
        yield f"    {' ' * len(number)} {paint('│', 'dim')} {paint(caret, color)}"
    yield from textwrap.wrap(
        finding.message, width, initial_indent="    ", subsequent_indent="    "
    )
    fix = textwrap.wrap(finding.fix, width - 6, break_on_hyphens=False)
    for index, line in enumerate(fix):
        yield f"    {paint('→', 'green') if index == 0 else ' '} {line}"


def _visible(line: str, column: int, width: int) -> tuple[str, int]:
    """Return the part of a long line around a column, and the column within it."""
    text = line.rstrip("\r\n")
    start = max(0, min(column - 1 - width // 3, len(text) - width + 2))
    part = text if len(text) <= width else text[start : start + width - 2]
    shown = "".join(c if c.isprintable() else " " for c in part)
    if len(text) <= width:
        return shown, column
    if start == 0:
        return shown + "…", column
    end = "…" if start + width - 2 < len(text) else ""
    return f"…{shown}{end}", column - start + 1


def _json_finding(finding: Finding) -> dict[str, Any]:
    unreadable = finding.severity is Severity.UNREADABLE
    return {
        "rule": finding.rule,
        "severity": str(Severity.REFUSED if unreadable else finding.severity),
        "path": format_path(finding.path),
        "line": finding.line,
        "column": finding.column,
        "value": finding.value,
        "message": finding.message,
        "fix": finding.fix,
    }


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def legend() -> str:
    """Return what the severities mean, in one line."""
    return "; ".join(f"{s}: {m}" for s, m in _MEANING.items() if s is not Severity.UNREADABLE)
