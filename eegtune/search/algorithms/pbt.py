"""Population based training (Jaderberg et al. 2017), each step of each member a trial.

A member trains up to the next budget, then either goes on or, when it is among the worst of the
population, continues from the checkpoint of one of the best with perturbed parameters. The child
names its parent in a label; only parameters that may change on resume are perturbed. Which member
and generation a trial is stands in its name, because names come back from Katib and labels do
not. A failed or lost step is taken again from a good member.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegtune.search.history import Record, State
from eegtune.search.population import Budgets, explore, read_budgets, read_changeable
from eegtune.search.problem import Problem
from eegtune.search.round import Round
from eegtune.search.sequence import random_point
from eegtune.search.settings import RESOURCE
from eegtune.search.space import Point
from eegtune.spec.rendering import PARENT_LABEL
from eegtune.spec.setting_rules import SettingRule

if TYPE_CHECKING:
    import numpy as np

SETTINGS: tuple[SettingRule, ...] = (
    SettingRule(
        "suggestion_trial_dir", "text", None, "Accepted; checkpoints are found by label.",
        in_katib=True,
    ),
    SettingRule("n_population", "int", 10, "Members.", low=2, in_katib=True),
    SettingRule(
        "truncation_threshold", "float", 0.2, "Share that is replaced, and that is copied.",
        low=0, high=0.5, in_katib=True,
    ),
    SettingRule(
        "resample_probability", "float", 0.25, "How often a changed parameter is drawn anew.",
        low=0, high=1, in_katib=True,
    ),
    SettingRule(
        "may_change", "text", None,
        "Parameters that may change on resume, commas between them; by default all.",
    ),
    SettingRule(
        "resource_step", "float", None, "Budget between generations.", low=0, is_open=True
    ),
    *(rule for rule in RESOURCE if rule.name != "reduction_factor"),
)  # fmt: skip
GENERATION_LABEL = "eegtune.dev/generation"
_KATIB = "pbt.suggestion.katib.kubeflow.org/"
_NAME = re.compile(r"-m(\d+)-g(\d+)$")
_NUMBER = re.compile(r"-(\d{4,})-m\d+-g\d+$")


@dataclass(frozen=True, slots=True)
class Step:
    """One trial as a member's step."""

    member: int
    generation: int
    name: str
    record: Record

    @property
    def loss(self) -> float:
        """Its loss; infinite where there is none."""
        done = self.record.state is State.FINISHED and self.record.violation <= 0
        return self.record.losses[0] if done else math.inf


def check(problem: Problem) -> None:
    """Refuse several objectives and settings that do not fit the space."""
    if len(problem.goals) > 1:
        raise ValueError("algorithm pbt takes one objective")
    read_budgets(problem)
    read_changeable(problem)


def propose(round_: Round) -> None:
    """Add the next step of the members that are furthest behind."""
    import numpy as np

    budgets = read_budgets(round_.problem)
    steps = _read_steps(round_)
    busy: dict[int, int] = {}
    for _ in range(_not_yet_seen(round_, steps)):
        member, generation = _whose_turn(round_.problem, steps, budgets, busy)
        busy[member] = generation
    while round_.is_open:
        member, generation = _whose_turn(round_.problem, steps, budgets, busy)
        busy[member] = generation
        generator = np.random.default_rng(round_.seed("step"))
        _add_step(round_, member, generation, steps, budgets, generator)


def _read_steps(round_: Round) -> list[Step]:
    steps = []
    for record in round_.history.records:
        match = _NAME.search(record.trial.name) if record.trial else None
        if match and record.trial:
            steps.append(Step(int(match[1]), int(match[2]), record.trial.name, record))
    return steps


def _not_yet_seen(round_: Round, steps: list[Step]) -> int:
    """Return how many steps were suggested after the newest one that can be seen.

    Katib asks again before it shows the trials it has just been given; their members run. An
    older trial that cannot be seen is lost, and its step is taken again.
    """
    newest = max((int(m[1]) for s in steps if (m := _NUMBER.search(s.name))), default=-1)
    return min(max(round_.issued - 1 - newest, 0), int(round_.problem.options["n_population"]))


def _whose_turn(
    problem: Problem, steps: list[Step], budgets: Budgets, busy: Mapping[int, int]
) -> tuple[int, int]:
    """Return the member that is furthest behind and does not run, and its next generation."""
    size, first = problem.options["n_population"], 0
    latest: dict[int, int] = {}
    running = set(busy)
    for step in steps:
        if step.record.state is State.PENDING:
            running.add(step.member)
        elif step.record.state is State.FINISHED:
            latest[step.member] = max(latest.get(step.member, -1), step.generation)
    while True:
        members = range(first, first + size)
        open_ = [
            (latest.get(member, -1) + 1, member)
            for member in members
            if member not in running and latest.get(member, -1) < budgets.last
        ]
        if open_:
            generation, member = min(open_)
            return member, generation
        first += size  # all run or are done: another population, so that nothing waits


def _add_step(
    round_: Round,
    member: int,
    generation: int,
    steps: list[Step],
    budgets: Budgets,
    generator: np.random.Generator,
) -> None:
    name = f"{round_.problem.experiment.name}-{round_.index:04d}-m{member}-g{generation}"
    if generation == 0:
        for attempt in range(40):
            drawn = random_point(round_.problem, round_.index, attempt)
            point = round_.admit(budgets.at(drawn, 0))
            if point is not None:
                round_.add(point, _labels(0, ""), name)
                return
        round_.exhaust()
        return
    parent, is_copy = _parent(round_.problem, member, generation, steps, generator)
    point = _next_point(round_, parent, generation, budgets, is_copy, generator)
    round_.add(point, _labels(generation, parent.name), name)


def _parent(
    problem: Problem,
    member: int,
    generation: int,
    steps: list[Step],
    generator: np.random.Generator,
) -> tuple[Step, bool]:
    """Return whose checkpoint is continued, and whether it is another member's."""
    done = [
        s for s in steps if s.generation == generation - 1 and s.record.state is State.FINISHED
    ]
    own = [step for step in done if step.member == member]
    ranked = sorted({step.member: step for step in done}.values(), key=lambda step: step.loss)
    cut = math.ceil(len(ranked) * problem.options["truncation_threshold"])
    failed_before = any(
        s.member == member and s.generation == generation and s.record.state is State.FAILED
        for s in steps
    )
    is_worst = own and own[-1].member in {step.member for step in ranked[len(ranked) - cut :]}
    if cut and len(ranked) > 1 and (is_worst or failed_before or not own):
        chosen = ranked[int(generator.integers(0, max(1, cut)))]
        return chosen, True
    return own[-1], False


def _next_point(
    round_: Round,
    parent: Step,
    generation: int,
    budgets: Budgets,
    is_copy: bool,
    generator: np.random.Generator,
) -> Point:
    """Return the parent's point at the next budget, perturbed where it is another member's."""
    plain = budgets.at(parent.record.point, generation)
    if not is_copy and (round_.admit(plain) is not None or not budgets.raises):
        return plain
    point = plain
    for _ in range(30):
        candidate = budgets.at(explore(round_.problem, plain, generator), generation)
        settled, _ = round_.problem.rules.settle(candidate)
        if not round_.problem.rules.allows(settled):
            continue
        point = settled
        if round_.is_free(point):
            break
    return point


def _labels(generation: int, parent: str) -> dict[str, str]:
    labels = {
        GENERATION_LABEL: str(generation),
        f"{_KATIB}generation": str(generation),
    }
    if parent:
        labels |= {PARENT_LABEL: parent, f"{_KATIB}parent": parent}
    return labels
