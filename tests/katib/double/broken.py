"""Experiments that go wrong, each in one way, with what the doctor should say first.

Every entry changes one thing of an Experiment that is well. `place` says where it can be made:
`everywhere` (a pod is enough), or with Katib's services and collector only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from .quick import small

Object = dict[str, Any]
SETTINGS = {"min_trials_required": "1", "start_step": "3"}
STOPPING = {"algorithmName": "medianstop", "algorithmSettings": [
    {"name": key, "value": value} for key, value in SETTINGS.items()]}  # fmt: skip


# A shell's way to wait for the collector, as trial-runner does; nothing to wait for without Katib.
BESIDE_COLLECTOR = (
    '[ -z "$KATIB_TRIAL_NAME" ] || for n in $(seq 150); do '
    'grep -qs "[-]s-db" /proc/[0-9]*/cmdline && break; sleep 0.2; done'
)


class Case(NamedTuple):
    """One situation.

    Attributes:
        rule: The rule of the first complaint; empty where there should be none.
        fix: A part of the advice.
        change: Changes the Experiment in place.
        place: `everywhere`, `katib` (or its double), `double`, or `real`.
        namespace: What kind of namespace: `plain`, `quota`, `restricted`, `unlabelled`.
    """

    rule: str
    fix: str
    change: Callable[[Object], None]
    place: str = "everywhere"
    namespace: str = "plain"


def job(experiment: Object) -> Object:
    found: Object = experiment["spec"]["trialTemplate"]["trialSpec"]["spec"]
    return found


def pod(experiment: Object) -> Object:
    found: Object = job(experiment)["template"]["spec"]
    return found


def trial(experiment: Object) -> Object:
    found: Object = pod(experiment)["containers"][0]
    return found


def script(text: str, seconds: int = 4) -> Callable[[Object], None]:
    """Return a change that lets the trial run a line of a shell, at once only with 0 seconds."""
    wait = f"{BESIDE_COLLECTOR}; sleep {seconds}; " if seconds else ""
    return command("sh", "-c", f"{wait}{text}")


def command(*words: str) -> Callable[[Object], None]:
    """Return a change of the trial's command; its parameters go into the environment."""

    def change(experiment: Object) -> None:
        given = trial(experiment)["command"]
        trial(experiment)["command"] = list(words)
        trial(experiment)["env"].append({"name": "WORDS", "value": " ".join(given)})

    return change


def in_trial(**fields: Any) -> Callable[[Object], None]:
    """Return a change of fields of the trial's container."""
    return lambda experiment: trial(experiment).update(copy.deepcopy(fields))


def in_pod(**fields: Any) -> Callable[[Object], None]:
    def change(experiment: Object) -> None:
        for key, value in copy.deepcopy(fields).items():
            pod(experiment)[key] = [*pod(experiment).get(key, []), *value] if isinstance(
                value, list
            ) else value  # fmt: skip

    return change


def in_job(**fields: Any) -> Callable[[Object], None]:
    return lambda experiment: job(experiment).update(fields)


def in_template(**fields: Any) -> Callable[[Object], None]:
    return lambda experiment: experiment["spec"]["trialTemplate"].update(fields)


def in_spec(**fields: Any) -> Callable[[Object], None]:
    return lambda experiment: experiment["spec"].update(copy.deepcopy(fields))


def algorithm(name: str, **settings: str) -> Callable[[Object], None]:
    given = [{"name": key, "value": value} for key, value in settings.items()]
    return in_spec(algorithm={"algorithmName": name, "algorithmSettings": given})


def both(*changes: Callable[[Object], None]) -> Callable[[Object], None]:
    def change(experiment: Object) -> None:
        for one in changes:
            one(experiment)

    return change


def unreferenced(experiment: Object) -> None:
    space = {"min": "1", "max": "3", "distribution": "uniform"}
    experiment["spec"]["parameters"].append(
        {"name": "unused", "parameterType": "int", "feasibleSpace": space}
    )


def hungry(experiment: Object) -> None:
    script("exec python -c 'x = bytearray(300 * 2**20); print(len(x))'")(experiment)
    in_trial(resources={"limits": {"memory": "64Mi"}})(experiment)


def fetching(experiment: Object) -> None:
    text = "echo NoCredentialsError: Unable to locate credentials; exit 1"
    image = trial(experiment)["image"]
    in_pod(initContainers=[{"name": "fetch", "image": image, "command": ["sh", "-c", text]}])(
        experiment
    )


def read_only(experiment: Object) -> None:
    in_pod(volumes=[{"name": "r", "emptyDir": {}}])(experiment)
    trial(experiment)["volumeMounts"].append({"name": "r", "mountPath": "/r", "readOnly": True})
    script("echo x > /r/x")(experiment)


def overfull(experiment: Object) -> None:
    script("head -c 60000000 /dev/zero > /tmp/full; sleep 120")(experiment)
    in_trial(resources={"limits": {"ephemeral-storage": "5Mi", "memory": "128Mi"}})(experiment)


def without_user(experiment: Object) -> None:
    del pod(experiment)["securityContext"]  # the image's own user is not the collector's


def missing_claim(experiment: Object) -> None:
    in_pod(volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "recordings"}}])(
        experiment
    )


