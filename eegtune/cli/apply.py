"""`eegtune apply RUN --to FILE`: write the best configuration into a file of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import open_run, run_argument


@click.command("apply")
@run_argument
@click.option(
    "--to", "file", required=True, type=click.Path(path_type=Path),
    help="The file: .yaml, .json, .toml or .py.",
)  # fmt: skip
@click.option("--trial", help="Another trial than the best one.")
@click.option(
    "--map", "mapping", multiple=True, metavar="PARAMETER=PATH",
    help="Where a value belongs, e.g. learning_rate=optim.lr; may be repeated.",
)  # fmt: skip
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
def command(run: Path, file: Path, trial: str | None, mapping: tuple[str, ...], yes: bool) -> None:
    """Write the best configuration of the run in RUN into your own FILE.

    Values go where a key has the parameter's name (learning_rate, learning-rate, LEARNING_RATE);
    everything else of the file stays as it is. What changes is shown first.
    """  # fmt: skip
    with told_to_the_user():
        from eegtune.report.exports.applying.apply import apply_values

        values = _values(run, trial)
        before = file.read_bytes().decode("utf-8")
        applied = apply_values(values, before, str(file), _mapping(mapping))
        _print(applied.diff)
        for name in applied.missing:
            note = f"{file} has no {name} (best: {values[name]}); --map {name}=PATH says where"
            click.echo(note, err=True)
        if not applied.diff:
            click.echo(f"{file} stays as it is")
        elif yes or _is_agreed(file):
            from eegtune.report.write import replace_file

            replace_file(file, applied.text)
            click.echo(f"{file} is written")


def _values(run: Path, trial: str | None) -> dict[str, int | float | bool | str]:
    from eegtune.execution.best import chosen_trial
    from eegtune.execution.summary import find_trial
    from eegtune.report.exports.typed import typed_values

    with open_run(run) as store:
        experiment, records = store.experiment, store.trials()
    if trial is not None:
        found = find_trial(records, trial).trial
    else:
        chosen = chosen_trial(experiment, (record.trial for record in records))
        if chosen is None:
            fail(f"{run}: no trial has a result yet", ExitCode.FAILED)
        found = chosen
    return typed_values(experiment, found.assignments)


def _mapping(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ValueError(f"--map is {text!r}; expected PARAMETER=PATH")
        pairs[name] = path
    return pairs


def _print(diff: str) -> None:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in diff.splitlines():
        click.secho(line, fg=colours.get(line[:1]))


def _is_agreed(file: Path) -> bool:
    import sys

    if not sys.stdin.isatty():
        click.echo(f"{file} is not written; --yes writes it")
        return False
    return click.confirm(f"Write {file}?")
