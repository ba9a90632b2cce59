"""`eegtune validate FILE…`: say what Katib would refuse, and what it would break on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegtune.spec.katib_config import KatibConfig
    from eegtune.spec.reports import FileReport
    from eegtune.spec.validation import Source


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="text for people, json (one object a document and line), github annotations.",
)
@click.option(
    "--katib-config",
    default="stock",
    metavar="FILE",
    help="Katib's configuration: the ConfigMap katib-config or its content; stock (what "
    "Katib ships, the default) or eegtune (with eegtune's services).",
)
@click.option(
    "--namespace-labels",
    metavar="KEY=VALUE,…",
    help="Labels of the namespace that the Experiment goes to.",
)
@click.option(
    "--against",
    metavar="FILE",
    help="The Experiments as they are in the cluster (kubectl get experiment -o yaml): whether "
    "Katib would accept the change.",
)
@click.option("--fix", is_flag=True, help="Mend in the files what is safe to mend; comments stay.")
@click.option("--quiet", "-q", is_flag=True, help="Leave out what is only poor.")
def command(
    files: Sequence[str],
    form: str,
    katib_config: str,
    namespace_labels: str | None,
    against: str | None,
    fix: bool,
    quiet: bool,
) -> None:
    """Say what Katib would refuse of an Experiment, and what it would admit and then break on.

    FILE may be a folder, or - for standard input. ConfigMaps with trial templates and Namespaces
    in the files are taken into account. Exits with 0 when nothing is worse than poor, with 1
    when something is refused or broken, with 2 when a file cannot be read.
    """
    from eegtune.cli.own_services import own_findings
    from eegtune.spec.finding import SpecError
    from eegtune.spec.reports import exit_code
    from eegtune.spec.validation import expand_names, validate_sources

    config = _config(katib_config)
    names = list(expand_names(files))
    fixed = [_fix(name, config) if fix and name != "-" else 0 for name in names]
    labels = _labels(namespace_labels)
    sources = [_source(name) for name in names]
    before = [_source(against)] if against else []
    try:
        reports = validate_sources(sources, config, labels, before, partial(own_findings, config))
    except SpecError as error:
        raise click.BadParameter(str(error), param_hint="--against") from None
    _print(_shown(reports, quiet, dict(zip(names, fixed, strict=True))), form)
    sys.exit(exit_code(reports))


def _config(name: str) -> KatibConfig:
    from eegtune.spec.finding import SpecError
    from eegtune.spec.katib_config import load_katib_config

    try:
        return load_katib_config(name)
    except (SpecError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--katib-config") from None


def _labels(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [pair.strip().partition("=") for pair in text.split(",") if pair.strip()]
    if not all(equals and key for key, equals, _ in pairs):
        raise click.BadParameter(
            f"{text!r} is not KEY=VALUE,KEY=VALUE", param_hint="--namespace-labels"
        )
    return {key: value for key, _, value in pairs}


def _source(name: str) -> Source:
    from eegtune.spec.files import read_bytes
    from eegtune.spec.finding import SpecError
    from eegtune.spec.validation import Source

    if name == "-":
        return Source("<stdin>", sys.stdin.buffer.read())
    try:
        return Source(name, read_bytes(name))
    except SpecError as error:
        return Source(name, error=error)


def _fix(name: str, config: KatibConfig) -> int:
    from eegtune.spec.finding import SpecError
    from eegtune.spec.validation import fix_source

    source = _source(name)
    if source.error is not None:
        return 0
    try:
        text, count = fix_source(source, config)
    except (SpecError, UnicodeDecodeError):
        return 0
    if count:
        _write(Path(name), text)
    return count


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None


def _shown(reports: Sequence[FileReport], quiet: bool, fixed: dict[str, int]) -> list[FileReport]:
    from dataclasses import replace

    shown = []
    for report in reports:
        findings = tuple(f for f in report.findings if not quiet or f.severity.is_error)
        shown.append(replace(report, findings=findings, fixed=fixed.get(report.source, 0)))
    return shown


def _print(reports: Sequence[FileReport], form: str) -> None:
    from eegtune.spec.reports import as_github, as_json, as_text

    if form == "json":
        lines = as_json(reports)
    elif form == "github":
        lines = as_github(reports)
    else:
        width = min(max(shutil.get_terminal_size((99, 24)).columns, 60), 110)
        lines = as_text(reports, _paint, width - 1)
    click.echo("\n".join(lines))


def _paint(text: str, style: str) -> str:
    if style in ("bold", "dim"):
        return click.style(text, bold=style == "bold", dim=style == "dim")
    return click.style(text, fg=style)
