"""Turn what a trial writes into reports of metrics, line by line, as Katib's collector does.

TEXT: a line counts when it contains some metric's name; its time is its first token where that
is RFC 3339. JSON: every line that is not empty is one object, `timestamp` is a text in RFC 3339
or a number of seconds, and values must be texts (Katib ignores numbers).

Different on purpose: Katib reads the digits after the point of a numeric timestamp as a count of
nanoseconds (1600000000.5 becomes …40.000000005); here they are a fraction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from eegtune.metrics.filters import line_filters
from eegtune.metrics.observation import Report
from eegtune.metrics.timestamps import first_token_time, parse_time
from eegtune.spec.experiment import ExperimentSpec

SHOWN_CHARACTERS = 80


class MetricFormatError(ValueError):
    """A line is not what the collector's format says; Katib's collector fails there."""


class MetricReader(Protocol):
    """Reads one line at a time."""

    def may_matter(self, block: bytes) -> bool:
        """Say quickly whether some line of a block of output can hold a metric."""
        ...

    def read(self, line: str) -> tuple[Report, ...]:
        """Return what a line reports.

        Raises:
            MetricFormatError: The line cannot be read.
        """
        ...


class TextReader:
    """Reads lines by regular expressions."""

    def __init__(self, names: Sequence[str], patterns: Sequence[str] = ()) -> None:
        self._names = tuple(names)
        self._encoded = tuple(name.encode() for name in names)
        self._filters = line_filters(patterns, names)

    def may_matter(self, block: bytes) -> bool:
        """Say whether a block contains some metric's name."""
        return any(name in block for name in self._encoded)

    def read(self, line: str) -> tuple[Report, ...]:
        """Return what a line reports; of several filters, the first one's finds come first."""
        if not any(name in line for name in self._names):
            return ()
        found = [each for line_filter in self._filters for each in line_filter.find(line)]
        if not found:
            return ()
        time = first_token_time(line)
        return tuple(Report(name, value, time) for name, value in found)


class JsonReader:
    """Reads lines that are JSON objects."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def may_matter(self, block: bytes) -> bool:
        """Every line matters: one that is not JSON fails the trial."""
        return bool(block)

    def read(self, line: str) -> tuple[Report, ...]:
        """Return what a line reports, in the order of the metrics' names."""
        if not line:
            return ()
        values = _json_object(line)
        time = _json_time(values.get("timestamp"))
        return tuple(_json_reports(values, self._names, time))


def metric_reader(spec: ExperimentSpec) -> MetricReader:
    """Return the reader that an Experiment's collector asks for.

    Raises:
        ValueError: A filter is not a regular expression of Go.
    """
    source = spec.metrics_collector_spec.source
    names = spec.objective.metric_names
    path = source.file_system_path if source else None
    if path is not None and path.format == "JSON":
        return JsonReader(names)
    patterns = source.filter.metrics_format if source and source.filter else ()
    return TextReader(names, patterns)


def _json_object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        shown = line[:SHOWN_CHARACTERS]
        raise MetricFormatError(f"a metrics line is not JSON: {shown!r} ({error})") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        shown = line[:SHOWN_CHARACTERS]
        raise MetricFormatError(f"a metrics line is not a JSON object: {shown!r}")
    return values


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _json_time(timestamp: object) -> datetime | None:
    if isinstance(timestamp, str):
        return parse_time(timestamp)
    if isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool):
        try:
            return datetime.fromtimestamp(timestamp, tz=UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return None


def _json_reports(
    values: dict[str, Any], names: Collection[str], time: datetime | None
) -> Iterator[Report]:
    for name in names:
        value = values.get(name)
        if isinstance(value, str):
            yield Report(name, value, time)