def missing_config_map(experiment: Object) -> None:
    in_pod(volumes=[{"name": "d", "configMap": {"name": "montage"}}])(experiment)
    trial(experiment)["volumeMounts"].append({"name": "d", "mountPath": "/d"})


CASES: dict[str, Case] = {
    "healthy": Case("", "", lambda experiment: None),
    "slow-but-healthy": Case("", "", in_trial(
        env=[{"name": "METRICS", "value": "score,latency_ms"},
             {"name": "SECONDS_AN_EPOCH", "value": "8"}])),
    "no-image": Case("image", "spelt right", in_trial(image="registry.invalid/trial:1")),
    "image-not-loaded": Case("image", "onto the nodes", in_trial(
        image="absent/trial:1", imagePullPolicy="Never")),
    "no-secret": Case("missing-config", "secret s3", in_trial(
        envFrom=[{"secretRef": {"name": "s3"}}])),
    "no-gpu": Case("unschedulable", "device plugin", in_trial(
        resources={"limits": {"nvidia.com/gpu": "1"}})),
    "no-memory": Case("unschedulable", "memory", in_trial(
        resources={"requests": {"memory": "900Gi"}})),
    "no-node": Case("unschedulable", "nodeSelector", in_pod(nodeSelector={"gpu": "a100"})),
    "no-claim": Case("volume", "PersistentVolumeClaim recordings", missing_claim),
    "no-config-map": Case("volume", "configmap montage", missing_config_map),
    "no-account": Case("service-account", "serviceAccountName", in_pod(
        serviceAccountName="ghost")),
    "quota": Case("quota", "ResourceQuota", lambda experiment: None, namespace="quota"),
    "deadline": Case("deadline", "activeDeadlineSeconds", both(
        script("sleep 90"), in_job(activeDeadlineSeconds=12))),
    "out-of-memory": Case("out-of-memory", "limits.memory", hungry),
    "disk": Case("evicted", "ephemeral-storage", overfull),
    "crash": Case("trial-failed", "eegtune run", script("exit 3")),
    "tried-again": Case("trial-failed", "eegtune run", both(
        script("exit 3"), in_job(backoffLimit=2))),
    "no-module": Case("missing-module", "image", script("python -c 'import absent_module'")),
    "no-program": Case("start", "command", script("absent_program")),
    "no-file": Case("missing-file", "volume", script("cat /data/night.edf")),
    "wrong-argument": Case("arguments", "trial-runner", script(
        "echo 'trial-runner: sleep has no argument --lr' >&2; exit 2")),
    "read-only": Case("permission", "fsGroup", read_only),
    "no-credentials": Case("s3-credentials", "envFrom", fetching),
    "other-case": Case("metrics-unavailable", "objectiveMetricName: Score", script(
        "echo Score=0.5", 6)),
    "colon": Case("metrics-unavailable", "equals sign", script("echo score: 0.5", 6)),
    # What needs Katib's webhook, services and collector.
    "wrong-setting": Case("settings-refused", "spec.algorithm", algorithm(
        "random", no_such_setting="1"), "katib"),
    "unused-parameter": Case("unreferenced-parameter", "reference: unused", unreferenced,
                             "katib"),
    "service-image": Case("service-image", "katib-config", algorithm("badimage"), "katib"),
    "service-memory": Case("service-out-of-memory", "memory limit", algorithm("tiny"), "katib"),
    "service-refused": Case("service-pod-security", "securityContext", lambda experiment: None,
                            "katib", "restricted"),
    "label-gone": Case("namespace-not-labelled", "kubectl label namespace",
                       lambda experiment: None, "katib", "unlabelled"),
    "not-registered": Case("algorithm-not-registered", "chart", algorithm("absent"), "double"),
    "primary-container": Case("primary-container", "primaryContainerName", in_template(
        primaryContainerName="training"), "real"),
    "wrapped-code": Case("command-wrapping", "/file.py", command(
        "python", "-c", "print('score=' + str(len('abc')))"), "katib"),
    "too-fast": Case("trial-too-fast", "sleep 5", script("echo score=1", 0), "katib"),
    "nan": Case("no-number", "exit non-zero", script("echo score=nan latency_ms=1", 6), "katib"),
    "no-label-of-primary": Case("no-collector", "primaryPodLabels", both(
        script("echo score=1", 6), in_template(primaryPodLabels={"role": "main"})), "katib"),
    "stopped-as-another-user": Case("early-stopping-user", "runAsUser", both(
        in_spec(earlyStopping=STOPPING | {"algorithmSettings": [
            {"name": "min_trials_required", "value": "1"}, {"name": "start_step", "value": "1"}]},
            maxTrialCount=6, maxFailedTrialCount=6),
        # so slow that a collector that starts late still stops one
        in_trial(env=[{"name": "METRICS", "value": "score,latency_ms"},
                      {"name": "SECONDS_AN_EPOCH", "value": "3"}]),
        without_user), "katib"),
    "stop-without-retain": Case("early-stopping-without-retain", "retain: true", both(
        in_spec(earlyStopping=STOPPING), in_template(retain=False)), "katib"),
}  # fmt: skip


def experiment(name: str, image: str) -> Object:
    """Return the Experiment of a case."""
    made = small(name, "random", image, most=1, parallel=1)
    made["spec"]["maxFailedTrialCount"] = 1
    CASES[name].change(made)
    return made
