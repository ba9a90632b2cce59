"""Ranking by several losses: non-dominated fronts, crowding, hypervolume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def front_mask(losses: Array) -> Mask:
    """Return which rows no other row dominates, shape (n,); equal rows keep each other.

    Args:
        losses: Shape (n, m), small is good.
    """
    places = np.lexsort(losses.T[::-1])
    ordered = losses[places]
    kept = np.zeros(len(losses), dtype=bool)
    alive = np.arange(len(ordered))
    # In lexicographic order a row is dominated by earlier rows only.
    while len(alive):
        first = ordered[alive[0]]
        kept[places[alive[0]]] = True
        rest = alive[1:]
        worse = (ordered[rest] >= first).all(axis=1) & (ordered[rest] > first).any(axis=1)
        alive = rest[~worse]
    return kept


def select_elite(losses: Array, count: int) -> NDArray[np.intp]:
    """Return the numbers of the best rows: whole fronts, the last one by crowding distance."""
    left = np.arange(len(losses))
    chosen: list[NDArray[np.intp]] = []
    missing = min(count, len(losses))
    while missing > 0:
        front = left[front_mask(losses[left])]
        if len(front) > missing:
            order = np.argsort(-crowding(losses[front]), kind="stable")
            front = front[order[:missing]]
            chosen.append(front)
            break
        chosen.append(front)
        missing -= len(front)
        left = np.setdiff1d(left, front, assume_unique=True)
    return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.intp)


def crowding(losses: Array) -> Array:
    """Return how much room each row of a front has around it, shape (n,)."""
    distance = np.zeros(len(losses))
    for column in losses.T:
        order = np.argsort(column, kind="stable")
        spread = column[order[-1]] - column[order[0]]
        distance[order[0]] = distance[order[-1]] = np.inf
        if spread > 0 and len(order) > 2:
            distance[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / spread
    return distance


def hypervolume(losses: Array, reference: Array) -> float:
    """Return the volume that rows dominate below a reference point (exact, by slicing)."""
    inside = losses[(losses < reference).all(axis=1)]
    if not len(inside):
        return 0.0
    front = np.unique(inside[front_mask(inside)], axis=0)
    if front.shape[1] == 1:
        return float(reference[0] - front[:, 0].min())
    if front.shape[1] == 2:
        right = np.concatenate([front[1:, 0], reference[:1]])
        return float(((right - front[:, 0]) * (reference[1] - front[:, 1])).sum())
    volume, last = 0.0, len(front)
    order = np.argsort(front[:, -1])
    front = front[order]
    for number in range(last):
        upper = front[number + 1, -1] if number + 1 < last else reference[-1]
        height = upper - front[number, -1]
        if height > 0:
            volume += height * hypervolume(front[: number + 1, :-1], reference[:-1])
    return volume
