"""Which trial went on from which: rungs of the same configuration, generations of a population."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from eegtune.execution.records import TrialRecord
from eegtune.metrics.observation import finite_number
from eegtune.report.material import value_of
from eegtune.search.algorithms.pbt import GENERATION_LABEL
from eegtune.spec.experiment import Experiment
from eegtune.spec.rendering import PARENT_LABEL


class Node(NamedTuple):
    """A trial in the tree.

    Attributes:
        record: The trial.
        step: Its resource or generation.
        value: Its objective.
    """

    record: TrialRecord
    step: float
    value: float


@dataclass(frozen=True, slots=True)
class Descent:
    """A tree of trials.

    Attributes:
        kind: `rungs` or `generations`.
        step_name: What the steps are: the resource's name, or `generation`.
        nodes: All trials with a value.
        edges: Places in `nodes`: who went on as whom.
    """

    kind: str
    step_name: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def counts(self) -> list[tuple[float, int]]:
        """How many trials each step has."""
        found: dict[float, int] = defaultdict(int)
        for node in self.nodes:
            found[node.step] += 1
        return sorted(found.items())

    def ancestors(self, place: int) -> list[int]:
        """Return a node with those before it, the first one first."""
        parents = {child: parent for parent, child in self.edges}
        line = [place]
        while line[0] in parents:
            line.insert(0, parents[line[0]])
        return line


def descent(experiment: Experiment, records: Sequence[TrialRecord]) -> Descent | None:
    """Return the tree of a search that goes on with trials; None where none does."""
    if any(GENERATION_LABEL in record.trial.labels for record in records):
        return _generations(experiment, records)
    name = resource_of(experiment)
    return _rungs(experiment, records, name) if name else None


def resource_of(experiment: Experiment) -> str | None:
    """Return the parameter by which the search shares out its budget; None without one."""
    settings = experiment.spec.algorithm.settings
    name = settings.get("resource") or settings.get("resource_name")
    names = {parameter.name for parameter in experiment.spec.parameters}
    return name if name in names else None


def _rungs(experiment: Experiment, records: Sequence[TrialRecord], name: str) -> Descent | None:
    nodes = []
    for record in records:
        step = finite_number(record.trial.assignments.get(name, ""))
        value = value_of(experiment, record)
        if step is not None and value is not None:
            nodes.append(Node(record, step, value))
    if len({node.step for node in nodes}) < 2:
        return None
    by_configuration: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for place, node in enumerate(nodes):
        by_configuration[_without(node.record.trial.assignments, name)].append(place)
    edges: list[tuple[int, int]] = []
    for places in by_configuration.values():
        first_of_step: dict[float, int] = {}
        for place in places:
            first_of_step.setdefault(nodes[place].step, place)
        line = [first_of_step[step] for step in sorted(first_of_step)]
        edges += pairwise(line)
    return Descent("rungs", name, tuple(nodes), tuple(edges))


def _without(assignments: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, text) for key, text in assignments.items() if key != name))


def _generations(experiment: Experiment, records: Sequence[TrialRecord]) -> Descent | None:
    nodes: list[Node] = []
    place_of: dict[str, int] = {}
    for record in records:
        step = finite_number(record.trial.labels.get(GENERATION_LABEL, ""))
        value = value_of(experiment, record)
        if step is not None and value is not None:
            place_of[record.name] = len(nodes)
            nodes.append(Node(record, step, value))
    edges = tuple(
        (place_of[parent], place)
        for place, node in enumerate(nodes)
        if (parent := node.record.trial.labels.get(PARENT_LABEL, "")) in place_of
    )
    return Descent("generations", "generation", tuple(nodes), edges) if edges else None
