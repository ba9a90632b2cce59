"""Rules on the objective and the names of metrics."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.spec.case import Case
from eegtune.spec.edits import Edit
from eegtune.spec.rules.rule import Problem, broken, poor, refused

_OBJECTIVE = ("spec", "objective")
_TYPES = ("minimize", "maximize")
_DEFAULT_FILTER_NAME = re.compile(r"[\w|-]+", re.ASCII)


@refused("objective", "An Experiment needs an objective.", "Add spec.objective.")
def objective(case: Case) -> Iterator[Problem]:
    if "objective" not in case.spec:
        yield Problem(_OBJECTIVE, "there is no objective.", at_key=True)


@refused(
    "objective-type",
    "The objective is minimized or maximized.",
    "Write `type: maximize` or `type: minimize`.",
)
def objective_type(case: Case) -> Iterator[Problem]:
    found = case.objective.get("type", "")
    if "objective" in case.spec and found not in _TYPES:
        near = next((t for t in _TYPES if found and t.startswith(found.lower()[:3])), None)
        path = (*_OBJECTIVE, "type")
        edit = Edit(path, near) if near else None
        yield Problem(path, f"the objective's type is {found!r}.", edit=edit)


@refused(
    "objective-metric",
    "The objective metric must be named.",
    "Set objectiveMetricName to what the trials print.",
)
def objective_metric(case: Case) -> Iterator[Problem]:
    if "objective" in case.spec and not case.objective.get("objectiveMetricName"):
        yield Problem((*_OBJECTIVE, "objectiveMetricName"), "the objective metric has no name.")


@refused(
    "additional-metric",
    "The objective metric must not be an additional metric too.",
    "Remove it from additionalMetricNames.",
)
def additional_metric(case: Case) -> Iterator[Problem]:
    path = (*_OBJECTIVE, "additionalMetricNames")
    for index, name in enumerate(case.metrics[1:]):
        if name == case.metrics[0]:
            yield Problem((*path, index), f"{name!r} is the objective metric.")


@poor("metric-twice", "A metric listed twice is collected twice.", "Name it once.")
def metric_twice(case: Case) -> Iterator[Problem]:
    seen = set()
    for index, name in enumerate(case.metrics[1:]):
        if name in seen:
            yield Problem((*_OBJECTIVE, "additionalMetricNames", index), f"{name!r} again.")
        seen.add(name)


@broken(
    "strategy",
    "A metric's value is its min, max or latest one; with anything else Katib finds no value.",
    "Write min, max or latest.",
)
def strategy(case: Case) -> Iterator[Problem]:
    for index, entry in enumerate(case.objective.get("metricStrategies") or ()):
        value = entry.get("value", "")
        if value not in ("min", "max", "latest"):
            path = (*_OBJECTIVE, "metricStrategies", index, "value")
            yield Problem(path, f"the strategy of {entry.get('name', '')!r} is {value!r}.")


@poor(
    "strategy-metric",
    "A strategy for a metric that is not collected does nothing.",
    "Correct the name, or add the metric.",
)
def strategy_metric(case: Case) -> Iterator[Problem]:
    known = set(case.metrics)
    for index, entry in enumerate(case.objective.get("metricStrategies") or ()):
        name = entry.get("name", "")
        if name and name not in known:
            path = (*_OBJECTIVE, "metricStrategies", index, "name")
            yield Problem(path, f"no metric is called {name!r}.")


@broken(
    "metric-name",
    "The default filter finds names of letters, digits, '_', '-' and '|' "
    "only: it matches `val/loss=1` as `loss`, so every trial ends as MetricsUnavailable.",
    "Print and name the metric with '_', or give metricsFormat.",
)
def metric_name(case: Case) -> Iterator[Problem]:
    if case.filters or not _reads_text(case):
        return
    for index, name in enumerate(case.metrics):
        if name and not _DEFAULT_FILTER_NAME.fullmatch(name):
            yield Problem(_metric_path(index), f"no line can hold the metric {name!r}.")


@poor(
    "metric-comma",
    "Katib's UI joins its table's cells with commas, so a comma in a name "
    "shifts the columns; a semicolon breaks the collector's arguments.",
    "Use '_'.",
    only_on_katib=True,
)
def metric_comma(case: Case) -> Iterator[Problem]:
    for index, name in enumerate(case.metrics):
        if "," in name or ";" in name:
            yield Problem(_metric_path(index), f"the metric {name!r} has a comma or semicolon.")


def _reads_text(case: Case) -> bool:
    if case.collector == "StdOut":
        return True
    path = case.source.get("fileSystemPath") or {}
    return case.collector == "File" and path.get("format") == "TEXT"


def _metric_path(index: int) -> tuple[str | int, ...]:
    if index == 0:
        return (*_OBJECTIVE, "objectiveMetricName")
    return (*_OBJECTIVE, "additionalMetricNames", index - 1)


RULES = (
    objective,
    objective_type,
    objective_metric,
    additional_metric,
    metric_twice,
    strategy,
    strategy_metric,
    metric_name,
    metric_comma,
)
