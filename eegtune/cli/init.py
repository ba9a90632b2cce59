"""`eegtune init COMPONENT`: write an Experiment."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from eegtune.spec.generation import Plan

_NOT_IN_HEADER = ("-o", "--output")


@click.command("init")
@click.argument("component", required=False)
@click.option("--algorithm", default="multivariate-tpe", show_default=True)
@click.option("--parameters", metavar="NAME,…", help="Search only these hyperparameters.")
@click.option("--data", metavar="DATA", help="A data set's name, its folder, or s3://bucket/path.")
@click.option("--goal", type=float, help="The objective's value at which the search ends.")
@click.option("--max-trials", type=click.IntRange(1), help="Trials in all; 40, or a grid's size.")
@click.option("--parallel", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--gpus", type=click.IntRange(0), default=0, show_default=True, help="GPUs of a trial."
)
@click.option(
    "--kind",
    type=click.Choice(["Job", "PyTorchJob", "TrainJob"]),
    default="Job",
    show_default=True,
    help="What runs a trial; the others need Kubeflow's training operator or Trainer.",
)
@click.option("--early-stopping", metavar="RULE", help="For example medianstop.")
@click.option("--name", help="The Experiment's name.")
@click.option("--image", help="The trial's image.")
@click.option(
    "--only-katib", is_flag=True, help="Leave out settings that Katib's own services refuse."
)
@click.option(
    "--from-command",
    "user_command",
    metavar="COMMAND",
    help='Tune a command of your own: "python train.py --lr {lr:1e-5..1e-2:log}".',
)
@click.option(
    "--metric",
    default="score",
    show_default=True,
    help="With --from-command: the metric that it prints as NAME=VALUE.",
)
@click.option("--minimize", is_flag=True, help="With --from-command: less of it is better.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; by default standard output.",
)
def command(
    component: str | None, user_command: str | None, output: Path | None, **options: Any
) -> None:
    """Write a commented Experiment for COMPONENT, or for a command of your own.

    \b
    eegtune init linear_probe --algorithm random -o probe.yaml
    eegtune init --image me/train:1 --from-command "python train.py --depth {depth:2..8}"
    """  # noqa: D301 - \b keeps click from joining the lines
    from eegtune.spec.generation import write_plan

    try:
        plan = _plan(component, user_command, options, _header(sys.argv[1:]))
    except (KeyError, ValueError) as error:
        click.echo(f"eegtune: {error.args[0]}", err=True)
        sys.exit(2)
    if output is None:
        click.echo(write_plan(plan), nl=False)
    else:
        _write(plan, output)


def _plan(
    component: str | None, user_command: str | None, options: dict[str, Any], made_by: str
) -> Plan:
    from dataclasses import replace

    from eegtune.spec.generation import plan_for_component, plan_from_command

    if (component is None) == (user_command is None):
        raise ValueError(
            "name a component, or give --from-command; `trial-runner --help` lists them"
        )
    if user_command is not None:
        plan = plan_from_command(
            user_command,
            image=options["image"] or _missing("--image"),
            metric=options["metric"],
            objective_type="minimize" if options["minimize"] else "maximize",
            algorithm=options["algorithm"],
            made_by=made_by,
        )
    else:
        names = [n.strip() for n in (options["parameters"] or "").split(",") if n.strip()]
        plan = plan_for_component(
            component or "",
            options["algorithm"],
            data=options["data"],
            parameters=names,
            gpus=options["gpus"],
            kind=options["kind"],
            made_by=made_by,
        )
    return replace(plan, **_changes(plan, options))


def _changes(plan: Plan, options: dict[str, Any]) -> dict[str, Any]:
    """Return what options change of a plan."""
    return {
        "goal": options["goal"],
        "max_trials": options["max_trials"],
        "parallel": options["parallel"],
        "gpus": options["gpus"],
        "kind": options["kind"],
        "early_stopping": options["early_stopping"],
        "only_katib": options["only_katib"],
        "name": options["name"] or plan.name,
        "image": options["image"] or plan.image,
    }


def _missing(option: str) -> str:
    raise ValueError(f"--from-command needs {option}")


def _write(plan: Plan, output: Path) -> None:
    from dataclasses import replace

    from eegtune.spec.generation import write_plan
    from eegtune.spec.json_schema import FILE_NAME, schema_text

    folder = output.resolve().parent
    schema = next(
        (p / FILE_NAME for p in (folder, *folder.parents[:3]) if (p / FILE_NAME).exists()),
        folder / FILE_NAME,
    )
    reference = Path(os.path.relpath(schema, folder)).as_posix()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        output.write_text(write_plan(replace(plan, schema=reference)), "utf-8")
        is_new = not schema.exists()
        if is_new:
            schema.write_text(schema_text(), "utf-8")
    except OSError as error:
        click.echo(f"eegtune: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
    if is_new:
        click.echo(f"{schema.name}  beside it: with it editors complete and check fields")
    click.echo(f"{output}  try it: eegtune run {output}")


def _header(arguments: Sequence[str]) -> str:
    """Return the command line without where the file goes, for the file's header."""
    kept, skip = [], False
    for argument in arguments:
        if skip or argument.startswith("--output="):
            skip = False
        elif argument in _NOT_IN_HEADER:
            skip = True
        else:
            kept.append(argument)
    return shlex.join(["eegtune", *kept])
