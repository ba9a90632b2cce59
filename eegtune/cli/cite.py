"""`eegtune cite [RUN]`: how to cite eegtune and what a run has used."""

from __future__ import annotations

from pathlib import Path

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import open_run


@click.command("cite")
@click.argument("run", required=False, type=click.Path(path_type=Path))
def command(run: Path | None) -> None:
    """Print BibTeX for eegtune and Katib, and for the search of the run in RUN."""
    with told_to_the_user():
        from eegtune.report.citing import citations

        algorithm = None
        if run is not None:
            with open_run(run) as store:
                algorithm = store.experiment.spec.algorithm.algorithm_name
        click.echo(citations(algorithm), nl=False)
