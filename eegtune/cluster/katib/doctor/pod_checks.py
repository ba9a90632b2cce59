"""What keeps a pod from starting, and what ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.exits import describe_exit
from eegtune.cluster.katib.doctor.snapshot import (
    COLLECTORS,
    Object,
    Snapshot,
    condition,
    container_states,
    is_over,
    name_of,
    waiting,
)


def check_trial_pods(seen: Snapshot) -> Iterator[Complaint]:
    """Find what is wrong with the trials' pods."""
    for pod in seen.pods:
        yield from describe_pod(seen, pod)


def check_jobs(seen: Snapshot) -> Iterator[Complaint]:
    """Find Jobs that can make no pod, were given up for time, or try again and again."""
    for job in seen.jobs:
        name = name_of(job)
        if not seen.pods_of(name) and not is_over(job):
            yield from _pods_refused(seen, name)
        failed = condition(job, "Failed")
        if failed is not None and failed.get("reason") == "DeadlineExceeded":
            limit = (job.get("spec") or {}).get("activeDeadlineSeconds")
            yield Complaint(
                "deadline",
                Harm.TRIALS_ARE_LOST,
                f"A trial was ended after activeDeadlineSeconds: {limit}.",
                "It took longer; what it had printed is lost with it.",
                "Raise activeDeadlineSeconds in the template, or lower the largest number of "
                "epochs; trials with a checkpoint folder go on where they were.",
                (f"job/{name}",),
            )
        tries = int((job.get("status") or {}).get("failed") or 0)
        if tries > 1:
            yield Complaint(
                "retries",
                Harm.WORTH_KNOWING,
                "Failed trials are tried again.",
                f"{tries} pods of one trial have failed; the Job's backoffLimit allows it.",
                "Set backoffLimit: 0 in the template: a broken trial then costs one pod.",
                (f"job/{name}",),
            )


def describe_pod(seen: Snapshot, pod: Object) -> Iterator[Complaint]:
    """Say what is wrong with one pod, the first cause only."""
    for find in (_unscheduled, _evicted, _not_mounted, _not_started, _ended, _sidecar_left):
        complaint = find(seen, pod)
        if complaint is not None:
            yield complaint
            return


def _pods_refused(seen: Snapshot, job: str) -> Iterator[Complaint]:
    texts = [str(e.get("message", "")) for e in seen.events_of("Job", job)
             if e.get("reason") == "FailedCreate"]  # fmt: skip
    if not texts:
        return
    yield refused_by_the_cluster(seen, texts[-1], f"job/{job}")


def refused_by_the_cluster(seen: Snapshot, text: str, where: str) -> Complaint:
    """Say why the API server did not let a pod be made."""
    rule, problem, fix = "pods-refused", "The cluster refuses the pods.", "See the cause."
    if "exceeded quota" in text:
        rule, problem = "quota", "The namespace's quota is used up."
        fix = (
            "Lower parallelTrialCount (it may be changed while the Experiment runs) or the "
            "template's requests, or ask for a larger ResourceQuota."
        )
    elif "must specify" in text or "failed quota" in text:
        rule, problem = "quota", "The namespace's quota wants requests and limits to be given."
        fix = "Give the trial's container resources.requests and limits in the template."
    elif "PodSecurity" in text:
        rule, problem = "pod-security", "The namespace's security standard refuses the pods."
        fix = (
            "Give the template a securityContext that it allows (runAsNonRoot, no privilege "
            "escalation, seccompProfile RuntimeDefault, capabilities dropped)."
        )
    elif "primary container" in text:
        rule, problem = "primary-container", "The template has no container of the primary's name."
        name = (seen.spec.get("trialTemplate") or {}).get("primaryContainerName")
        fix = f"Name the container {name}, or set primaryContainerName to the container's name."
    elif "failed calling webhook" in text:
        rule, problem = "webhook", "A webhook that looks at every pod gives no answer."
        fix = "Look at the katib-controller pod: while it is down, no pod of the namespace starts."
    elif "serviceaccount" in text.lower():
        rule, problem = "service-account", "The service account does not exist."
        fix = "Make it, or correct serviceAccountName in the template."
    return Complaint(rule, Harm.NOTHING_RUNS, problem, text[:400], fix, (where,))


def _unscheduled(seen: Snapshot, pod: Object) -> Complaint | None:
    for entry in (pod.get("status") or {}).get("conditions") or ():
        if entry.get("type") == "PodScheduled" and entry.get("status") == "False":
            return _no_node(pod, str(entry.get("message", "")))
    return None


def _no_node(pod: Object, text: str) -> Complaint:
    claim = re.search(r'persistentvolumeclaim "([^"]+)" not found', text)
    short = sorted(set(re.findall(r"Insufficient ([\w./-]*\w)", text)))
    gpus = [name for name in short if "gpu" in name]
    fix = "Ask for what a node has, or wait until one is free."
    problem, rule = "No node takes a pod.", "unschedulable"
    if claim:
        rule, problem = "volume", f"The volume claim {claim[1]} does not exist."
        fix = f"Make the PersistentVolumeClaim {claim[1]}, or correct the template's claimName."
    elif "unbound immediate PersistentVolumeClaims" in text:
        rule, problem = "volume", "A volume claim is not bound to a volume."
        fix = "kubectl get pvc: is there a StorageClass that makes such a volume?"
    elif gpus:
        problem = "No node has a free GPU for a pod."
        fix = (
            "Lower parallelTrialCount to the number of GPUs, or wait; where no node has "
            f"{gpus[0]} at all, is the device plugin installed?"
        )
    elif short:
        resources = " and ".join(short)
        problem = f"No node has enough {resources} for a pod."
        fix = f"Lower the {resources} that the template requests, or parallelTrialCount."
    elif "taint" in text:
        problem, fix = "All nodes that fit are tainted.", "Add the toleration to the template."
    elif "affinity" in text or "selector" in text:
        problem = "No node has the labels that the template selects."
        fix = "Correct nodeSelector or affinity in the template; kubectl get nodes --show-labels."
    return Complaint(rule, Harm.NOTHING_RUNS, problem, text[:400], fix, (f"pod/{name_of(pod)}",))


