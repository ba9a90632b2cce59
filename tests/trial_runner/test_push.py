import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial_runner import push
from trial_runner.errors import TrialError
from trial_runner.push import Pusher, Report, encode_request, parse_line, pushing

grpc = pytest.importorskip("grpc", reason="grpcio is not installed (extra `cluster`)")
api = pytest.importorskip("eegtune.cluster.katib.protocol.api_pb2")

LINE = "2026-01-31T12:00:00.123456Z epoch=7 val_auroc=0.8123\n"
TIME = LINE.split()[0]


class Database:
    """Katib's DB manager as far as reporting goes; the first calls may fail."""

    def __init__(self, failing: int = 0) -> None:
        self.failing = failing
        self.rows = []

    def report(self, data: bytes, context) -> bytes:
        if self.failing:
            self.failing -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        request = api.ReportObservationLogRequest.FromString(data)
        for log in request.observation_log.metric_logs:
            row = (request.trial_name, log.time_stamp, log.metric.name, log.metric.value)
            self.rows.append(row)
        return b""


@contextmanager
def serving(database: Database):
    server = grpc.server(ThreadPoolExecutor(2))
    handler = grpc.unary_unary_rpc_method_handler(database.report)
    methods = {"ReportObservationLog": handler}
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("api.v1.beta1.DBManager", methods)]
    )
    port = server.add_insecure_port("localhost:0")
    server.start()
    yield {"KATIB_TRIAL_NAME": "e-1", "KATIB_DB_MANAGER": f"localhost:{port}"}
    server.stop(0)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@settings(max_examples=50)
@given(TEXT, st.lists(st.builds(Report, TEXT, TEXT, TEXT), max_size=5))
def test_the_message_is_what_protobuf_reads(trial, reports):
    request = api.ReportObservationLogRequest.FromString(encode_request(trial, reports))
    assert request.trial_name == trial
    assert [
        Report(log.time_stamp, log.metric.name, log.metric.value)
        for log in request.observation_log.metric_logs
    ] == reports


@pytest.mark.parametrize(
    "line",
    ["", "epoch=7", "2026-01-31 12:00:00 loss=1", "starting lr=1", "2026-01-31T12:00:00Z", TIME],
)
def test_what_is_no_metric_line_is_not_sent(line):
    assert parse_line(line) == []


def test_lines_are_sent_while_the_trial_runs_and_shown_too(tmp_path, capsys):
    database = Database()
    with serving(database) as environment, pushing(environment, tmp_path / "spool"):
        print(LINE, end="", flush=True)
        print("a note", flush=True)
        for _ in range(200):
            if database.rows:
                break
            threading.Event().wait(0.01)
        assert database.rows == [
            ("e-1", TIME, "epoch", "7"),
            ("e-1", TIME, "val_auroc", "0.8123"),
        ]
    assert capsys.readouterr().out == f"{LINE}a note\n"
    assert (tmp_path / "spool").read_text() == ""


def test_a_database_that_is_away_for_a_while_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(push, "_LONGEST_PAUSE_SECONDS", 0.01)
    database = Database(failing=3)
    with serving(database) as environment, pushing(environment, tmp_path / "spool"):
        for epoch in range(5):
            sys.stdout.write(f"{TIME} epoch={epoch}\n")
    assert [row[3] for row in database.rows] == ["0", "1", "2", "3", "4"]


def test_what_cannot_be_sent_is_kept_and_sent_by_the_next_start(tmp_path):
    spool = tmp_path / "spool"
    away = {"KATIB_TRIAL_NAME": "e-1", "KATIB_DB_MANAGER": "localhost:1"}
    with (
        pytest.raises(TrialError, match=r"could not be sent .* localhost:1: .*spool"),
        pushing(away, spool, at_most_seconds=0.1),
    ):
        print(LINE)
    with spool.open("a") as file:
        file.write('["cut o')
    database = Database()
    with serving(database) as environment, pushing(environment, spool):
        pass
    assert [row[2:] for row in database.rows] == [("epoch", "7"), ("val_auroc", "0.8123")]
    assert spool.read_text() == ""


def test_a_failing_trial_reports_what_it_had(tmp_path):
    database = Database()

    def fail(environment):
        with pushing(environment, tmp_path / "spool"):
            print(LINE)
            raise RuntimeError("boom")

    with serving(database) as environment, pytest.raises(RuntimeError, match="boom"):
        fail(environment)
    assert len(database.rows) == 2


def test_without_a_trial_name_it_says_what_to_do():
    with pytest.raises(TrialError, match="needs KATIB_TRIAL_NAME"), pushing({}):
        pass


def test_the_training_is_not_held_up(tmp_path):
    may_go_on = threading.Event()
    pusher = Pusher("e-1", lambda data: may_go_on.wait(30) and None, tmp_path / "spool")
    for _ in range(1000):
        pusher.add_line(LINE.strip())
    may_go_on.set()
    assert pusher.close(30)


def test_the_command_reports_by_push(tmp_path, monkeypatch):
    from trial_runner.cli import main
    from trial_runner.reporting import report

    def trial(arguments):
        report({"val_auroc": 0.75})

    monkeypatch.setattr("trial_runner.cli._entry", lambda component: trial)
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))
    database = Database()
    with serving(database) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(["linear_probe", "--data=selfregulationscp1", "--report", "push"]) == 0
    assert [row[2:] for row in database.rows] == [("val_auroc", "0.75")]


def test_another_way_to_report_is_refused(capsys):
    from trial_runner.cli import main

    assert main(["linear_probe", "--data=x", "--report=mail"]) == 2
    assert "--report is 'mail'; allowed is print" in capsys.readouterr().err
