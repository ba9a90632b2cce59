from contextlib import contextmanager

import pytest

from eegtune.cluster.katib.early_stopping import EarlyStoppingService
from eegtune.cluster.katib.in_cluster import ApiError
from eegtune.cluster.katib.protocol import api_pb2 as api
from eegtune.cluster.katib.protocol.rpc import CallFailed, service_handler
from eegtune.cluster.katib.server import start

from .test_reading import message, trial

LOGS = {
    "a": ["0.9", "0.5", "nan", "0.4"],
    "b": ["0.8", "0.6", "0.3"],
    "c": ["0.7", "0.4", "0.2"],
}


@contextmanager
def database(logs):
    """Serve logs as Katib's DB manager does; yield the address and the names asked for."""
    asked = []

    def get_log(request):
        asked.append(request.trial_name)
        return api.GetObservationLogReply(
            observation_log=api.ObservationLog(
                metric_logs=[
                    api.MetricLog(metric=api.Metric(name=request.metric_name, value=value))
                    for value in logs.get(request.trial_name, [])
                ]
            )
        )

    def nothing(request):
        raise ValueError("not part of this test")

    answers = {
        "GetObservationLog": get_log,
        "ReportObservationLog": nothing,
        "DeleteObservationLog": nothing,
    }
    served = start([service_handler("DBManager", answers)], port=0, workers=1, host="localhost")
    yield f"localhost:{served.port}", asked
    served.stop(0)


def request(address, names, stopping="medianstop", **settings):
    experiment = message()
    experiment.spec.early_stopping.algorithm_name = stopping
    for name, value in settings.items():
        experiment.spec.early_stopping.algorithm_settings.add(name=name, value=value)
    return api.GetEarlyStoppingRulesRequest(
        experiment=experiment,
        trials=[trial(name) for name in names],
        db_manager_address=address,
    )


def test_the_rules_of_a_batch_come_from_the_curves_of_ended_trials():
    service = EarlyStoppingService(lambda name: None)
    with database(LOGS) as (address, _):
        ask = request(address, LOGS, start_step="2", min_trials_required="3")
        (rule,) = service.get_rules(ask).early_stopping_rules
    assert rule.name == "loss"
    assert rule.comparison == api.GREATER
    assert rule.start_step == 2
    assert 0.4 <= float(rule.value) <= 0.7


def test_too_few_trials_make_no_rule():
    with database(LOGS) as (address, _):
        reply = EarlyStoppingService(lambda name: None).get_rules(request(address, ["a"]))
    assert not reply.early_stopping_rules


def test_curves_of_ended_trials_are_read_once():
    service = EarlyStoppingService(lambda name: None)
    with database(LOGS) as (address, asked):
        first = service.get_rules(request(address, LOGS))
        second = service.get_rules(request(address, [*LOGS, "without-log"]))
    assert first == second
    assert asked == ["a", "b", "c", "without-log"]


def test_a_database_that_is_away_makes_no_rule_and_no_error():
    with database(LOGS) as (address, _):
        pass
    reply = EarlyStoppingService(lambda name: None).get_rules(request(address, LOGS))
    assert not reply.early_stopping_rules


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("medianstop", {"start_step": "0"}, "start_step"),
        ("medianstop", {"steps": "3"}, "unknown setting 'steps'"),
        ("median", {}, "unknown early stopping 'median'; allowed are"),
        ("", {}, "algorithmName is empty"),
    ],
)
def test_bad_settings_are_refused(name, settings, words):
    spec = api.EarlyStoppingSpec(
        algorithm_name=name,
        algorithm_settings=[
            api.EarlyStoppingSetting(name=key, value=value) for key, value in settings.items()
        ],
    )
    with pytest.raises(ValueError, match=words):
        EarlyStoppingService(lambda name: None).validate_settings(
            api.ValidateEarlyStoppingSettingsRequest(early_stopping=spec)
        )


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (0, "UNAVAILABLE", "could not be marked"),
        (403, "PERMISSION_DENIED", "patch trials/status"),
        (404, "NOT_FOUND", "was deleted"),
        (409, "UNAVAILABLE", "could not be marked"),
    ],
)
def test_what_the_api_server_refuses_is_said(status, code, words):
    def refuse(name):
        raise ApiError(status, "no")

    with pytest.raises(CallFailed, match=words) as caught:
        EarlyStoppingService(refuse).set_trial_status(api.SetTrialStatusRequest(trial_name="t"))
    assert caught.value.code.name == code
