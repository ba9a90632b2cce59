"""`eegtune serve`: the gRPC services that Katib calls."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from eegtune.cluster.katib.server import ServedAt


@click.group()
def command() -> None:
    """Serve our search or early stopping to Katib, over gRPC."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")


_port = "Where to listen."
_workers = "How many calls are answered at once."
_grace = "How long calls under way may take when the server is told to stop."


@command.command()
@click.option("--port", default=6789, show_default=True, help=_port)
@click.option("--workers", default=4, show_default=True, help=_workers)
@click.option("--grace-seconds", default=25.0, show_default=True, help=_grace)
def suggestion(port: int, workers: int, grace_seconds: float) -> None:
    """Answer what to try next."""
    from eegtune.cluster.katib.server import serve_until_told
    from eegtune.cluster.katib.serving import start_suggestion

    serve_until_told(_started(lambda: start_suggestion(port, workers)), grace_seconds)


@command.command("early-stopping")
@click.option("--port", default=6788, show_default=True, help=_port)
@click.option("--workers", default=4, show_default=True, help=_workers)
@click.option("--grace-seconds", default=25.0, show_default=True, help=_grace)
def early_stopping(port: int, workers: int, grace_seconds: float) -> None:
    """Answer which rules stop the next trials, and mark those that were stopped."""
    from eegtune.cluster.katib.server import serve_until_told
    from eegtune.cluster.katib.serving import start_early_stopping

    serve_until_told(_started(lambda: start_early_stopping(port, workers)), grace_seconds)


def _started(start: Callable[[], ServedAt]) -> ServedAt:
    try:
        return start()
    except OSError as error:
        raise click.ClickException(str(error)) from error
