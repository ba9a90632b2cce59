"""`eegtune predict RUN RECORDING`: what the model that a run has kept says of a recording."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import find_run


@click.command("predict")
@click.argument("run")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--format", "output_format", type=click.Choice(("csv", "json")), default="csv",
    show_default=True, help="How to write it.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE",
              help="Write into a file.  [default: standard output]")  # fmt: skip
@click.option(
    "--step-seconds", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
    help="Distance of the windows' starts.  [default: as in training]",
)  # fmt: skip
@click.option("--events", metavar="A,B", default="",
              help="Take the windows after events of these names.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    run: str,
    recording: Path,
    output_format: str,
    output: Path | None,
    step_seconds: float | None,
    events: str,
) -> None:
    """Say how likely each class is in each window of RECORDING.

    RUN is a run's folder or its name below runs/, the folder of a model, or s3://bucket/prefix
    where `eegtune evaluate --to` has put one. `eegtune evaluate` leaves the model, with its
    preprocessing; the recording is read, filtered, resampled and cut as the training data were.
    It must have all channels of the training data, which are found by name; other channels are
    ignored. Names of people are neither read from its header nor printed.

    A model is read with joblib or torch: take only those of people you trust.

    Exit codes: 0 done, 1 the recording or the model cannot be used, 2 wrong input.
    """
    with told_to_the_user(), _model_folder(run) as model:
        words = ["predict", str(model), str(recording), f"--format={output_format}"]
        words += [f"--output={output}"] if output else []
        words += [f"--step_seconds={step_seconds}"] if step_seconds else []
        words += [f"--events={events}"] if events else []
        done = subprocess.run([sys.executable, "-m", "trial_runner", *words], check=False)
    context.exit(done.returncode)


@contextmanager
def _model_folder(run: str) -> Iterator[Path]:
    from eegtune.report.evaluation.final_model import FACTS, MODEL

    if run.startswith("s3://"):
        with tempfile.TemporaryDirectory(prefix="eegtune-model-") as folder:
            _fetch(run, Path(folder))
            yield Path(folder)
        return
    found = find_run(Path(run))
    if (found / FACTS).is_file():
        yield found
    elif (found / MODEL / FACTS).is_file():
        yield found / MODEL
    else:
        fail(
            f"{found} has no model yet; `eegtune evaluate {run}` trains the best configuration "
            "on all training data, scores it on the test data and leaves it there",
            ExitCode.USAGE,
        )


def _fetch(address: str, folder: Path) -> None:
    """Bring a model here: its facts, then the files that these name."""
    from eegtune.cluster.summary.storage import StorageError, connect, get_file, parse_destination
    from eegtune.report.evaluation.final_model import FACTS, MODEL

    place = parse_destination(address)
    try:
        client = connect()
        prefix = "" if get_file(client, place, FACTS, folder / FACTS) else f"{MODEL}/"
        if prefix and not get_file(client, place, f"{prefix}{FACTS}", folder / FACTS):
            fail(f"{place} holds no model (no {MODEL}/{FACTS})", ExitCode.USAGE)
        for name in json.loads((folder / FACTS).read_text(encoding="utf-8"))["files"]:
            if not get_file(client, place, f"{prefix}{name}", folder / Path(name).name):
                fail(f"{place} lacks {prefix}{name}: the model is not complete", ExitCode.FAILED)
    except StorageError as error:
        fail(str(error), ExitCode.FAILED)
