from datetime import UTC, datetime, timedelta

import pytest

from eegtune.cluster.katib.doctor import Harm, examine
from eegtune.cluster.katib.doctor.metrics_checks import explain_lines
from eegtune.cluster.katib.doctor.snapshot import split_collector_log
from eegtune.cluster.katib.doctor.words import as_json, as_text

from .objects import (
    COLLECTOR,
    ended,
    event,
    experiment,
    job,
    pod,
    recorded,
    running,
    seen,
    suggestion,
    trial,
    unscheduled,
    waiting,
)

PREFIX = "I1121 07:48:09.682087      19 main.go:183] "
FATAL = "F1121 07:48:09.682087      19 main.go:425] "
TEMPLATE = experiment()["spec"]["trialTemplate"]


def one_pod(states, **logs):
    return seen(pods=[pod("p", "Failed", states)], logs={("p", k): v for k, v in logs.items()})


def crashed(log, code=1):
    return seen(
        pods=[pod("p", "Failed", {"trial": ended(code), COLLECTOR: ended(255)})],
        logs={
            ("p", COLLECTOR): f"{PREFIX}{log}\n{FATAL}Failed to wait for worker container: "
            "training container is failed."
        },
    )


def collector_died(line):
    return seen(
        pods=[pod("p", "Failed", {"trial": ended(0, "Completed"), COLLECTOR: ended(255)})],
        logs={("p", COLLECTOR): f"{PREFIX}score=1\n{FATAL}{line}"},
    )


def refused_pods(message):
    return seen(jobs=[job("e-1")], events=[event("Job", "e-1", "FailedCreate", message)])


def service(state, log=""):
    return seen(
        trials=[],
        suggestion_pods=[pod("s", "Running", {"suggestion": state})],
        logs={("s", "suggestion"): log},
    )


def controller_says(message):
    return seen(events=[event("Suggestion", "e", "ReconcileError", message)])


