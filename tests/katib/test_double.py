"""The double against the recording: it sends, reads and concludes as the real controller did."""

import json
import re

import pytest

from eegtune.cluster.katib.protocol import api_pb2 as api

from .double.collector import Rules, StopRule
from .double.messages import experiment_message, is_sent, stopping_message, trial_message
from .double.status import observation, state_of, summary, verdict, wanted
from .replay import RECORDED
from .replay import recorded as requests

METRIC_LOG = re.compile(r'time_stamp:"([^"]+)"\s+metric:\{name:"([^"]+)"\s+value:"([^"]*)"\}')


def recorded(name):
    loaded = json.loads((RECORDED / name).read_text())
    return loaded["items"] if isinstance(loaded, dict) and "items" in loaded else loaded


EXPERIMENT, TRIALS = recorded("experiment.json"), recorded("trials.json")
LOGS = {
    pod.rsplit("-", 1)[0]: [
        api.MetricLog(time_stamp=time, metric=api.Metric(name=name, value=value))
        for time, name, value in METRIC_LOG.findall(entry["collector"])
    ]
    for pod, entry in recorded("pod-logs.json").items()
}


def test_the_experiment_is_sent_as_recorded():
    line = (RECORDED / "requests.jsonl").read_text().splitlines()[0]
    from google.protobuf import json_format

    sent = api.Experiment()
    json_format.ParseDict(json.loads(line)["request"]["experiment"], sent)
    assert experiment_message(EXPERIMENT, {}) == sent
    assert stopping_message(EXPERIMENT["spec"]["earlyStopping"]) == sent.spec.early_stopping


def test_trials_are_sent_as_recorded():
    sent = {trial.name: trial for trial in requests("GetSuggestions")[-1].trials}
    ended = {t["metadata"]["name"]: t for t in TRIALS if state_of(t) != "Running"}
    common = [name for name in sent if name in ended and sent[name].status.condition not in (0, 1)]
    assert len(common) >= 8
    for name in common:
        ours = trial_message(ended[name])
        for message in (ours, sent[name]):
            metrics = sorted(message.status.observation.metrics, key=lambda metric: metric.name)
            message.status.ClearField("observation")
            message.status.observation.metrics.extend(metrics)
        assert ours == sent[name]


def test_trials_without_metrics_are_not_sent():
    assert {state_of(trial) for trial in TRIALS if not is_sent(trial)} == {"MetricsUnavailable"}


def test_observations_are_those_recorded():
    compared = 0
    for trial in TRIALS:
        known = (trial["status"].get("observation") or {}).get("metrics")
        logs = LOGS.get(trial["metadata"]["name"])
        if known and logs:
            ours = observation(["score", "latency_ms"], logs)["metrics"]
            expected = sorted(known, key=lambda metric: metric["name"], reverse=True)
            missing = {"name": "latency_ms"} | dict.fromkeys(("min", "max", "latest"),
                                                             "unavailable")  # fmt: skip
            assert ours == (expected if len(expected) == 2 else [*expected, missing])
            compared += 1
    assert compared >= 5


def test_counts_best_trial_and_end_are_those_recorded():
    status = summary(EXPERIMENT["spec"], TRIALS)
    for key in ("trials", "trialsSucceeded", "trialsFailed", "trialsEarlyStopped",
                "trialMetricsUnavailable"):  # fmt: skip
        assert status[key] == EXPERIMENT["status"][key]
    best = EXPERIMENT["status"]["currentOptimalTrial"]["bestTrialName"]
    assert status["currentOptimalTrial"]["bestTrialName"] == best
    condition = EXPERIMENT["status"]["conditions"][-1]
    assert verdict(EXPERIMENT["spec"], TRIALS) == (
        condition["type"], condition["reason"], condition["message"]
    )  # fmt: skip


def trial(state, observed=True):
    conditions = [{"type": kind, "status": "True"} for kind in ("Created", state)]
    status = {"conditions": conditions}
    return {"status": status | ({"observation": {"metrics": []}} if observed else {})}


@pytest.mark.parametrize(
    ("states", "parallel", "most", "added", "total"),
    [
        ([], 3, 10, 3, 3),
        (["Running"] * 3, 3, 10, 0, 3),
        (["Succeeded"] * 9 + ["Running"], 3, 10, 0, 10),
        (["Succeeded"] * 2 + ["Running"] * 2, 3, 10, 1, 5),
        (["Succeeded"] * 8 + ["MetricsUnavailable"], 3, 10, 2, 11),  # the recorded overrun
    ],
)
def test_how_many_are_asked_for(states, parallel, most, added, total):
    spec = {"parallelTrialCount": parallel, "maxTrialCount": most}
    assert wanted(spec, [trial(state) for state in states]) == (added, total)


def test_stopped_trials_without_metrics_lower_the_total_as_katib_does():
    spec = {"parallelTrialCount": 3, "maxTrialCount": 12}
    trials = [trial("Running"), trial("Running"), trial("EarlyStopped", observed=False)]
    assert wanted(spec, trials) == (1, 3)  # asks for none: this is how Experiments stall


@pytest.mark.parametrize(
    ("rule", "values", "stops_at"),
    [
        ("score;0.5;less;2", [0.4, 0.4], 1),
        ("score;0.5;less;2", [0.6, 0.4], None),  # the best so far counts
        ("score;0.5;less;3", [0.4, 0.4, 0.6, 0.1], None),  # looked at once
        ("score;0.5;less;0", [0.6, 0.4], None),
        ("loss;0.5;greater;0", [0.4, 0.6], 1),  # other metrics count as they are
    ],
)
def test_a_rule_is_looked_at_once(rule, values, stops_at):
    rules = Rules([StopRule.parse(rule)], "score", maximize=True)
    stopped = None
    for number, value in enumerate(values):
        rules.see(rule.partition(";")[0], value)
        if not rules.left and stopped is None:
            stopped = number
    assert stopped == stops_at
