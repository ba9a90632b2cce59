"""`eegtune replay TABLE`: compare strategies on a recorded table, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from eegtune.cli.errors import told_to_the_user
from eegtune.cli.runs import format_option, open_run, print_json

if TYPE_CHECKING:
    from eegtune.search.recorded import RecordedTable
    from eegtune.search.replaying import Replay, Search
    from eegtune.search.simulation import Limits

_WITH_RESOURCE = ("asha", "auto", "bohb", "hyperband", "pbt")


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
@click.option(
    "--metric",
    metavar="NAME[:max|:min]",
    help="What is optimized; by default a run's objective, a table's first metric, minimized "
    "where it is a loss, an error, a time or memory.",
)
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
        recorded, own_metric = _read(table)
        metric = metric or own_metric
        limits = _limits(slots, trials, failures, resource)
        searches = [_search(recorded, name, metric, limits, settings) for name in algorithms]
        found = _replay_all(recorded, searches, seeds)
        if output == "json":
            print_json([asdict(each) for each in found])
        else:
            _print(recorded, searches, found)


def _limits(slots: int, trials: int, failures: float, resource: str | None) -> Limits:
    from eegtune.search.simulation import Limits

    return Limits(slots, trials, None, failures, resource)


def _search(
    table: RecordedTable,
    algorithm: str,
    metric: str | None,
    limits: Limits,
    settings: Sequence[str],
) -> Search:
    from eegtune.search.replaying import Search, read_goal

    name, maximize = read_goal(metric, table)
    given = dict(item.partition("=")[::2] for item in settings)
    if limits.resource and algorithm in _WITH_RESOURCE:
        given["resource"] = limits.resource
    return Search(algorithm, name, maximize, limits, given)


def _replay_all(table: RecordedTable, searches: Sequence[Search], seeds: int) -> list[Replay]:
    from eegtune.search.replaying import replay

    return [replay(table, search, seed) for search in searches for seed in range(seeds)]


def _read(path: Path) -> tuple[RecordedTable, str | None]:
    """Return the table, and the objective where it is known."""
    from eegtune.search.recorded import read_table, table_of_trials

    if path.is_file():
        return read_table(path.read_text().splitlines()), None
    with open_run(path) as store:
        trials = [record.trial for record in store.trials()]
        objective = store.experiment.spec.objective
        metric = f"{objective.objective_metric_name}:{objective.type}"
        return table_of_trials(store.experiment, trials), metric


def _print(table: RecordedTable, searches: Sequence[Search], found: Sequence[Replay]) -> None:
    metric = searches[0].metric
    goal = "maximized" if searches[0].maximize else "minimized"
    count = len(table.all_means(metric))
    click.echo(f"{count} recorded configurations, metric {metric}, {goal}")
    click.echo("chosen configuration: recorded mean (place in %), medians over seeds")
    click.echo(f"{'algorithm':<22}{'at 1/4':>18}{'at 1/2':>18}{'at the end':>18}{'hours':>9}")
    for search in searches:
        own = [each for each in found if each.algorithm == search.algorithm and each.chosen]
        cells = ""
        for place in range(min((len(each.chosen) for each in own), default=0)):
            value = median(each.chosen[place] for each in own)
            rank = median(each.ranks[place] for each in own)
            cells += f"{f'{value:.4g} ({rank:.2g} %)':>18}"
        hours = median(each.seconds for each in own) / 3600 if own else 0.0
        click.echo(f"{search.algorithm:<22}{cells}{hours:>9.2g}")
