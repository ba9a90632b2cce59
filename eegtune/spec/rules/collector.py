"""Rules on the metrics collector."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.spec.case import Case
from eegtune.spec.go_regexp import check_go
from eegtune.spec.re2 import compile_go
from eegtune.spec.rules.rule import Problem, broken, poor, refused

_SPEC = ("spec", "metricsCollectorSpec")
_KIND = (*_SPEC, "collector", "kind")
_PATH = (*_SPEC, "source", "fileSystemPath")
_FILTER = (*_SPEC, "source", "filter")
_KINDS = ("StdOut", "File", "TensorFlowEvent", "PrometheusMetric", "Custom", "Push")
_INJECTED = ("StdOut", "File", "TensorFlowEvent", "PrometheusMetric")
_TWO_GROUPS = re.compile(r"\(.*\).*\(.*\)")
_NOT_CHECKED = ("StdOut", "Push")


@refused(
    "collector-kind",
    "Katib knows six kinds of metrics collectors.",
    f"Write one of {', '.join(_KINDS)}.",
)
def collector_kind(case: Case) -> Iterator[Problem]:
    if case.collector not in _KINDS:
        fix = "Push is its new name." if case.collector == "None" else ""
        yield Problem(_KIND, f"the collector's kind is {case.collector!r}.", fix)


@refused(
    "collector-config",
    "Kinds with a sidecar need its image in katib-config; the one that "
    "Katib ships has none for PrometheusMetric.",
    "Use StdOut or File, or add the image.",
    only_on_katib=True,
)
def collector_config(case: Case) -> Iterator[Problem]:
    if case.collector in _INJECTED and case.collector not in case.around.config.collectors:
        yield Problem(_KIND, f"katib-config has no collector of kind {case.collector}.")


@refused(
    "collector-file",
    "A File collector reads one file, given by its absolute path, as TEXT or JSON.",
    "Set source.fileSystemPath: {kind: File, path: /…, format: TEXT}.",
)
def collector_file(case: Case) -> Iterator[Problem]:
    if case.collector != "File":
        return
    where = case.source.get("fileSystemPath") or {}
    yield from _path_problems(where, "File")
    if where.get("format") not in ("TEXT", "JSON"):
        yield Problem((*_PATH, "format"), f"the format is {where.get('format', '')!r}.")
    if where.get("format") == "JSON" and "filter" in case.source:
        yield Problem(_FILTER, "JSON lines take no filter.", "Remove the filter.", at_key=True)


@refused(
    "collector-tfevent",
    "A TensorFlowEvent collector reads a directory, given by its absolute path, without format.",
    "Set source.fileSystemPath: {kind: Directory, path: /…}.",
)
def collector_tfevent(case: Case) -> Iterator[Problem]:
    if case.collector != "TensorFlowEvent":
        return
    where = case.source.get("fileSystemPath") or {}
    yield from _path_problems(where, "Directory")
    if where.get("format"):
        yield Problem((*_PATH, "format"), f"the format is {where['format']!r}.", "Remove it.")


@refused(
    "collector-prometheus",
    "A PrometheusMetric collector asks a port by its number and a path that starts with '/'.",
    "Set source.httpGet: {port: 8080, path: /metrics}.",
)
def collector_prometheus(case: Case) -> Iterator[Problem]:
    if case.collector != "PrometheusMetric":
        return
    get, path = case.source.get("httpGet") or {}, (*_SPEC, "source", "httpGet")
    port = str(get.get("port", ""))
    if not re.fullmatch(r"\+?[0-9]{1,18}", port) or int(port) <= 0:
        yield Problem((*path, "port"), f"the port is {port!r}.")
    if not str(get.get("path", "")).startswith("/"):
        yield Problem((*path, "path"), f"the path is {get.get('path')!r}.")


@refused(
    "collector-custom",
    "A Custom collector is a container of yours; its path, where there "
    "is one, is absolute and of kind File or Directory.",
    "Set collector.customCollector, and source.fileSystemPath.kind.",
)
def collector_custom(case: Case) -> Iterator[Problem]:
    if case.collector != "Custom":
        return
    collector = case.spec["metricsCollectorSpec"].get("collector") or {}
    if "customCollector" not in collector:
        yield Problem((*_SPEC, "collector"), "there is no customCollector.", at_key=True)
    if "fileSystemPath" in case.source:
        where = case.source["fileSystemPath"]
        kind = where.get("kind") if where.get("kind") in ("File", "Directory") else "File"
        yield from _path_problems(where, kind)


@refused(
    "filter",
    "metricsFormat holds regular expressions of Go with two groups in brackets, "
    "the metric's name and its value. (For StdOut and Push the webhook does not look.)",
    "Write for example ([\\w-]+): *([+-]?[0-9.]+).",
)
def filter_refused(case: Case) -> Iterator[Problem]:
    if case.collector not in _NOT_CHECKED:
        yield from _filter_problems(case)


@broken(
    "filter-stdout",
    "For StdOut the webhook does not look at metricsFormat; one that does "
    "not compile, or lacks two groups, ends the collector and with it every trial.",
    "Write for example ([\\w-]+): *([+-]?[0-9.]+).",
)
def filter_stdout(case: Case) -> Iterator[Problem]:
    if case.collector == "StdOut":
        yield from _filter_problems(case)


@broken(
    "filter-semicolon",
    "Katib joins the filters with ';' to one argument, and splits them there again.",
    "Write \\x3b for ';'.",
    only_on_katib=True,
)
def filter_semicolon(case: Case) -> Iterator[Problem]:
    for index, pattern in enumerate(case.filters):
        if ";" in pattern:
            yield Problem((*_FILTER, "metricsFormat", index), f"the filter {pattern!r} has a ';'.")


@broken(
    "filter-no-match",
    "A filter whose first group cannot be the metric's name never finds "
    "it: every trial ends as MetricsUnavailable.",
    "Widen the first group, for example to ([\\w-]+).",
)
def filter_no_match(case: Case) -> Iterator[Problem]:
    groups = [_first_group(pattern) for pattern in case.filters]
    readable = [group for group in groups if group is not None]
    if not case.filters or len(readable) < len(groups) or not case.metrics[0]:
        return
    if not any(group.fullmatch(case.metrics[0]) for group in readable):
        yield Problem(
            (*_FILTER, "metricsFormat", 0),
            f"no filter can find the objective metric {case.metrics[0]!r}.",
        )


@poor(
    "filter-python",
    "Katib reads this filter; `eegtune run` uses Python's expressions, which have no counterpart "
    "of a part of it.",
    "Write it without \\p, the flag U and repeats of ^, $ and \\b.",
)
def filter_python(case: Case) -> Iterator[Problem]:
    for index, pattern in enumerate(case.filters):
        try:
            check_go(pattern)
        except ValueError:
            continue
        try:
            compile_go(pattern)
        except ValueError as error:
            path = (*_FILTER, "metricsFormat", index)
            yield Problem(path, f"{str(error).rstrip('.')}.")


def _path_problems(where: dict[str, str], kind: str) -> Iterator[Problem]:
    if where.get("kind") != kind:
        yield Problem(
            (*_PATH, "kind"), f"the path's kind is {where.get('kind', '')!r}, not {kind}."
        )
    if not where.get("path", "").startswith("/"):
        yield Problem((*_PATH, "path"), f"the path {where.get('path', '')!r} is not absolute.")


def _filter_problems(case: Case) -> Iterator[Problem]:
    for index, pattern in enumerate(case.filters):
        path = (*_FILTER, "metricsFormat", index)
        try:
            check_go(pattern)
        except ValueError as error:
            yield Problem(path, f"{str(error).rstrip('.')}.")
            continue
        if not any(_TWO_GROUPS.search(line) for line in pattern.split("\n")):
            yield Problem(path, f"the filter {pattern!r} has not two groups in brackets.")


def _without_properties(pattern: str) -> str:
    """Replace Unicode classes, which Go knows and Python's `re` does not, by any class."""
    return re.sub(r"(?<!\\)\\[pP](\{\^?\w+\}|[A-Z])", r"\\w", pattern)


def _first_group(pattern: str) -> re.Pattern[str] | None:
    """Return the first group of a filter as an expression of its own; None where it is unclear."""
    start = pattern.find("(")
    depth, index = 0, start
    if start < 0 or "\\(" in pattern or "[" in pattern[:start]:
        return None
    while index < len(pattern):
        character = pattern[index]
        index += 2 if character == "\\" else 1
        depth += (character == "(") - (character == ")")
        if depth == 0:
            break
    try:
        return compile_go(_without_properties(pattern[start:index]))
    except ValueError:
        return None


RULES = (
    collector_kind,
    collector_config,
    collector_file,
    collector_tfevent,
    collector_prometheus,
    collector_custom,
    filter_refused,
    filter_stdout,
    filter_semicolon,
    filter_no_match,
    filter_python,
)
