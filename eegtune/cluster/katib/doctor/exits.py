"""Why a container ended as it did: its exit code, and what it and the collector wrote."""

from __future__ import annotations

import re
from typing import NamedTuple

from eegtune.cluster.katib.doctor.complaint import Complaint, Harm
from eegtune.cluster.katib.doctor.snapshot import (
    COLLECTORS,
    Object,
    Snapshot,
    last_lines,
    name_of,
    split_collector_log,
    terminated,
)


class Sign(NamedTuple):
    """A text in a log, what it means, and what to do."""

    pattern: str
    rule: str
    problem: str
    fix: str


# The collector's last words, where the trial itself is not to blame.
COLLECTOR_SIGNS = (
    Sign(
        "unable to find main pid|process list",
        "trial-too-fast",
        "A trial ended before its collector had started; Katib fails it although it succeeded.",
        "Let the trial wait for the collector: trial-runner does. With a command of your own add "
        "`&& sleep 5`, and let the nodes have the collector's image beforehand.",
    ),
    Sign(
        "Unable to parse value .* to float",
        "collector-value",
        "The collector stopped at a metric value that is no number.",
        "With early stopping no metric may be nan, None or empty: let the trial exit non-zero "
        "instead of printing such a value.",
    ),
    Sign(
        "pgrep|executable file not found",
        "collector-pgrep",
        "The collector cannot stop a trial: its image has no pgrep.",
        "Use a collector image with procps in katib-config (runtime.metricsCollectors[]).",
    ),
    Sign(
        "Failed to (Report|report) logs|katib-db-manager|connection refused|no such host|"
        "DeadlineExceeded|i/o timeout",
        "database",
        "The collector cannot reach Katib's DB manager.",
        "Is katib-db-manager running, and may this namespace reach its port 6789 (NetworkPolicy, "
        "service mesh)?",
    ),
    Sign(
        "PermissionDenied|PERMISSION_DENIED|could not be marked",
        "early-stopping-rights",
        "Trials that were stopped early are not marked as such.",
        "Allow the suggestion's service account to get trials and to patch trials/status; our "
        "chart makes this Role.",
    ),
    Sign(
        "invalid character|unmarshal",
        "collector-format",
        "The collector expects JSON, but a line is none.",
        "With format JSON every line must be a JSON object whose values are strings; or set "
        "fileSystemPath.format: TEXT.",
    ),
)

# What a trial wrote before it ended.
TRIAL_SIGNS = (
    Sign(
        r"CUDA out of memory|OutOfMemoryError",
        "gpu-memory",
        "A trial needs more GPU memory than there is.",
        "Lower the largest batch_size of the space, or ask for a larger GPU in the template.",
    ),
    Sign(
        r"cannot create \S+/\d+\.pid: Permission denied",
        "early-stopping-user",
        "A trial that was stopped early fails: it runs as another user than its collector.",
        "Set spec.template.spec.securityContext.runAsUser (and fsGroup) of the trial's Job: both "
        "containers then run as this user. Generated Experiments do.",
    ),
    Sign(
        r"(sh|bash): .*(Syntax error|syntax error|unexpected|Unterminated)",
        "command-wrapping",
        "The trial's command is broken by Katib, which joins its words with blanks for a shell.",
        "Put the program into a file of the image and write command: [python3, -u, /file.py, "
        "--x=…]; no quotes, brackets or here-documents.",
    ),
    Sign(
        r"ModuleNotFoundError|ImportError",
        "missing-module",
        "The image lacks a Python module that the trial imports.",
        "Use an image that has it (each component has its own), or correct the image tag.",
    ),
    Sign(
        r"No space left on device",
        "disk-full",
        "The disk is full.",
        "Use a volume for data and checkpoints, or request ephemeral-storage.",
    ),
    Sign(
        r"Read-only file system|PermissionError|Permission denied",
        "permission",
        "The trial may not write or read where it tries to.",
        "Mount a volume that its user may write, or set securityContext.fsGroup in the template.",
    ),
    Sign(
        r"FileNotFoundError|No such file or directory",
        "missing-file",
        "A file that the trial needs is not there.",
        "Is the volume with the data mounted at the path that the command names?",
    ),
    Sign(
        r"NoCredentials|AccessDenied|Unable to locate credentials|InvalidAccessKeyId",
        "s3-credentials",
        "The trial may not read the S3 bucket.",
        "Give the template the credentials: envFrom a Secret of this namespace.",
    ),
    Sign(
        r"has no argument --|unrecognized arguments|allowed is|is given twice|needs --",
        "arguments",
        "The trial refuses its arguments.",
        "Make the names and spaces of spec.parameters those of the command; `trial-runner "
        "COMPONENT --help` lists them.",
    ),
    Sign(
        r"which is no number|diverged",
        "diverged",
        "The training diverged.",
        "Lower the largest learning rate of the space; such trials are counted as failures.",
    ),
)

