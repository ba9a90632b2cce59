"""Plots of the search benchmarks: medians with quartiles, one picture a benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import search_objectives
import search_spaces
import search_tables
from search_common import RESULTS, Cache

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
            drawn.append(_draw(name, _grouped(rows, panel), module.BUDGETS, label))
    return drawn


def _grouped(rows: Sequence[Mapping[str, Any]], panel: str) -> Groups:
    groups: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        groups.setdefault(row[panel], {}).setdefault(row["algorithm"], []).append(row)
    return groups


def _draw(name: str, groups: Groups, budgets: Sequence[int], label: str) -> str:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(groups), figsize=(2.6 * len(groups) + 1, 2.8), squeeze=False, layout="constrained"
    )
    for axis, (title, algorithms) in zip(axes[0], groups.items(), strict=True):
        for place, (algorithm, rows) in enumerate(sorted(algorithms.items())):
            values = np.array([[row[str(budget)] for budget in budgets] for row in rows])
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
            at = np.array(budgets) * 1.03**place
            axis.errorbar(
                at, middle, (middle - low, high - middle), marker="o", markersize=3, capsize=2,
                linewidth=1, label=f"{algorithm} ({len(rows)})",
            )  # fmt: skip
        axis.set(title=title, xlabel="trials", xticks=budgets, xticklabels=budgets)
        if name != "objectives":
            axis.set_yscale("log")
        axis.legend(fontsize=6, frameon=False)
    axes[0][0].set_ylabel(label)
    path = RESULTS / f"{name}.png"
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return str(path.relative_to(RESULTS.parent))
