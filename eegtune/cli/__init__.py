"""The `eegtune` command: a table of commands, each in a module that is imported when used.

The table holds the one-line help too, so that `eegtune --help` imports no command.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

import click

from eegtune import __version__


class Entry(NamedTuple):
    """Where a command is and what it does; the module has it as `command`."""

    module: str
    help: str


COMMANDS: dict[str, Entry] = {
    "init": Entry("init", "Write an Experiment for a component, or for your own command."),
    "validate": Entry("validate", "Say what Katib would refuse, and what it would break on."),
    "render": Entry("render", "Show the Job, or the pod, that Katib would make of a trial."),
    "convert": Entry("convert", "Write an Experiment for another tool, or read one from it."),
    "run": Entry("run", "Run an Experiment on this machine, or go on with one."),
    "status": Entry("status", "Say how a run stands."),
    "best": Entry("best", "Show the best configuration of a run."),
    "trials": Entry("trials", "List a run's trials."),
    "logs": Entry("logs", "Print what a trial wrote."),
    "dashboard": Entry("dashboard", "Show a run in a browser, also while it goes on."),
    "diff": Entry("diff", "Show what two trials differ in."),
    "ls": Entry("ls", "List runs."),
    "rm": Entry("rm", "Delete a run."),
    "fsck": Entry("fsck", "Check a run's folder and mend it."),
    "scale": Entry("scale", "Change how many trials a run makes, at once and in all."),
    "pause": Entry("pause", "Start no new trials in a run for a while."),
    "resume": Entry("resume", "Start new trials again after a pause."),
    "enqueue": Entry("enqueue", "Add a trial of your own to a run."),
    "apply": Entry("apply", "Write the best configuration into a file of your own."),
    "export": Entry("export", "Write a run as CSV, LaTeX …, or into Optuna, MLflow or W&B."),
    "compare": Entry("compare", "Compare runs or algorithms, with a statistical statement."),
    "reproduce": Entry("reproduce", "Run trials again and compare them bit by bit."),
    "cite": Entry("cite", "Say how to cite eegtune and what a run has used."),
    "report": Entry("report", "Write a run's report and exports again."),
    "evaluate": Entry("evaluate", "Score the default and the best configuration on test data."),
    "predict": Entry("predict", "Say what the model of a run makes of a recording."),
    "plan": Entry("plan", "Say what a budget of time buys: trials, strategy, expected gain."),
    "campaign": Entry("campaign", "Run several Experiments in a row, each on top of the last."),
    "replay": Entry("replay", "Compare strategies on a recorded table, in virtual time."),
    "data": Entry("data", "Name, list, verify, fetch and upload data sets that lie elsewhere."),
    "submit": Entry("submit", "Check an Experiment against a cluster with Katib, and apply it."),
    "watch": Entry("watch", "Follow an Experiment on Katib as if it ran here."),
    "stop": Entry("stop", "End an Experiment on Katib now, and keep its results here."),
    "delete": Entry("delete", "Delete an Experiment from a cluster with Katib."),
    "summarize": Entry("summarize", "Collect what an Experiment on a cluster has found."),
    "katib": Entry("katib", "The same as one group, with scale and the UI's templates."),
    "serve": Entry("serve", "Serve our search or early stopping to Katib."),
    "doctor": Entry(
        "doctor", "Say what is wrong with an Experiment in a cluster, and what to do."
    ),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command's module; None when there is no such command."""
        entry = COMMANDS.get(name)
        if entry is None:
            return None
        command: click.Command = import_module(f"eegtune.cli.{entry.module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table into the help page."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="eegtune")
def application() -> None:
    """Tune EEG pipelines with Katib Experiments, here or on a cluster."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code. The console script's entry point."""
    try:
        result = application.main(arguments, prog_name="eegtune", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return result if isinstance(result, int) else 0
