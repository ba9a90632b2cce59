"""`eegtune dashboard RUN`: the run in a browser, with optuna-dashboard, while it goes on."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import ExitCode, fail, told_to_the_user
from eegtune.cli.runs import find_run, run_argument


@click.command("dashboard")
@run_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8080,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option("--open", "shall_open", is_flag=True, help="Open a browser on it.")
def command(run: Path, host: str, port: int, shall_open: bool) -> None:
    """Show the run in the folder RUN in a browser; it may be running.

    The page follows the run and changes nothing in it. Ctrl-C ends the page, not the run.
    """  # fmt: skip
    with told_to_the_user():
        from eegtune.cli.dashboard_server import open_dashboard

        folder = find_run(run)
        try:
            server = open_dashboard(folder, host, port)
        except ModuleNotFoundError as error:
            if error.name != "optuna_dashboard":
                raise
            fail(
                "optuna-dashboard is not installed; pip install 'eegtune[track]'",
                ExitCode.FAILED,
            )
        except OSError as error:
            fail(
                f"cannot listen on {host}:{port} ({error.strerror}); choose another --port, "
                "0 takes a free one",
                ExitCode.FAILED,
            )
        with server:
            click.echo(f"{folder} is shown at {server.address}; Ctrl-C ends the page, not the run")
            if shall_open:
                click.launch(server.address)
            server.serve_forever()
