"""`eegtune replay TABLE`: compare strategies on a recorded table, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json

if TYPE_CHECKING:
    from eegtune.search.recorded import RecordedTable
    from eegtune.search.replaying import Replay


@click.command("replay")
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--algorithm",
    "-a",
    "algorithms",
    multiple=True,
    required=True,
    metavar="NAME",
    help="An algorithm; may be given several times.",
)
@click.option("--metric", metavar="NAME[:max]", help="What is optimized; by default the first.")
@click.option("--trials", default=50, show_default=True, help="Trials of each search.")
@click.option("--slots", default=1, show_default=True, help="Trials at once.")
@click.option("--seeds", default=5, show_default=True, help="Searches of each algorithm.")
@click.option("--failures", default=0.0, show_default=True, help="Share of trials that fail.")
@click.option("--resource", metavar="NAME", help="The parameter that is a budget.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting.")
@format_option("text", "json")
def command(
    table: Path,
    algorithms: Sequence[str],
    metric: str | None,
    trials: int,
    slots: int,
    seeds: int,
    failures: float,
    resource: str | None,
    settings: Sequence[str],
    output: str,
) -> None:
    """Replay searches on TABLE: a CSV file of recorded trials, or a run's folder.

    The file has columns `param:NAME`, `metric:NAME` and `seconds`; rows of the same values are
    repetitions. A configuration that is not recorded counts as the nearest one.
    """
    with told_to_the_user():
        from eegtune.search.replaying import replay
        from eegtune.search.simulation import Limits

        recorded = _read(table)
        name, _, direction = (metric or recorded.metrics[0]).partition(":")
        limits = Limits(slots, trials, None, failures, resource)
        given = dict(item.partition("=")[::2] for item in settings)
        found = []
        for algorithm in algorithms:
            takes = algorithm in ("asha", "auto", "bohb", "hyperband", "pbt")
            own = {**given, "resource": resource} if resource and takes else given
            for seed in range(seeds):
                is_max = direction in ("max", "maximize")
                found.append(replay(recorded, algorithm, name, is_max, limits, seed, own))
        if output == "json":
            print_json([asdict(each) for each in found])
        else:
            _print(recorded, algorithms, found, name)


def _read(path: Path) -> RecordedTable:
    from eegtune.search.recorded import read_table, table_of_trials

    if path.is_file():
        return read_table(path.read_text().splitlines())
    with open_run(path) as store:
        trials = [record.trial for record in store.trials()]
        return table_of_trials(store.experiment, trials)


def _print(
    table: RecordedTable, algorithms: Sequence[str], found: Sequence[Replay], metric: str
) -> None:
    from statistics import median

    click.echo(f"{len(table.all_means(metric))} recorded configurations, metric {metric}")
    click.echo("chosen configuration: recorded mean (place in %), medians over seeds")
    click.echo(f"{'algorithm':<22}{'at 1/4':>18}{'at 1/2':>18}{'at the end':>18}{'hours':>9}")
    for algorithm in algorithms:
        own = [each for each in found if each.algorithm == algorithm and each.chosen]
        cells = ""
        for place in range(min((len(each.chosen) for each in own), default=0)):
            value = median(each.chosen[place] for each in own)
            rank = median(each.ranks[place] for each in own)
            cells += f"{f'{value:.4g} ({rank:.2g} %)':>18}"
        hours = median(each.seconds for each in own) / 3600 if own else 0.0
        click.echo(f"{algorithm:<22}{cells}{hours:>9.2g}")
