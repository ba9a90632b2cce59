"""The best configuration for people (YAML by sections) and for programs (JSON)."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from eegtune.execution.records import TrialRecord
from eegtune.report.evaluation.results import TUNED, Evaluation
from eegtune.report.exports.sections import by_section
from eegtune.report.exports.typed import typed_values
from eegtune.report.material import Material, value_of
from eegtune.report.summary import speaks_of_one_person


def best_yaml(material: Material, best: TrialRecord, data_note: str) -> str:
    """Return the best configuration with its scores, by sections."""
    import yaml

    values = typed_values(material.experiment, best.trial.assignments)
    document = {
        "experiment": material.experiment.name,
        "trial": best.name,
        **by_section(values),
        "evaluation": _evaluation(material, best, data_note),
    }
    head = (
        f"# Best configuration of {_one_line(material.experiment.name)}: "
        f"{material.metric} {value_of(material.experiment, best)}\n"
    )
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=99)


def best_json(material: Material, best: TrialRecord, data_note: str) -> dict[str, Any]:
    """Return `{hyperparameters, metadata}`."""
    ended = best.trial.completion_time or material.state.completion_time
    return {
        "hyperparameters": typed_values(material.experiment, best.trial.assignments),
        "metadata": {
            "best_score": value_of(material.experiment, best),
            "timestamp": _iso(ended),
            "metric": material.metric,
            "direction": material.experiment.spec.objective.type,
            "experiment": material.experiment.name,
            "trial": best.name,
            "algorithm": material.experiment.spec.algorithm.algorithm_name,
            "trials": len(material.records),
            **_evaluation(material, best, data_note),
        },
    }


def _evaluation(material: Material, best: TrialRecord, data_note: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "metrics": dict(best.trial.metrics),
        "one_person": speaks_of_one_person(material, data_note),
    }
    evaluation = material.evaluation
    if evaluation is not None:
        key = "test" if evaluation.kind == "test" else "repeats"
        found[key] = {
            **_scores(evaluation),
            "seeds": evaluation.seeds,
            "unit": evaluation.unit,
            "units": evaluation.unit_count,
            "evaluations": len(material.evaluations),
        }
        if evaluation.gap is not None:
            found[key]["gap_tuning_minus_test"] = round(evaluation.gap, 6)
    return found


def _scores(evaluation: Evaluation) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for metric, score in evaluation.configuration(TUNED).scores.items():
        interval = score.interval
        scores[metric] = {"value": round(interval.value, 6)}
        if math.isfinite(interval.low):
            scores[metric]["interval_95"] = [round(interval.low, 6), round(interval.high, 6)]
    return {"scores": scores}


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _one_line(text: str) -> str:
    return " ".join(text.split())
