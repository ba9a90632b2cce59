"""Against a small HTTP server that behaves as the API server does for one Trial."""

import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eegtune.cluster.katib.in_cluster import ApiError, ClusterApi
from eegtune.cluster.katib.trial_status import mark_early_stopped

PATH = "/apis/kubeflow.org/v1beta1/namespaces/lab/trials/t-1"
NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)
RUNNING = {"type": "Running", "status": "True", "reason": "TrialRunning"}


@contextmanager
def cluster(tmp_path, conditions, conflicts=0, status=200):
    """Serve one Trial; patches of an outdated version are refused, the first ones always."""
    trial = {"metadata": {"resourceVersion": "7"}, "status": {"conditions": conditions}}
    left = {"conflicts": conflicts}
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self, code, body):
            data = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self):
            seen.append(("GET", self.path, self.headers["Authorization"]))
            if status != 200:
                self.answer(status, {"message": "no such luck"})
            elif self.path == PATH:
                self.answer(200, trial)
            else:
                self.answer(404, {"message": "not found"})

        def do_PATCH(self):
            seen.append(("PATCH", self.path, self.headers["Content-Type"]))
            patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if left["conflicts"] or patch["metadata"]["resourceVersion"] != "7":
                left["conflicts"] -= 1
                self.answer(409, {"message": "has been modified"})
                return
            trial["status"] |= patch["status"]
            self.answer(200, trial)

        def log_message(self, *arguments):
            pass

    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "namespace").write_text("lab")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield ClusterApi(f"http://127.0.0.1:{server.server_port}", tmp_path), trial, seen
    server.shutdown()
    server.server_close()


def test_the_condition_is_appended_with_two_calls_of_least_rights(tmp_path):
    with cluster(tmp_path, [RUNNING]) as (api, trial, seen):
        assert mark_early_stopped(api, "t-1", lambda: NOW)
    assert trial["status"]["conditions"] == [
        RUNNING,
        {
            "type": "EarlyStopped",
            "status": "True",
            "reason": "TrialEarlyStopped",
            "message": "Trial is early stopped",
            "lastUpdateTime": "2026-11-21T08:00:00Z",
            "lastTransitionTime": "2026-11-21T08:00:00Z",
        },
    ]
    assert seen == [
        ("GET", PATH, "Bearer secret"),
        ("PATCH", f"{PATH}/status", "application/merge-patch+json"),
    ]


@pytest.mark.parametrize("ended", ["Succeeded", "Failed", "EarlyStopped", "MetricsUnavailable"])
def test_a_trial_that_has_ended_stays_as_it_is(tmp_path, ended):
    conditions = [RUNNING | {"status": "False"}, {"type": ended, "status": "True"}]
    with cluster(tmp_path, conditions) as (api, trial, seen):
        assert not mark_early_stopped(api, "t-1", lambda: NOW)
    assert trial["status"]["conditions"] == conditions
    assert len(seen) == 1


def test_a_change_in_between_is_looked_at_again(tmp_path):
    with cluster(tmp_path, [RUNNING], conflicts=3) as (api, trial, _):
        assert mark_early_stopped(api, "t-1", lambda: NOW)
    assert trial["status"]["conditions"][-1]["type"] == "EarlyStopped"


def test_endless_changes_end_with_the_servers_words(tmp_path):
    with (
        cluster(tmp_path, [RUNNING], conflicts=99) as (api, _, _),
        pytest.raises(ApiError, match="409: has been modified"),
    ):
        mark_early_stopped(api, "t-1", lambda: NOW)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_refusals_carry_status_and_message(tmp_path, status):
    with (
        cluster(tmp_path, [], status=status) as (api, _, _),
        pytest.raises(ApiError, match=f"{status}: no such luck"),
    ):
        mark_early_stopped(api, "t-1")


@pytest.mark.parametrize("name", ["", "../secrets/x", "a/b", "A", "a b", "-a", "x" * 300, "a%2fb"])
def test_names_that_are_no_names_never_reach_the_server(tmp_path, name):
    with cluster(tmp_path, []) as (api, _, seen):
        with pytest.raises(ValueError, match="cannot name a Trial"):
            mark_early_stopped(api, name)
        assert not seen


def test_a_server_that_is_away(tmp_path):
    with cluster(tmp_path, []) as (api, _, _):
        pass
    with pytest.raises(ApiError, match="gave no answer"):
        mark_early_stopped(api, "t-1")


def test_outside_of_a_pod_there_is_no_account():
    with pytest.raises(ApiError, match="does not run in a pod"):
        ClusterApi.of_this_pod({})
