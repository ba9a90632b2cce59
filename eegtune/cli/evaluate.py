"""`eegtune evaluate RUN`: default against best configuration on test data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json, run_argument

_SIGINT = 2


@click.command("evaluate")
@run_argument
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    metavar="N",
    help="How often each configuration is trained, with other random seeds.",
)
@click.option(
    "--configuration",
    "named",
    multiple=True,
    metavar="'NAME: A=B, C=D'",
    help="Score the default with these changes too; may be repeated.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 100),
    metavar="K",
    help="Score the K best configurations again on other splits and take the best of these; 1 "
    "takes the search’s.  [default: 5, fewer where that costs more than half of the search]",
)
@click.option(
    "--repeats",
    type=click.IntRange(1, 1000),
    default=4,
    show_default=True,
    metavar="N",
    help="On how many other splits, with --top.",
)
@click.option(
    "--to", "destination", metavar="S3://BUCKET/PREFIX",
    help="Put the final model and its card there too.",
)  # fmt: skip
@click.option("--again", is_flag=True, help="Use test data that were used before.")
@format_option("text", "json")
@click.pass_context
def command(
    context: click.Context,
    run: Path,
    seeds: int,
    named: tuple[str, ...],
    top: int | None,
    repeats: int,
    destination: str | None,
    again: bool,
    output: str,
) -> None:
    """Score the default and the best configuration of the run in the folder RUN.

    Both are trained on all training data with several seeds and scored once on test data that
    the search has not seen, side by side with 95 % intervals. The run keeps a ledger of each use
    of the test data; a second one needs --again. Of a command that is not one of eegtune's
    components, the best and the first trial are repeated instead.

    The best of many noisy scores is best partly by luck. So the best few configurations are
    scored again first, on splits that the search did not use, and the best of these is taken.

    The tuned model stays in the run's folder model/ with its preprocessing, described by
    model_card.md; `eegtune predict RUN RECORDING` uses it.

    Exit codes: 0 done, 1 it failed, 2 wrong input, 130 interrupted (Ctrl-C).
    """  # fmt: skip
    from eegtune.report.evaluation.trials import EvaluationError, EvaluationInterrupted

    with told_to_the_user():
        from eegtune.cli.interrupts import interruptible
        from eegtune.report.evaluation.configurations import parse_named
        from eegtune.report.evaluation.perform import EvaluationOptions, evaluate

        options = EvaluationOptions(
            seeds, again, tuple(parse_named(text) for text in named), top, repeats
        )
        with open_run(run) as store:
            folder = store.folder
        # That it can be written is found out before test data are used.
        put = _storage(destination, folder.experiment) if destination else None
        try:
            with interruptible() as interruption:
                evaluation = evaluate(
                    folder.path, options, interruption=interruption, progress=_progress
                )
        except EvaluationInterrupted as error:
            code = ExitCode.INTERRUPTED if error.signal == _SIGINT else 128 + error.signal
            print(f"eegtune: interrupted. {_KEPT}", file=sys.stderr)
            context.exit(int(code))
        except EvaluationError as error:
            fail(f"{error}. {_KEPT}", ExitCode.FAILED)
        from eegtune.report import write_report

        written = write_report(folder.path, is_run=False)
    from eegtune.cli.scores import as_json, print_scores

    if output == "json":
        print_json(as_json(evaluation))
    else:
        print_scores(evaluation)
        if (folder.path / "model").is_dir():
            click.echo(f"Model: {folder.path / 'model'} (eegtune predict {run} recording.edf)")
        if folder.report in written.files:
            click.echo(f"Report: {folder.report}")
    if put is not None:
        put(folder.path)


def _storage(text: str, experiment: Path) -> Callable[[Path], None]:
    """Return what puts a run's model into S3, once it is known that this can be written."""
    from eegtune.cluster.summary.storage import (
        StorageError,
        connect,
        parse_destination,
        put_files,
    )
    from eegtune.report.evaluation.final_model import model_files

    place = parse_destination(text)

    def put(folder: Path) -> None:
        files = model_files(folder)
        try:
            put_files(client, place, files)
        except StorageError as error:
            fail(f"{error}. {_KEPT}", ExitCode.FAILED)
        click.echo(f"{place}: {len(files)} files", err=True)

    try:
        client = connect()
        put_files(client, place, {experiment.name: experiment})
    except StorageError as error:
        fail(str(error), ExitCode.FAILED)
    return put


_KEPT = "The run and its trials are as they were; a use of test data stays in the ledger"


def _progress(message: str) -> None:
    """Tell what goes on, beside the result."""
    click.echo(message, err=True)