SITUATIONS = {
    "no-experiment": (seen(experiment=None, suggestion=None, trials=[]), "name"),
    "settings-refused": (
        seen(suggestion=suggestion("Failed", "unknown setting objectives"), trials=[]),
        "Correct spec.algorithm",
    ),
    "algorithm-not-registered": (
        seen(
            experiment=experiment(algorithm={"algorithmName": "asha"}),
            trials=[],
            suggestion_pods=[],
        ),
        "chart",
    ),
    "unreferenced-parameter": (
        seen(experiment=experiment(trialTemplate=TEMPLATE | {"trialParameters": []}), trials=[]),
        "reference: x",
    ),
    "namespace-not-labelled": (
        seen(namespace_object={"metadata": {"name": "lab"}}),
        "kubectl label namespace lab",
    ),
    "service-image": (service(waiting("ImagePullBackOff")), "katib-config"),
    "service-out-of-memory": (service(ended(137, "OOMKilled")), "memory limit"),
    "service-missing-module": (
        service(ended(1), "ModuleNotFoundError: No module named 'optuna'"),
        "image",
    ),
    "service-without-pod": (seen(suggestion_pods=[], trials=[]), "replicaset"),
    "service-crash": (
        service(running(), "ERROR:grpc._server:Exception calling application: math domain error"),
        "eegtune-tpe",
    ),
    "controller-error": (
        controller_says("The response contains unexpected trials"),
        "eegtune-tpe",
    ),
    "image": (one_pod({"trial": waiting("ErrImagePull")}), "spelt right"),
    "missing-config": (
        one_pod({"trial": waiting("CreateContainerConfigError", 'secret "s3" not found')}),
        "Make the secret s3",
    ),
    "unschedulable": (
        seen(pods=[unscheduled("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")]),
        "number of GPUs",
    ),
    "volume": (
        seen(pods=[unscheduled('persistentvolumeclaim "data" not found')]),
        "PersistentVolumeClaim data",
    ),
    "quota": (refused_pods('pods "e-1-x" is forbidden: exceeded quota: q'), "ResourceQuota"),
    "pod-security": (refused_pods('violates PodSecurity "restricted:latest"'), "runAsNonRoot"),
    "primary-container": (
        refused_pods("admission webhook denied: unable to find primary container"),
        "Name the container trial",
    ),
    "webhook": (refused_pods("Internal error: failed calling webhook"), "katib-controller"),
    "deadline": (
        seen(jobs=[job("e-1", "Failed", reason="DeadlineExceeded")]),
        "activeDeadlineSeconds",
    ),
    "retries": (seen(jobs=[job("e-1", failed=3)], pods=[pod("p")]), "backoffLimit: 0"),
    "evicted": (
        seen(pods=[pod("p", "Failed", {"trial": {}}, reason="Evicted", message="memory low")]),
        "Request what the trial needs",
    ),
    "out-of-memory": (one_pod({"trial": ended(137, "OOMKilled")}), "limits.memory"),
    "gpu-memory": (crashed("torch.OutOfMemoryError: CUDA out of memory."), "batch_size"),
    "command-wrapping": (crashed('sh: 1: Syntax error: "(" unexpected', 2), "/file.py"),
    "early-stopping-user": (
        crashed("sh: 1: cannot create /var/log/katib/13.pid: Permission denied", 2),
        "runAsUser",
    ),
    "missing-module": (crashed("ModuleNotFoundError: No module named 'mne'"), "image"),
    "missing-file": (crashed("FileNotFoundError: [Errno 2] /data/x.edf"), "volume"),
    "arguments": (crashed("trial-runner: sleep has no argument --lr"), "trial-runner"),
    "start": (crashed("exec: foo: not found", 127), "command"),
    "trial-failed": (crashed("RuntimeError: boom"), "eegtune run"),
    "trial-too-fast": (
        collector_died(
            "Failed to wait for worker container: unable to find main pid from the process list"
        ),
        "sleep 5",
    ),
    "collector-value": (
        collector_died("Unable to parse value 0 to float for metric score"),
        "nan",
    ),
    "database": (
        collector_died("Failed to Report logs: dial tcp: lookup katib-db-manager: no such host"),
        "NetworkPolicy",
    ),
    "mesh-sidecar": (
        seen(pods=[pod("p", containers={"trial": ended(0), "istio-proxy": running()})]),
        "inject",
    ),
    "no-collector": (
        seen(
            jobs=[job("e-1", "Complete")],
            pods=[pod("p", "Succeeded", {"trial": ended(0, "Completed")})],
        ),
        "primaryPodLabels",
    ),
    "metrics-not-stored": (
        seen(
            jobs=[job("e-1", "Complete")],
            pods=[pod("p", "Succeeded", {"trial": ended(0), COLLECTOR: ended(0)})],
        ),
        "katib-db-manager",
    ),
    "metrics-unavailable": (
        seen(
            trials=[trial("e-1", "MetricsUnavailable")],
            pods=[pod("p", "Succeeded", {"trial": ended(0), COLLECTOR: ended(0)})],
            logs={("p", COLLECTOR): f"{PREFIX}Score=0.5"},
        ),
        "objectiveMetricName: Score",
    ),
    "no-number": (seen(trials=[trial("e-1", "Succeeded", score="")]), "exit non-zero"),
    "value-outside": (seen(trials=[trial("e-1", x="nan")]), "eegtune-tpe"),
    "duplicates": (seen(trials=[trial(f"e-{i}") for i in range(5)]), "eegtune-tpe"),
    "early-stopping-without-retain": (
        seen(
            experiment=experiment(
                earlyStopping={"algorithmName": "medianstop"},
                trialTemplate=TEMPLATE | {"retain": False},
            )
        ),
        "retain: true",
    ),
    "goal-not-reached": (
        seen(
            experiment=experiment(
                "Succeeded",
                "ExperimentGoalReached",
                objective={"type": "maximize", "objectiveMetricName": "score", "goal": 0.9},
            )
        ),
        "exit non-zero",
    ),
    "no-end": (seen(experiment=experiment(maxTrialCount=None)), "maxTrialCount"),
    "runs-after-the-end": (
        seen(experiment=experiment("Succeeded"), jobs=[job("e-1", active=1)], pods=[pod("p")]),
        "kubectl delete job",
    ),
}


@pytest.mark.parametrize("rule", SITUATIONS)
def test_each_situation_is_named_first_with_its_fix(rule):
    snapshot, words = SITUATIONS[rule]
    complaints = examine(snapshot)
    assert complaints[0].rule == rule, [c.rule for c in complaints]
    assert words in complaints[0].fix


