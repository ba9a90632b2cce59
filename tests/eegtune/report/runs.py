"""Made-up runs for the tests of the report: values only, no database."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from eegtune.execution.records import RunCondition, RunState, TrialRecord
from eegtune.report.evaluation.results import (
    Comparison,
    ConfigurationResult,
    Evaluation,
    Touch,
)
from eegtune.report.material import Material
from eegtune.spec.experiment import Experiment
from eegtune.spec.trial import Trial, TrialCondition
from trial_runner.scoring.values import Difference, Interval, Score

START = datetime(2026, 1, 31, 12, tzinfo=UTC)

PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": "learning_rate",
        "parameterType": "double",
        "feasibleSpace": {"min": "1e-5", "max": "1e-2", "distribution": "logUniform"},
    },
    {
        "name": "dropout_rate",
        "parameterType": "double",
        "feasibleSpace": {"min": "0", "max": "0.7", "step": "0.05"},
    },
    {
        "name": "hidden_dim",
        "parameterType": "int",
        "feasibleSpace": {"min": "128", "max": "512", "step": "32"},
    },
    {
        "name": "use_hidden",
        "parameterType": "categorical",
        "feasibleSpace": {"list": ["false", "true"]},
    },
    {
        "name": "features",
        "parameterType": "categorical",
        "feasibleSpace": {
            "list": [
                "band_power",
                "slow_potentials",
                "band_power+slow_potentials_baseline+tangent_space",
                "tangent_space",
            ]
        },
    },
    {
        "name": "batch_size",
        "parameterType": "discrete",
        "feasibleSpace": {"list": ["16", "32", "64", "128"]},
    },
    {
        "name": "weight_decay",
        "parameterType": "double",
        "feasibleSpace": {"min": "1e-6", "max": "1e-2", "distribution": "logUniform"},
    },
    {
        "name": "label_smoothing",
        "parameterType": "double",
        "feasibleSpace": {"min": "0", "max": "0.3"},
    },
)


def experiment(
    parameters: tuple[dict[str, Any], ...] = PARAMETERS,
    *,
    command: tuple[str, ...] = ("trial-runner", "linear_probe", "--data=SelfRegulationSCP1"),
    name: str = "linear-probe",
    **spec: Any,
) -> Experiment:
    """Return an Experiment whose trials run a command with every parameter as an argument."""
    words = [f"--{p['name']}=${{trialParameters.{p['name']}}}" for p in parameters]
    return Experiment.model_validate(
        {
            "metadata": {"name": name},
            "spec": {
                "parameters": list(parameters),
                "objective": {
                    "type": "maximize",
                    "objectiveMetricName": "val_auroc",
                    "additionalMetricNames": ["val_accuracy"],
                },
                "algorithm": {"algorithmName": "tpe"},
                "parallelTrialCount": 2,
                "maxTrialCount": 40,
                "trialTemplate": {
                    "primaryContainerName": "trial",
                    "successCondition": "x",
                    "failureCondition": "y",
                    "trialParameters": [
                        {"name": p["name"], "reference": p["name"]} for p in parameters
                    ],
                    "trialSpec": {
                        "apiVersion": "batch/v1",
                        "kind": "Job",
                        "spec": {
                            "template": {
                                "spec": {
                                    "containers": [
                                        {"name": "trial", "command": [*command, *words]}
                                    ]
                                }
                            }
                        },
                    },
                },
                **spec,
            },
        }
    )


def assignments(made: Experiment, rng: random.Random) -> dict[str, str]:
    """Draw a value for every parameter."""
    drawn = {}
    for parameter in made.spec.parameters:
        space = parameter.feasible_space
        if space.values is not None:
            drawn[parameter.name] = rng.choice(space.values)
        elif space.distribution == "logUniform":
            low, high = math.log(float(space.min or 0)), math.log(float(space.max or 0))
            drawn[parameter.name] = repr(math.exp(rng.uniform(low, high)))
        else:
            low, high, step = float(space.min or 0), float(space.max or 0), float(space.step or 0)
            value = rng.uniform(low, high)
            value = low + round((value - low) / step) * step if step else value
            whole = parameter.parameter_type == "int"
            drawn[parameter.name] = str(int(value)) if whole else repr(round(value, 6))
    return drawn


def record(
    number: int,
    values: dict[str, str],
    value: float | None,
    condition: TrialCondition = TrialCondition.SUCCEEDED,
    message: str = "",
) -> TrialRecord:
    """Return a trial that took two seconds."""
    start = START + timedelta(seconds=number)
    metrics = {} if value is None else {"val_auroc": value, "val_accuracy": value - 0.08}
    ended = start + timedelta(seconds=2) if condition.is_completed else None
    trial = Trial(f"trial-{number:04d}", values, condition, metrics, {}, start, ended)
    return TrialRecord(trial, number, 1, condition.value, message)


def quality(values: dict[str, str], rng: random.Random) -> float:
    """Return a score that some parameters decide."""
    score = 0.7 + 0.015 * rng.gauss(0, 1)
    if "learning_rate" in values:
        score -= 0.02 * (math.log10(float(values["learning_rate"])) + 3.2) ** 2
    score += {"band_power": 0.0, "slow_potentials": 0.16, "tangent_space": -0.1}.get(
        values.get("features", ""), 0.2
    )
    return min(score, 0.999)


def material(
    trials: int = 40,
    *,
    failed_every: int = 13,
    made: Experiment | None = None,
    evaluated: bool = False,
    curve_points: int = 12,
    seed: int = 0,
) -> Material:
    """Return a run with curves; every so many trials one failed or was stopped early."""
    rng = random.Random(seed)
    made = made or experiment()
    records, curves = [], {}
    for number in range(trials):
        values = assignments(made, rng)
        value = quality(values, rng)
        if failed_every and number % failed_every == failed_every - 1:
            message = "RuntimeError: CUDA out of memory <b>&amp;</b>\nat line 3"
            records.append(record(number, values, None, TrialCondition.FAILED, message))
            continue
        is_stopped = number % 7 == 6
        condition = TrialCondition.EARLY_STOPPED if is_stopped else TrialCondition.SUCCEEDED
        records.append(record(number, values, value, condition))
        points = curve_points // 2 if is_stopped else curve_points
        if number < 60:
            curves[f"trial-{number:04d}"] = tuple(
                value - 0.2 * math.exp(-step / 3) + 0.005 * rng.gauss(0, 1)
                for step in range(points)
            )
    return Material(
        experiment=made,
        state=RunState(RunCondition.SUCCEEDED, "ExperimentMaxTrialsReached", "", START, START),
        records=tuple(records),
        folder="runs/demo",
        curves=curves,
        evaluations=(evaluation(),) if evaluated else (),
        touches=(Touch(START, ("default", "tuned"), "SelfRegulationSCP1", False),)
        if evaluated
        else (),
    )


def score(value: float, half: float = 0.03) -> Score:
    """Return a score with an interval around it."""
    return Score(Interval(value, value - half, value + half), 0.006)


def evaluation(subjects: int = 1, gain: float = 0.21, kind: Any = "test") -> Evaluation:
    """Return default, tuned and a third configuration side by side."""
    base = {"auroc": 0.69, "accuracy": 0.66, "sensitivity": 0.7, "specificity": 0.62}
    results = [("default", 0.0), ("tuned", gain), ("all features", gain - 0.01)]
    return Evaluation(
        kind=kind,
        time=START,
        seeds=5,
        unit="trial" if subjects == 1 else "subject",
        unit_count=293 if subjects == 1 else subjects,
        trial_count=293,
        subjects=subjects,
        configurations=tuple(
            ConfigurationResult(
                name,
                {"features": "band_power", "learning_rate": "0.001"},
                {metric: score(value + more) for metric, value in base.items()},
                {metric: (value + more,) * 5 for metric, value in base.items()},
            )
            for name, more in results
        ),
        comparisons=tuple(
            Comparison(
                name,
                against,
                {
                    metric: Difference(Interval(d, d - 0.04, d + 0.04), 0.0005 if d > 0.1 else 0.4)
                    for metric in base
                },
            )
            for name, against, d in (
                ("tuned", "default", gain),
                ("tuned", "all features", 0.01),
            )
        ),
        tuning_metric="val_auroc",
        tuning_value=0.93,
        test_metric="auroc",
        maximize=True,
    )
