"""How much each parameter decides about being among the best trials (PED-ANOVA)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from eegtune.report.columns import Column
from eegtune.report.figures.figure import ACCENT, Figure, NothingToShow, plain, rounded, short
from eegtune.report.material import Material, value_of

_FEWEST_TRIALS = 10
_FEWEST_AMONG_THE_BEST = 10
_SHARE_OF_THE_BEST = 0.1
_FEW_TRIALS = 100
_MOST_BARS = 20


def parameter_importances(material: Material, columns: tuple[Column, ...]) -> dict[str, float]:
    """Return each parameter's importance, largest first; the shares sum to one.

    PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255) as Optuna computes it. Empty where the
    trials say nothing: too few, all with one value, or no parameter that varies.
    """
    values = [value_of(material.experiment, record) for record in material.finished]
    varying = [column.name for column in columns if not column.is_constant]
    if len(values) < _FEWEST_TRIALS or len(set(values)) < 2 or not varying:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    from eegtune.search.study import to_study

    study = to_study(material.experiment, [record.trial for record in material.finished])
    metric = material.metric
    # The evaluator asks what makes its target low, and warns that it does.
    sign = 1.0 if material.experiment.spec.objective.type == "minimize" else -1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(
            get_param_importances(
                study,
                evaluator=PedAnovaImportanceEvaluator(
                    target_quantile=_share_of_the_best(len(values))
                ),
                params=varying,
                target=lambda trial: sign * float(trial.user_attrs[metric]),
            )
        )


def _share_of_the_best(trials: int) -> float:
    """Return which share counts as the best: a tenth, but never so few that chance decides."""
    return min(0.5, max(_SHARE_OF_THE_BEST, _FEWEST_AMONG_THE_BEST / trials))


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
    few = len(material.finished) < _FEW_TRIALS
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
        note=(
            f"With {len(material.finished)} finished trials these shares are rough." if few else ""
        ),
        height_px=max(340, 26 * len(shown) + 30),
    )