_PLAIN = "its command returned an error"
_CODES = {
    126: "the command may not be executed",
    127: "the command does not exist in the image",
    137: "it was killed",
    139: "it crashed (segmentation fault)",
    143: "it was told to stop",
}


def describe_exit(seen: Snapshot, pod: Object, container: str, state: Object) -> Complaint | None:
    """Say why a container has ended, if it has not ended well."""
    ended = terminated(state)
    if ended is None or int(ended.get("exitCode") or 0) == 0:
        return None
    where = (f"pod/{name_of(pod)}",)
    if ended.get("reason") == "OOMKilled":
        return Complaint(
            "out-of-memory",
            Harm.TRIALS_ARE_LOST,
            f"The container {container} was killed because it needed more memory than its limit.",
            f"Its limit is {_memory_limit(pod, container)}.",
            "Raise resources.limits.memory in the template, or lower batch_size and workers.",
            where,
        )
    if container in COLLECTORS:
        return _collector_exit(seen, pod, container, where)
    text = f"{seen.trial_log(pod)}\n{ended.get('message', '')}"
    code = int(ended.get("exitCode") or 0)
    for sign in TRIAL_SIGNS:
        if re.search(sign.pattern, text):
            line = next(line for line in text.splitlines() if re.search(sign.pattern, line))
            return _from_sign(sign, line, where)
    if ended.get("reason") in ("StartError", "ContainerCannotRun") or code in (126, 127):
        return Complaint(
            "start",
            Harm.TRIALS_ARE_LOST,
            f"The container {container} could not start its command.",
            str(ended.get("message") or _CODES.get(code, ""))[:300] + f" {last_lines(text)}",
            "Is the command in the image? Write it with its path: command: [python3, -u, …].",
            where,
        )
    return Complaint(
        "trial-failed",
        Harm.TRIALS_ARE_LOST,
        f"The container {container} ended with exit code {code}: {_CODES.get(code, _PLAIN)}.",
        last_lines(text) or "It wrote nothing, or its log is gone (retain: true keeps it).",
        "Run the same configuration here: eegtune run FILE --max-trials 1 shows all it writes.",
        where,
    )


def _collector_exit(
    seen: Snapshot, pod: Object, container: str, where: tuple[str, ...]
) -> Complaint | None:
    _, own = split_collector_log(seen.log(pod, container))
    if "training container is failed" in own:
        return None  # the trial's own end is the cause
    for sign in COLLECTOR_SIGNS:
        for line in own.splitlines():
            if re.search(sign.pattern, line):
                return _from_sign(sign, line, where)
    return Complaint(
        "collector-failed",
        Harm.TRIALS_ARE_LOST,
        "The metrics collector ended with an error.",
        last_lines(own),
        "kubectl logs with -c metrics-logger-and-collector has all of it.",
        where,
    )


def _from_sign(sign: Sign, line: str, where: tuple[str, ...]) -> Complaint:
    cause = line.strip()[-300:]
    return Complaint(sign.rule, Harm.TRIALS_ARE_LOST, sign.problem, cause, sign.fix, where)


def _memory_limit(pod: Object, container: str) -> str:
    for entry in (pod.get("spec") or {}).get("containers") or ():
        if entry.get("name") == container:
            limits = (entry.get("resources") or {}).get("limits") or {}
            return str(limits.get("memory", "that of its node"))
    return "unknown"
