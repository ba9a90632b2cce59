"""The recorded Experiment, mirrored as `eegtune watch` does it."""

import copy
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from eegtune.cluster.katib.client.follow import read_experiment
from eegtune.cluster.katib.client.mirror import Mirror
from eegtune.cluster.katib.client.objects import read_state, read_trial
from eegtune.execution.best import best_trial
from eegtune.execution.observer import Silence
from eegtune.execution.records import RunCondition
from eegtune.execution.store import RunStore
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import Report
from eegtune.metrics.timestamps import parse_time

RECORDED = Path(__file__).parents[4] / "katib" / "recorded"


def load(name):
    loaded = json.loads((RECORDED / name).read_text())
    return loaded["items"] if isinstance(loaded, dict) and "items" in loaded else loaded


LOG = re.compile(r'time_stamp:"([^"]+)"\s+metric:\{name:"([^"]+)"\s+value:"([^"]*)"\}')
LOGS = {
    pod.rsplit("-", 1)[0]: [
        Report(name, value, parse_time(time))
        for time, name, value in LOG.findall(entry["collector"])
    ]
    for pod, entry in load("pod-logs.json").items()
}


class Heard(Silence):
    """Counts what it hears."""

    def __init__(self) -> None:
        self.counts = Counter()

    def begun(self, experiment, board):
        self.counts["begun"] += 1

    def started(self, record):
        self.counts["started"] += 1

    def ended(self, record):
        self.counts["ended"] += 1


def as_running(trial):
    running = copy.deepcopy(trial)
    running["status"]["conditions"] = [{"type": "Running", "status": "True"}]
    running["status"].pop("observation", None)
    running["status"].pop("completionTime", None)
    return running


def mirrored(folder, observer, *looks):
    experiment = load("experiment.json")
    with RunWriter.open_writable(folder) as store:
        mirror = Mirror(store, read_experiment(experiment), observer, LOGS.__getitem__)
        return [mirror.take(experiment, trials) for trials in looks]


def test_the_folder_holds_what_the_cluster_shows(tmp_path):
    trials, heard = load("trials.json"), Heard()
    some_run = [as_running(t) if i % 2 else t for i, t in enumerate(trials[:9])]
    states = mirrored(tmp_path, heard, some_run, trials, trials)
    assert states[-1].condition is RunCondition.SUCCEEDED
    assert states[-1].reason == "ExperimentMaxTrialsReached"
    assert heard.counts == {"begun": 1, "started": 4, "ended": 16}
    with RunStore.open(tmp_path) as store:
        records = store.trials()
        assert Counter(str(r.condition) for r in records) == {
            "Succeeded": 4,
            "Failed": 6,
            "EarlyStopped": 3,
            "MetricsUnavailable": 3,
        }
        best = best_trial(store.experiment, [record.trial for record in records])
        assert best.name == "traffic-vjlsrql8"
        curve = [p.value for p in store.metric_log("traffic-vjlsrql8") if p.name == "score"]
        assert len(curve) == 4
        assert curve[-1] == pytest.approx(-0.2837177060075696)


def test_watching_goes_on_where_it_stopped(tmp_path):
    trials, heard = load("trials.json"), Heard()
    mirrored(tmp_path, heard, trials[:7])
    mirrored(tmp_path, heard, trials)
    with RunStore.open(tmp_path) as store:
        assert len(store.trials()) == 16
        assert len(store.metric_log("traffic-vjlsrql8")) == 5


def test_a_trial_without_the_objective_has_no_metrics():
    objective = read_experiment(load("experiment.json")).spec.objective
    stopped = next(t for t in load("trials.json") if t["metadata"]["name"].endswith("7z65z6px"))
    record = read_trial(stopped, 0, objective)
    assert record.trial.metrics == {"score": -3.994347508618803}
    assert record.reason == "TrialEarlyStopped"
    silent = next(t for t in load("trials.json") if t["metadata"]["name"].endswith("2lrj5c2q"))
    assert read_trial(silent, 0, objective).trial.metrics == {}


def test_a_running_experiment_has_no_end():
    running = copy.deepcopy(load("experiment.json"))
    running["status"]["conditions"] = [{"type": "Running", "status": "True"}]
    state = read_state(running)
    assert (state.condition, state.completion_time) == (RunCondition.RUNNING, None)
