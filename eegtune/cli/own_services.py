"""What eegtune's own services would say of an Experiment that they are to run in a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from eegtune.spec.finding import Finding, Severity

if TYPE_CHECKING:
    from eegtune.spec.checking import Verdict
    from eegtune.spec.katib_config import KatibConfig


def own_findings(config: KatibConfig, verdict: Verdict) -> Iterator[Finding]:
    """Yield what our search and stopping refuse or lose, where katib-config names our services."""
    spec = verdict.document["spec"]
    checks = (
        ("algorithm", config.suggestions, "eegtune.search", "validate_settings"),
        ("earlyStopping", config.early_stoppings, "eegtune.stopping", "validate_stopping"),
    )
    for key, services, module, function in checks:
        service = services.get((spec.get(key) or {}).get("algorithmName", ""))
        if service is None or service.provider != "eegtune":
            continue
        problem, losses = _ask(verdict, module, function)
        if problem:
            yield _finding(verdict, key, f"eegtune's service would refuse it: {problem}.")
        for loss in losses:
            severity = Severity.BROKEN if "not available" in loss else Severity.POOR
            sentence = loss[:1].upper() + loss[1:].rstrip(".")
            yield _finding(verdict, key, f"{sentence}.", severity)


def _ask(verdict: Verdict, module: str, function: str) -> tuple[str | None, Sequence[str]]:
    """Return why it is refused, and what is lost under Katib."""
    from eegtune.spec.loading import typed_experiment

    try:
        losses = getattr(import_module(module), function)(typed_experiment(verdict))
    except ValueError as error:
        return str(error).rstrip("."), ()
    return None, losses or ()


def _finding(
    verdict: Verdict, key: str, message: str, severity: Severity = Severity.BROKEN
) -> Finding:
    node = verdict.root.nearest(("spec", key, "algorithmName"))
    fix = "Correct the setting or the space, or choose another."
    return Finding(
        "own-search", severity, ("spec", key), message, fix,
        node.line, node.column, node.width, node.shown,
    )  # fmt: skip
