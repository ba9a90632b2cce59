"""A run in Weights & Biases: one W&B run a trial, in one group; offline unless told otherwise."""

from __future__ import annotations

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

from eegtune.report.exports.mlflow_tracking import Exported
from eegtune.report.exports.tracking import TrackedRun, TrackedTrial, read_tracked


def export_to_wandb(folder: Path, target: Path, *, online: bool = False) -> Exported:
    """Log a run; trials that an earlier export has written into the folder stay as they are.

    Identifiers follow from the run and the trial, so that `wandb sync` doubles nothing either.

    Args:
        folder: The run's folder.
        target: The folder in which W&B makes its folder `wandb`.
        online: Whether to send at once; needs a key.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: W&B is not installed, or refuses.
    """
    try:
        wandb: Any = import_module("wandb")
    except ImportError:
        raise ValueError("W&B is not installed; pip install 'eegtune[track]'") from None
    run = read_tracked(folder)
    target.mkdir(parents=True, exist_ok=True)
    new = [trial for trial in run.trials if not _is_there(target, _identifier(run, trial.name))]
    mode = "online" if online else "offline"
    try:
        for trial in new:
            _log_trial(wandb, run, trial, target, mode)
        if new:
            _log_study(wandb, run, target, mode)
    except wandb.errors.Error as error:
        raise ValueError(f"W&B refuses: {error}") from None
    return Exported(str(target / "wandb"), len(new), len(run.trials) - len(new))


def _identifier(run: TrackedRun, name: str) -> str:
    return hashlib.sha256(f"{run.key}/{name}".encode()).hexdigest()[:16]


def _is_there(target: Path, identifier: str) -> bool:
    return any(target.glob(f"wandb/*run-*-{identifier}"))


def _init(wandb: Any, run: TrackedRun, name: str, target: Path, mode: str, **more: Any) -> Any:
    return wandb.init(
        project=run.material.experiment.name, group=run.key, name=name,
        id=_identifier(run, name), dir=str(target), mode=mode, resume="allow",
        settings=wandb.Settings(silent=True, x_disable_stats=True, x_disable_meta=True,
                                save_code=False, console="off", disable_git=True),
        **more,
    )  # fmt: skip


def _log_trial(wandb: Any, run: TrackedRun, trial: TrackedTrial, target: Path, mode: str) -> None:
    steps: dict[int, dict[str, float]] = {}
    for name, step, value, _ in trial.curve:
        steps.setdefault(step, {})[name] = value
    tags = [trial.status, run.material.experiment.spec.algorithm.algorithm_name]
    with _init(wandb, run, trial.name, target, mode, config=trial.parameters, tags=tags,
               job_type="trial") as logged:  # fmt: skip
        for step, values in sorted(steps.items()):
            logged.log(values, step=step)
        logged.summary.update(trial.metrics)


def _log_study(wandb: Any, run: TrackedRun, target: Path, mode: str) -> None:
    best = run.material.best
    name = f"{run.material.experiment.name}-study"
    with _init(wandb, run, name, target, mode, job_type="study") as logged:
        metrics = run.material.experiment.spec.objective.metric_names
        columns = ["trial", "status", *metrics]
        rows = [[t.name, t.status, *(t.metrics.get(m) for m in metrics)] for t in run.trials]
        logged.log({"trials": wandb.Table(columns=columns, data=rows)})
        if best is not None:
            logged.summary.update({f"best.{n}": v for n, v in best.trial.metrics.items()})
            logged.summary["best_trial"] = best.name
        artefact = wandb.Artifact(run.material.experiment.name, type="eegtune-run")
        for file in run.files:
            artefact.add_file(str(file))
        logged.log_artifact(artefact)
