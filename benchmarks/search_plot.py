"""Plots of the search benchmarks: medians with quartiles, one picture a benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import search_objectives
import search_spaces
import search_tables
from search_common import RESULTS, Cache

Budgets = Callable[[str], Sequence[int]]
Groups = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]


def run() -> list[str]:
    """Draw what has been measured; return the files."""
    drawn = []
    for name, panel, module, label in (
        ("tables", "table", search_tables, "rank of the chosen configuration, %"),
        ("objectives", "problem", search_objectives, "hypervolume"),
        ("spaces", "space", search_spaces, "loss above the best"),
    ):
        rows = Cache(name, (panel, "algorithm", "seed")).rows
        if rows:
            few: Mapping[str, Sequence[int]] = getattr(module, "FEW", {})
            budgets = partial(_budgets, few, module.BUDGETS)
            drawn.append(_draw(name, _grouped(rows, panel), budgets, label))
    return drawn


def _budgets(few: Mapping[str, Sequence[int]], usual: Sequence[int], panel: str) -> Sequence[int]:
    return few.get(panel, usual)


def _grouped(rows: Sequence[Mapping[str, Any]], panel: str) -> Groups:
    groups: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        groups.setdefault(row[panel], {}).setdefault(row["algorithm"], []).append(row)
    return groups


def _draw(name: str, groups: Groups, budgets: Budgets, label: str) -> str:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    columns = min(len(groups), 6)
    lines = math.ceil(len(groups) / columns)
    figure, grid = pyplot.subplots(
        lines, columns, figsize=(2.6 * columns + 1, 2.8 * lines), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for axis in grid.flat[len(groups) :]:
        axis.axis("off")
    for axis, (title, algorithms) in zip(grid.flat, groups.items(), strict=False):
        _draw_panel(axis, title, algorithms, budgets(title))
        if name != "objectives":
            axis.set_yscale("log")
    figure.supylabel(label)
    path = RESULTS / f"{name}.png"
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return str(path.relative_to(RESULTS.parent))


def _draw_panel(
    axis: Any,
    title: str,
    algorithms: Mapping[str, Sequence[Mapping[str, Any]]],
    budgets: Sequence[int],
) -> None:
    for place, (algorithm, rows) in enumerate(sorted(algorithms.items())):
        values = np.array([[row[str(budget)] for budget in budgets] for row in rows])
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
        axis.errorbar(
            np.array(budgets) * 1.03**place, middle, (middle - low, high - middle), marker="o",
            markersize=3, capsize=2, linewidth=1, label=f"{algorithm} ({len(rows)})",
        )  # fmt: skip
    axis.set(title=title, xlabel="trials", xticks=budgets, xticklabels=budgets)
    axis.legend(fontsize=6, frameon=False)