@pytest.mark.parametrize(
    "healthy",
    [
        seen(),
        seen(trials=[], suggestion_pods=[pod("s", "Pending", {"suggestion": {}})]),
        seen(pods=[pod("p", "Pending", {"trial": waiting("ContainerCreating")})]),
        seen(
            experiment=experiment("Succeeded", "ExperimentMaxTrialsReached"),
            suggestion=suggestion("Succeeded"),
            suggestion_pods=[],
            trials=[trial(f"e-{i}", "Succeeded", f"0.{i}", score="0.5") for i in range(5)],
            jobs=[job("e-1", "Complete", succeeded=1)],
            pods=[pod("p", "Succeeded", {"trial": ended(0), COLLECTOR: ended(0)})],
        ),
        seen(experiment=None, suggestion=None, trials=[], has_katib=False, jobs=[job("e-1")]),
    ],
)
def test_healthy_runs_raise_no_alarm(healthy):
    assert examine(healthy) == ()


def test_the_recorded_experiment_is_told_in_three_complaints_and_a_note():
    complaints = {c.rule: c for c in examine(recorded())}
    assert list(complaints) == [
        "collector-value",
        "metrics-unavailable",
        "trial-failed",
        "more-trials-than-asked",
    ]
    assert len(complaints["collector-value"].objects) == 4
    assert "RuntimeError: boom" in complaints["trial-failed"].cause
    assert "It printed latency_ms" in complaints["metrics-unavailable"].cause
    assert complaints["more-trials-than-asked"].harm is Harm.WORTH_KNOWING


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("score=nan", "not as a number"),
        ("score = tensor(0.5)", "not as a number"),
        ("score: 0.5", "with a colon"),
        ('{"score": 0.5}', "with a colon"),
        ("Score=0.5", "upper and lower case"),
        ("val_score=0.5", "'val_score' instead of 'score'"),
        ("loss=0.5 lr=1", "It printed loss, lr."),
        ("", "no metric at all"),
    ],
)
def test_why_lines_are_no_reports(printed, words):
    cause, fix = explain_lines("score", printed)
    assert words in cause
    assert "score" in fix


def test_a_collectors_log_is_the_trials_and_its_own():
    text = f"{PREFIX}Trial Name: e-1\n{PREFIX}hello\nworld\n{FATAL}bad"
    assert split_collector_log(text) == ("hello\nworld", "Trial Name: e-1\nbad")


def test_text_and_json():
    snapshot = recorded()
    text = as_text(snapshot, examine(snapshot))
    assert text.startswith("lab/traffic: succeeded; 4 succeeded, 3 stopped early, 6 failed")
    assert "1. The collector stopped at a metric value that is no number." in text
    assert "Seen at: pod/traffic-bzdmgctg-6nl4n" in text
    assert max(map(len, text.splitlines())) <= 100
    data = as_json(snapshot, examine(snapshot))
    assert data["healthy"] is False
    assert data["complaints"][0]["rule"] == "collector-value"
    assert as_text(seen(), ()).endswith("Nothing is wrong.")


def test_a_missing_gpu_is_named_though_the_cpu_is_short_too():
    text = "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient nvidia.com/gpu."
    (found,) = examine(seen(pods=[unscheduled(text)]))
    assert found.problem == "No node has a free GPU for a pod."
    (found,) = examine(seen(pods=[unscheduled("1 Insufficient cpu, 1 Insufficient memory.")]))
    assert found.problem == "No node has enough cpu and memory for a pod."


@pytest.mark.parametrize(("age", "rules"), [(29, []), (31, ["service-without-pod"])])
def test_a_service_has_half_a_minute_for_its_pod(age: int, rules: list[str]) -> None:
    made = datetime(2026, 1, 31, 12, tzinfo=UTC)
    young = suggestion()
    young["metadata"]["creationTimestamp"] = "2026-01-31T12:00:00Z"
    found = seen(
        suggestion=young, suggestion_pods=[], trials=[], taken=made + timedelta(seconds=age)
    )
    assert [complaint.rule for complaint in examine(found)] == rules
