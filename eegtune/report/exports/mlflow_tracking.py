"""A run in MLflow: one run for the search, below it one for each trial."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from eegtune.report.exports.tracking import TrackedRun, TrackedTrial, read_tracked

_KEY, _TRIAL, _PARENT = "eegtune.run", "eegtune.trial", "mlflow.parentRunId"
# MLflow would ask for, and print, the address of each run that ends; and it refuses folders as
# stores, which it no longer develops: who names one wants one.
_MANNERS = {"MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}
_AT_ONCE = 4
_STATUS = {"Succeeded": "FINISHED", "EarlyStopped": "FINISHED", "Killed": "KILLED"}


class Exported(NamedTuple):
    """What an export did.

    Attributes:
        place: Where it went.
        added: How many trials are new there.
        known: How many were there already.
    """

    place: str
    added: int
    known: int


def export_to_mlflow(folder: Path, uri: str | None = None) -> Exported:
    """Log a run; trials that an earlier export has logged stay as they are.

    Args:
        folder: The run's folder.
        uri: The tracking server or store; None takes MLflow's own default.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: MLflow is not installed, or refuses.
    """
    try:
        mlflow = import_module("mlflow")
    except ImportError:
        raise ValueError("MLflow is not installed; pip install 'eegtune[track]'") from None
    run = read_tracked(folder)
    try:
        with _manners():
            return _export(mlflow.MlflowClient(tracking_uri=uri), run, uri)
    except mlflow.exceptions.MlflowException as error:
        raise ValueError(f"MLflow refuses: {str(error).splitlines()[0]}") from None


def _export(client: Any, run: TrackedRun, uri: str | None) -> Exported:
    experiment = _experiment_id(client, run.material.experiment.name)
    parent = _parent(client, experiment, run)
    known = _known(client, experiment, run.key)
    new = [trial for trial in run.trials if trial.name not in known]
    # A server answers several requests at once; a database file is written by one.
    at_once = _AT_ONCE if str(uri).startswith("http") else 1
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(partial(_log_trial, client, experiment, parent, run), new):
            pass
    _finish(client, parent, run)
    place = f"{uri or 'MLflow'}, experiment {run.material.experiment.name}, run {parent}"
    return Exported(place, len(new), len(run.trials) - len(new))


@contextmanager
def _manners() -> Iterator[None]:
    """Tell MLflow how to behave; what the user has set stays."""
    new = {name: text for name, text in _MANNERS.items() if name not in os.environ}
    os.environ.update(new)
    try:
        yield
    finally:
        for name in new:
            del os.environ[name]


def _experiment_id(client: Any, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(client.create_experiment(name) if found is None else found.experiment_id)


def _parent(client: Any, experiment: str, run: TrackedRun) -> str:
    text = f"tags.`{_KEY}` = '{run.key}' and tags.`{_TRIAL}` = ''"
    found = client.search_runs([experiment], text)
    if found:
        return str(found[0].info.run_id)
    material = run.material
    tags = {
        _KEY: run.key, _TRIAL: "", "mlflow.runName": material.experiment.name,
        "eegtune.algorithm": material.experiment.spec.algorithm.algorithm_name,
        "mlflow.source.name": "eegtune",
    }  # fmt: skip
    start = _milliseconds(material.state.start_time)
    return str(client.create_run(experiment, start_time=start, tags=tags).info.run_id)


def _known(client: Any, experiment: str, key: str) -> set[str]:
    """Return the trials that are there whole; a half one of a broken export is deleted."""
    names, token = set(), None
    while True:
        page = client.search_runs([experiment], f"tags.`{_KEY}` = '{key}'", page_token=token)
        for each in page:
            name = each.data.tags.get(_TRIAL, "")
            if name and each.info.status == "RUNNING":
                client.delete_run(each.info.run_id)
            elif name:
                names.add(name)
        token = page.token
        if not token:
            return names


def _log_trial(
    client: Any, experiment: str, parent: str, run: TrackedRun, trial: TrackedTrial
) -> None:
    entities = import_module("mlflow.entities")

    tags = {_KEY: run.key, _TRIAL: trial.name, _PARENT: parent, "mlflow.runName": trial.name,
            "eegtune.status": trial.status}  # fmt: skip
    start, end = _milliseconds(trial.started), _milliseconds(trial.finished)
    made = client.create_run(experiment, start_time=start, tags=tags).info.run_id
    metrics = [
        entities.Metric(name, value, _milliseconds(when) or start or 0, step)
        for name, step, value, when in trial.curve
    ]
    last = max((metric.step for metric in metrics), default=0)
    metrics += [
        entities.Metric(name, value, end or 0, last + 1) for name, value in trial.metrics.items()
    ]
    params = [entities.Param(name, str(value)) for name, value in trial.parameters.items()]
    notes = [entities.RunTag("eegtune.message", trial.message[:4000])] if trial.message else []
    client.log_batch(made, metrics=metrics, params=params, tags=notes)  # as few as can be
    for file in trial.files:
        client.log_artifact(made, str(file))
    client.set_terminated(made, _STATUS.get(trial.status, "FAILED"), end)


def _finish(client: Any, parent: str, run: TrackedRun) -> None:
    material = run.material
    if material.best is not None:
        _log_best(client, parent, run, material.best.name)
    for file in run.files:
        client.log_artifact(parent, str(file))
    if material.state.completion_time is not None:
        status = "FAILED" if material.state.condition == "Failed" else "FINISHED"
        client.set_terminated(parent, status, _milliseconds(material.state.completion_time))


def _log_best(client: Any, parent: str, run: TrackedRun, name: str) -> None:
    entities = import_module("mlflow.entities")
    best = next(trial for trial in run.trials if trial.name == name)
    now, step = int(time.time() * 1000), len(run.trials)
    client.log_batch(
        parent,
        metrics=[entities.Metric(f"best.{n}", v, now, step) for n, v in best.metrics.items()],
        # Tags, as MLflow's parameters cannot change and a run that goes on may find better.
        tags=[
            entities.RunTag("eegtune.best_trial", name),
            *(entities.RunTag(f"best.{n}", str(v)) for n, v in best.parameters.items()),
        ],
    )


def _milliseconds(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp() * 1000)