def _evicted(seen: Snapshot, pod: Object) -> Complaint | None:
    status = pod.get("status") or {}
    lost = condition(pod, "DisruptionTarget")
    if status.get("reason") not in ("Evicted", "NodeLost", "Preempting") and lost is None:
        return None
    text = str(status.get("message") or (lost or {}).get("message") or status.get("reason"))
    fix = "Request what the trial needs, so that a node is not overfilled."
    if "ephemeral" in text or "disk" in text.lower():
        fix = "Write less to the container's disk (use a volume), or request ephemeral-storage."
    elif "preempt" in text.lower():
        fix = "Give the trials a priorityClassName that is not preempted, or expect lost trials."
    return Complaint(
        "evicted",
        Harm.TRIALS_ARE_LOST,
        "A trial was put off its node.",
        text[:400],
        f"{fix} Checkpoints on a volume let the next try go on.",
        (f"pod/{name_of(pod)}",),
    )


def _not_mounted(seen: Snapshot, pod: Object) -> Complaint | None:
    if (pod.get("status") or {}).get("phase") != "Pending":
        return None
    for event in seen.events_of("Pod", name_of(pod)):
        if event.get("reason") in ("FailedMount", "FailedAttachVolume"):
            text = str(event.get("message", ""))
            missing = re.search(r'(secret|configmap) "([^"]+)" not found', text)
            fix = "kubectl describe pod has the volume; is its server reachable from the node?"
            if missing:
                fix = f"Make the {missing[1]} {missing[2]} in this namespace."
            return Complaint(
                "volume",
                Harm.NOTHING_RUNS,
                "A volume cannot be mounted.",
                text[:400],
                fix,
                (f"pod/{name_of(pod)}",),
            )
    return None


def _not_started(seen: Snapshot, pod: Object) -> Complaint | None:
    for name, state in container_states(pod):
        reason = waiting(state)
        if reason is None:
            continue
        kind, text = str(reason.get("reason")), str(reason.get("message", ""))
        if kind in ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"):
            return _no_image(pod, name, str(state.get("image", "")), kind, text)
        if kind == "CreateContainerConfigError":
            missing = re.search(r'(secret|configmap) "([^"]+)" not found', text)
            where = f"the {missing[1]} {missing[2]}" if missing else "what it refers to"
            return Complaint(
                "missing-config",
                Harm.NOTHING_RUNS,
                f"The container {name} refers to something that is not there.",
                text[:300],
                f"Make {where} in this namespace, or correct the reference in the template.",
                (f"pod/{name_of(pod)}",),
            )
        if kind in ("CreateContainerError", "RunContainerError", "CrashLoopBackOff"):
            return describe_exit(seen, pod, name, state) or Complaint(
                "start",
                Harm.NOTHING_RUNS,
                f"The container {name} cannot be started.",
                text[:300] or kind,
                "Is the command in the image? Write it with its path.",
                (f"pod/{name_of(pod)}",),
            )
    return None


def _no_image(pod: Object, container: str, image: str, kind: str, text: str) -> Complaint:
    fix = f"Is {image} spelt right, and may the nodes pull it (imagePullSecrets)?"
    if kind == "ErrImageNeverPull":
        fix = f"Load {image} onto the nodes, or set imagePullPolicy: IfNotPresent."
    elif container in COLLECTORS:
        fix = (
            f"The collector's image {image} is set in katib-config (runtime.metricsCollectors[])."
        )
    return Complaint(
        "image",
        Harm.NOTHING_RUNS,
        f"The image of container {container} cannot be had.",
        (text or kind)[:300],
        fix,
        (f"pod/{name_of(pod)}",),
    )


def _ended(seen: Snapshot, pod: Object) -> Complaint | None:
    """Look at the trial's own container before the collector, which only follows it."""
    states = sorted(container_states(pod), key=lambda pair: pair[0] in COLLECTORS)
    for name, state in states:
        complaint = describe_exit(seen, pod, name, state)
        if complaint is not None:
            return complaint
    return None


def _sidecar_left(seen: Snapshot, pod: Object) -> Complaint | None:
    states = dict(container_states(pod))
    proxy = states.get("istio-proxy")
    if proxy is None or not (proxy.get("state") or {}).get("running"):
        return None
    others = [s for n, s in states.items() if n != "istio-proxy"]
    if not others or not all((s.get("state") or {}).get("terminated") for s in others):
        return None
    return Complaint(
        "mesh-sidecar",
        Harm.NOTHING_RUNS,
        "Trials never end: the service mesh's sidecar goes on after them.",
        "All containers but istio-proxy have ended.",
        'Add the label sidecar.istio.io/inject: "false" to the template\'s pod.',
        (f"pod/{name_of(pod)}",),
    )
