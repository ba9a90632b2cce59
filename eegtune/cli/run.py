"""`eegtune run FILE`: run an Experiment on this machine, or go on with one."""

from __future__ import annotations

import re
import shlex
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import ExitCode, told_to_the_user

if TYPE_CHECKING:
    from eegtune.execution.observer import Observer
    from eegtune.execution.run import RunOptions, RunResult
    from eegtune.spec import Experiment

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)?")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_SIGINT = 2


def parse_time(
    context: click.Context | None, parameter: click.Parameter | None, text: str | None
) -> float | None:
    """Return the seconds of a time such as `90s`, `30m`, `8h`; a number alone is seconds.

    >>> parse_time(None, None, "1.5h")
    5400.0

    Raises:
        click.BadParameter: It is not a time.
    """
    if text is None:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None or float(match.group(1)) == 0:
        raise click.BadParameter(f"{text!r} is not a time such as 90s, 30m, 8h")
    return float(match.group(1)) * _SECONDS[match.group(2) or "s"]


@click.command("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the run; default runs/NAME.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Start anew; an earlier run in the folder is moved aside, not deleted.",
)
@click.option(
    "--parallel",
    type=click.IntRange(1),
    metavar="N",
    help="How many trials at once, instead of parallelTrialCount.",
)
@click.option(
    "--max-trials",
    type=click.IntRange(1),
    metavar="N",
    help="How many trials in all, instead of maxTrialCount.",
)
@click.option(
    "--timeout",
    metavar="TIME",
    callback=parse_time,
    help="Stop after a time such as 90s, 30m, 8h; the run can go on later.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change the Experiment, e.g. spec.objective.goal=0.95; may be repeated.",
)
@click.option(
    "--strict-resources",
    is_flag=True,
    help="Refuse trials that ask for more than this machine has.",
)
@click.option(
    "--runtime",
    type=click.Choice(["process", "container", "docker", "podman", "nerdctl"]),
    default="process",
    show_default=True,
    help="What runs trials here: processes, or containers of the template's image with whichever "
    "of docker, podman and nerdctl is there.",
)
@click.option(
    "--mount",
    "mounts",
    multiple=True,
    metavar="VOLUME=FOLDER",
    help="A folder of this machine for a volume of the template, with --runtime; may be repeated.",
)
@click.option(
    "--on",
    "place",
    type=click.Choice(["here", "kubernetes", "katib"]),
    default="here",
    show_default=True,
    help="Where trials run: processes here, Jobs of a cluster, or Katib.",
)
@click.option("--context", "kube_context", help="The kubeconfig's context, for --on.")
@click.option("--namespace", "-n", help="Where trials run, for --on; default the context's.")
@click.option("--detach", is_flag=True, help="With --on kubernetes: leave it to a Job there.")
@click.option("--to", "destination", metavar="S3", help="With --detach: results at s3://bucket/…")
@click.option(
    "--strict-katib",
    is_flag=True,
    help="Do as Katib does where eegtune differs on purpose: join a command's words for a shell, "
    "do not count trials without metrics when new ones are started, let running trials end.",
)
@click.option("--no-report", is_flag=True, help="Write no report at the end.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.pass_context
def command(
    context: click.Context,
    file: Path,
    folder: Path | None,
    fresh: bool,
    parallel: int | None,
    max_trials: int | None,
    timeout: float | None,
    overrides: tuple[str, ...],
    strict_resources: bool,
    runtime: str,
    mounts: tuple[str, ...],
    strict_katib: bool,
    place: str,
    kube_context: str | None,
    namespace: str | None,
    detach: bool,
    destination: str | None,
    no_report: bool,
    quiet: bool,
) -> None:
    """Run the Experiment of FILE, or go on with one that was interrupted.

    Everything is kept in the run's folder. The same command goes on where an earlier one
    stopped, also after a crash or a kill; trials that were running are run again.

    Exit codes: 0 done, 1 the Experiment failed, 2 wrong input, 130 interrupted (Ctrl-C).
    """  # fmt: skip
    from eegtune.cli.checkpoints import tidy_checkpoints

    with told_to_the_user():
        experiment = _read(file, overrides, parallel, max_trials)
        folder = folder or Path("runs") / experiment.name
        if detach or destination:
            from eegtune.cli.on_kubernetes import start_detached

            if place != "kubernetes" or not detach:
                raise ValueError("--detach goes with --on kubernetes, and --to with --detach")
            start_detached(experiment, context=kube_context, namespace=namespace,
                           destination=destination)  # fmt: skip
            context.exit(0)
        if place == "katib":
            from eegtune.cli.on_katib import run_on_katib

            context.exit(run_on_katib(experiment, folder, kube_context, namespace, quiet=quiet))
        options = _options(fresh, timeout, strict_resources, strict_katib)
        if place == "kubernetes":
            from eegtune.cli.on_kubernetes import run_jobs

            result = run_jobs(experiment, folder, options, quiet=quiet,
                              context=kube_context, namespace=namespace)  # fmt: skip
        else:
            from eegtune.execution.preflight import check

            in_containers = None if runtime == "process" else runtime
            check(experiment, has_images=in_containers is not None)
            options = replace(options, runtime=in_containers, mounts=_pairs(mounts))
            result = _run(experiment, folder, options, quiet)
        if not no_report:
            _write_report(folder, result)
        tidy_checkpoints(folder, result, quiet=quiet)
        if not quiet:
            from eegtune.cli.ending import print_ending

            print_ending(experiment, folder, result, _to_go_on(context))
    context.exit(_exit_code(result))


def _read(
    file: Path, overrides: tuple[str, ...], parallel: int | None, max_trials: int | None
) -> Experiment:
    from eegtune.cli.overrides import apply_overrides
    from eegtune.spec import load_experiment, load_experiment_text

    if overrides:
        text = apply_overrides(file.read_text("utf-8"), overrides)
        experiment = load_experiment_text(text, str(file))
    else:
        experiment = load_experiment(file)
    if max_trials is not None:
        at_once = min(experiment.spec.parallel_trial_count, max_trials)
        failed = experiment.spec.max_failed_trial_count
        experiment = experiment.with_spec(
            max_trial_count=max_trials, parallel_trial_count=at_once,
            max_failed_trial_count=None if failed is None else min(failed, max_trials),
        )  # fmt: skip
    if parallel is not None:
        experiment = experiment.with_spec(parallel_trial_count=parallel)
    return experiment


def _options(
    fresh: bool, timeout: float | None, strict_resources: bool, strict_katib: bool
) -> RunOptions:
    from eegtune.execution.loop import LoopOptions
    from eegtune.execution.run import RunOptions

    loop = LoopOptions(timeout_seconds=timeout, strict_katib=strict_katib)
    return RunOptions(loop, fresh, strict_resources)


def _pairs(mounts: tuple[str, ...]) -> dict[str, str]:
    pairs = [mount.partition("=") for mount in mounts]
    for volume, _, place in pairs:
        if not volume or not place or not Path(place).is_dir():
            raise ValueError(f"--mount {volume}={place}: expected VOLUME=FOLDER, a folder here")
    return {volume: place for volume, _, place in pairs}


def _run(experiment: Experiment, folder: Path, options: RunOptions, quiet: bool) -> RunResult:
    from eegtune.cli.interrupts import interruptible
    from eegtune.execution.run import run_experiment

    with interruptible() as interruption, _progress(quiet, folder) as observer:
        return run_experiment(
            experiment, folder, options, observer=observer, interruption=interruption
        )


def _write_report(folder: Path, result: RunResult) -> None:
    """Write the report where there is something new; a run does not fail because of it."""
    import sqlite3

    from eegtune.execution.run_folder import RunFolder
    from eegtune.execution.store import NoRunError

    if not result.ran and RunFolder(folder).report.exists():
        return
    try:
        from eegtune.report import write_report

        write_report(folder)
    except (ImportError, OSError, ValueError, ArithmeticError, NoRunError, sqlite3.Error) as error:
        click.echo(
            f"eegtune: the report could not be written ({error}); the run itself is kept, "
            f"`eegtune report {folder}` tries again",
            err=True,
        )


def _progress(quiet: bool, folder: Path) -> AbstractContextManager[Observer]:
    import sys
    from contextlib import nullcontext

    from eegtune.execution.observer import Silence

    if quiet:
        return nullcontext(Silence())
    if not sys.stdout.isatty():
        from eegtune.cli.plain_progress import PlainProgress

        return nullcontext(PlainProgress())
    from eegtune.cli.live_progress import LiveProgress

    return LiveProgress(folder)


def _to_go_on(context: click.Context) -> str:
    import sys

    words = [word for word in sys.argv[1:] if word != "--fresh"]
    return shlex.join(["eegtune", *words])


def _exit_code(result: RunResult) -> int:
    from eegtune.execution.records import RunCondition

    if result.signal is not None:
        return int(ExitCode.INTERRUPTED) if result.signal == _SIGINT else 128 + result.signal
    if result.state.condition is RunCondition.FAILED or result.best is None:
        return int(ExitCode.FAILED)
    return int(ExitCode.DONE)
