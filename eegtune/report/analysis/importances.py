"""How much each parameter mattered, and how sure that is.

fANOVA (Hutter et al. 2014): the share of the objective's variance over the whole space. Each tree
of its forest sees a bootstrap of the trials, so the spread over trees is the uncertainty.
PED-ANOVA (Watanabe et al. 2023): which parameters tell the best tenth from the others; its
interval is a bootstrap over trials. Below 100 trials the best tenth is too few to tell.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from eegtune.execution.records import TrialRecord
from eegtune.report.analysis.descent import resource_of
from eegtune.report.columns import Column
from eegtune.report.material import Material, value_of

if TYPE_CHECKING:
    from optuna.importance import BaseImportanceEvaluator
    from optuna.study import Study

MOST_TRIALS = 150
FEWEST_TRIALS = 10
_TREES = 32
_FEWEST_FOR_PED = 100
_PED_SAMPLES = 20


class Share(NamedTuple):
    """A parameter's share, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Importance:
    """How much one parameter mattered.

    Attributes:
        name: The parameter.
        anova: Its share by fANOVA.
        ped: Its share by PED-ANOVA; None with fewer than 100 trials.
    """

    name: str
    anova: Share
    ped: Share | None = None


def importances(material: Material, columns: Sequence[Column]) -> tuple[Importance, ...]:
    """Return each parameter that varied, the most important first; the shares sum to one.

    What a trial was given to run (epochs, data) is no choice between configurations: it is fitted
    with the others, and its share is left out.

    Empty where the trials say nothing: too few, all with one value, or no parameter that varies.
    """
    finished = evenly(material.finished, MOST_TRIALS)
    values = [value_of(material.experiment, record) for record in finished]
    varying = [column.name for column in columns if not column.is_constant]
    chosen = [name for name in varying if name != resource_of(material.experiment)]
    if len(values) < FEWEST_TRIALS or len(set(values)) < 2 or not chosen:
        return ()
    metric = material.metric
    # PED-ANOVA takes small targets to be good; to fANOVA the sign is nothing.
    sign = 1.0 if material.experiment.spec.objective.type == "minimize" else -1.0

    def shares(study: Study, evaluator: BaseImportanceEvaluator) -> Mapping[str, float]:
        from optuna.importance import get_param_importances

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PED-ANOVA warns that it ignores our target
            return get_param_importances(
                study,
                evaluator=evaluator,
                params=varying,
                target=lambda trial: sign * float(trial.user_attrs[metric]),
            )

    by_anova = _summed(chosen, _anova(material, finished, shares))
    by_ped = _summed(chosen, _ped(material, finished, shares))
    found = [Importance(name, by_anova[name], by_ped.get(name)) for name in by_anova]
    return tuple(sorted(found, key=lambda each: -each.anova.value))


def shares_of(found: Sequence[Importance]) -> dict[str, float]:
    """Return each parameter's share by fANOVA, the largest first."""
    return {each.name: each.anova.value for each in found}


def evenly(records: Sequence[TrialRecord], most: int) -> tuple[TrialRecord, ...]:
    """Return at most so many trials, spread over the run."""
    if len(records) <= most:
        return tuple(records)
    return tuple(records[position * len(records) // most] for position in range(most))


Shares = Callable[[Any, Any], Mapping[str, float]]


def _anova(
    material: Material, records: Sequence[TrialRecord], shares: Shares
) -> list[Mapping[str, float]]:
    from optuna.importance import FanovaImportanceEvaluator

    from eegtune.search.study import to_study

    study = to_study(material.experiment, [record.trial for record in records])
    found = []
    for seed in range(_TREES):
        try:
            evaluator = FanovaImportanceEvaluator(n_trees=1, seed=seed)
            found.append(shares(study, evaluator))
        except RuntimeError:  # the tree's bootstrap has one value only
            continue
    return found


def _ped(
    material: Material, records: Sequence[TrialRecord], shares: Shares
) -> list[Mapping[str, float]]:
    import numpy as np
    from optuna.importance import PedAnovaImportanceEvaluator

    from eegtune.search.study import to_study

    if len(records) < _FEWEST_FOR_PED:
        return []
    generator = np.random.default_rng(0)
    found = []
    for _ in range(_PED_SAMPLES):
        places = generator.integers(0, len(records), len(records))
        study = to_study(material.experiment, [records[n].trial for n in places])
        found.append(shares(study, PedAnovaImportanceEvaluator()))
    return found


def _summed(names: Sequence[str], samples: Sequence[Mapping[str, float]]) -> dict[str, Share]:
    import numpy as np

    rows = [[sample.get(name, 0.0) for name in names] for sample in samples]
    rows = [row for row in rows if sum(row) > 0]
    if not rows:
        return {}
    table = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    low, high = np.quantile(table, [0.025, 0.975], axis=0)
    means = table.mean(axis=0)
    return {
        name: Share(float(means[n]), float(low[n]), float(high[n])) for n, name in enumerate(names)
    }
