"""Plots of the search benchmarks: medians with quartiles, one picture a benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import search_objectives
import search_rungs
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
    rows = Cache("rungs", ("table", "setup", "algorithm", "seed")).rows
    return [*drawn, _draw_rungs(rows)] if rows else drawn


def _budgets(few: Mapping[str, Sequence[int]], usual: Sequence[int], panel: str) -> Sequence[int]:
    return few.get(panel, usual)


def _grouped(rows: Sequence[Mapping[str, Any]], panel: str) -> Groups:
    groups: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        if "policy" in row["algorithm"]:  # `auto` as it was once
            continue
        groups.setdefault(row[panel], {}).setdefault(row["algorithm"], []).append(row)
    return groups


def _draw(name: str, groups: Groups, budgets: Budgets, label: str) -> str:
    figure, axes = _panels(groups)
    names = sorted({algorithm for algorithms in groups.values() for algorithm in algorithms})
    for axis, (title, algorithms) in zip(axes, groups.items(), strict=False):
        _draw_panel(axis, title, algorithms, budgets(title), names)
        if name != "objectives":
            axis.set_yscale("log")
    handles = {text: line for axis in axes for line, text in zip(*_legend(axis), strict=True)}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=len(names))
    return _saved(figure, name, label)


def _legend(axis: Any) -> tuple[Sequence[Any], Sequence[str]]:
    handles, texts = axis.get_legend_handles_labels()
    return handles, texts


def _panels(groups: Groups) -> tuple[Any, list[Any]]:
    """Return a figure and a panel for each group."""
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
    return figure, list(grid.flat)


def _saved(figure: Any, name: str, label: str) -> str:
    """Write a figure; return its path from this folder."""
    figure.supylabel(label)
    path = RESULTS / f"{name}.png"
    figure.savefig(path, dpi=110)
    return str(path.relative_to(RESULTS.parent))


def _draw_rungs(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw what each search has chosen over its training, with random's choice at the end."""
    titled = [{**row, "panel": f"{row['table']}, {row['setup']}"} for row in rows]
    groups = _grouped(titled, "panel")
    figure, axes = _panels(groups)
    shares = np.linspace(0.04, search_rungs.LAST_SHARE, 53)
    for axis, (title, algorithms) in zip(axes, groups.items(), strict=False):
        for algorithm, own in sorted(algorithms.items()):
            name = f"{algorithm} ({len(own)})"
            if algorithm == "random":
                ends = np.array([[row["curve"][-1][1]] for row in own])
                _draw_band(axis, shares, np.tile(ends, len(shares)), f"{name}, all 64", "--")
            else:
                finals = [[search_rungs.final_at(row["curve"], x) for x in shares] for row in own]
                _draw_band(axis, shares, np.array(finals), name, "-")
        axis.axvline(0.25, color="grey", linewidth=0.5)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("share of 64 full trainings")
        axis.legend(fontsize=6, frameon=False)
    return _saved(figure, "rungs", "final loss, decades")


def _draw_band(
    axis: Any, shares: np.ndarray[Any, Any], finals: np.ndarray[Any, Any], label: str, style: str
) -> None:
    """Draw the median from where half of the searches have a choice, and the quartiles."""
    low, middle, high = np.quantile(finals, [0.25, 0.5, 0.75], axis=0, method="nearest")
    (line,) = axis.plot(shares, middle, style, linewidth=1, label=label)
    is_known = np.isfinite(high)
    axis.fill_between(shares, low, high, where=is_known, color=line.get_color(), alpha=0.15)


def _draw_panel(
    axis: Any,
    title: str,
    algorithms: Mapping[str, Sequence[Mapping[str, Any]]],
    budgets: Sequence[int],
    names: Sequence[str],
) -> None:
    for algorithm, rows in sorted(algorithms.items()):
        place = names.index(algorithm)
        values = np.array([[row[str(budget)] for budget in budgets] for row in rows])
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
        axis.errorbar(
            np.array(budgets) * 1.03**place, middle, (middle - low, high - middle), marker="o",
            markersize=3, capsize=2, linewidth=1, color=f"C{place}", label=algorithm,
        )  # fmt: skip
    seeds = sorted({len(rows) for rows in algorithms.values()})
    counted = "–".join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))
    axis.set(xlabel="trials", xticks=budgets, xticklabels=budgets)
    axis.set_title(f"{title}, n {counted}", fontsize=8)
