"""How much of the objective's variance each parameter explains (fANOVA)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eegtune.execution.records import TrialRecord
from eegtune.report.columns import Column
from eegtune.report.figures.figure import ACCENT, Figure, NothingToShow, plain, rounded, short
from eegtune.report.material import Material, value_of

MOST_TRIALS = 150
_FEWEST_TRIALS = 10
_FEW_TRIALS = 50
_TREES = 32
_MOST_BARS = 20


def parameter_importances(material: Material, columns: tuple[Column, ...]) -> dict[str, float]:
    """Return each parameter's share of the objective's variance, largest first; sum one.

    fANOVA (Hutter et al. 2014) as Optuna computes it, on an even sample where there are many
    trials. PED-ANOVA would be faster, but of few trials it says nothing: with 40, where one
    parameter made 97 % of the variance, it gave it 14 %. Empty where the trials say nothing: too
    few, all with one value, or no parameter that varies.
    """
    finished = evenly(material.finished, MOST_TRIALS)
    values = [value_of(material.experiment, record) for record in finished]
    varying = [column.name for column in columns if not column.is_constant]
    if len(values) < _FEWEST_TRIALS or len(set(values)) < 2 or not varying:
        return {}
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    from eegtune.search.study import to_study

    study = to_study(material.experiment, [record.trial for record in finished])
    metric = material.metric
    found = get_param_importances(
        study,
        evaluator=FanovaImportanceEvaluator(n_trees=_TREES, seed=0),
        params=varying,
        target=lambda trial: float(trial.user_attrs[metric]),
    )
    return {name: float(share) for name, share in found.items()}


def evenly(records: Sequence[TrialRecord], most: int) -> tuple[TrialRecord, ...]:
    """Return at most so many trials, spread over the run."""
    if len(records) <= most:
        return tuple(records)
    return tuple(records[position * len(records) // most] for position in range(most))


def importance(material: Material, importances: Mapping[str, float]) -> Figure:
    """Draw importances as bars.

    Raises:
        NothingToShow: There are none.
    """
    if not importances:
        raise NothingToShow(
            f"Importances need at least {_FEWEST_TRIALS} finished trials with different values."
        )
    shown = list(importances.items())[:_MOST_BARS]
    first = shown[0]
    names = [plain(short(name, 24)) for name, _ in shown]
    return Figure(
        key="importance",
        title="What mattered",
        alt="Importance of the parameters: "
        + ", ".join(f"{name} {share:.0%}" for name, share in shown[:5])
        + f". {first[0]} mattered most.",
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "x": [rounded(share) for _, share in shown],
                "y": list(range(len(shown))),
                "text": [f"{share:.0%}" for _, share in shown],
                "customdata": names,
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": ACCENT},
                "hovertemplate": "%{customdata}: %{x:.1%}<extra></extra>",
            }
        ],
        layout={
            "yaxis": {
                "tickvals": list(range(len(shown))),
                "ticktext": names,
                "autorange": "reversed",
                "automargin": True,
                "showgrid": False,
            },
            "xaxis": {"visible": False, "range": [0, first[1] * 1.2]},
            "bargap": 0.35,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        },
        note=_note(len(material.finished)),
        height_px=max(340, 26 * len(shown) + 30),
    )


def _note(trials: int) -> str:
    note = "Share of the variance that a parameter explains (fANOVA)."
    if trials > MOST_TRIALS:
        return f"{note} Computed from an even sample of {MOST_TRIALS} of {trials:,} trials."
    return f"{note} With {trials} trials these shares are rough." if trials < _FEW_TRIALS else note
