"""What is wrong with a file: where, how bad, why, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]


class Severity(StrEnum):
    """How bad a finding is."""

    UNREADABLE = "unreadable"
    REFUSED = "refused"
    BROKEN = "broken"
    POOR = "poor"

    @property
    def is_error(self) -> bool:
        """Whether the Experiment cannot be used."""
        return self is not Severity.POOR


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        rule: The rule's id, as docs/validation.md lists it.
        severity: What happens because of it.
        path: Where in the document.
        message: What is wrong and what follows from it.
        fix: What to write instead.
        line: Line in the file, counted from 1.
        column: Column, counted from 1.
        width: How many characters the value takes in its line.
        value: The value found, as JSON would hold it.
        only_on_katib: Whether it concerns Katib's cluster only, not a run by eegtune itself.
    """

    rule: str
    severity: Severity
    path: Path
    message: str
    fix: str
    line: int = 1
    column: int = 1
    width: int = 1
    value: object = None
    only_on_katib: bool = False

    def __str__(self) -> str:
        """Return one line: position, path, message and fix."""
        where = format_path(self.path)
        return (
            f"{self.line}:{self.column} {where + ': ' if where else ''}{self.message} {self.fix}"
        )


class SpecError(ValueError):
    """A file that is not a usable Experiment.

    Attributes:
        source: The file's name.
        findings: All that is wrong with it.
    """

    def __init__(self, source: str, findings: Iterable[Finding]) -> None:
        self.source = source
        self.findings = tuple(findings)
        lines = [f"{source}:{finding}" for finding in self.findings]
        super().__init__("\n".join(lines) or f"{source}: is not an Experiment")


def format_path(path: Path) -> str:
    """Write a path as Katib does.

    >>> format_path(("spec", "parameters", 2, "feasibleSpace", "min"))
    'spec.parameters[2].feasibleSpace.min'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
