"""The command and environment of a trial's container, as its process here gets them.

Like Kubernetes, `$(NAME)` in a command stands for a variable of the container and `$$` for `$`;
what is not known stays as it is written. A command runs word by word. Katib itself joins the
words with blanks and hands them to a shell, unless they start with `sh -c`; that loses quotes,
so here it happens only with `--strict-katib`.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from eegtune.execution.pod import Pod
from eegtune.execution.runner import RunnerError
from eegtune.spec.rendering import PARENT_LABEL

_VARIABLE = re.compile(r"\$(\$|\(([^()$]*)\))")
_LABEL = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_PYTHON = re.compile(r"python(3(\.\d+)?)?(\.exe)?")


class Variables(NamedTuple):
    """The environment that a template gives, and what of it could not be found here."""

    values: dict[str, str]
    missing: tuple[str, ...]


def variables_of(pod: Pod, trial_name: str, labels: Mapping[str, str]) -> Variables:
    """Resolve a container's `env` here: literals, fields, and secrets from our environment.

    A variable that comes from a Secret or ConfigMap is taken from the environment under its own
    name. One that is not there, and not optional, is listed as missing. `EEGTUNE_PARENT` is the
    trial that this one goes on from, whether the template hands it over, as Katib needs, or not.

    Raises:
        RunnerError: A `fieldRef` names a field that a process here does not have.
    """
    parent = labels.get(PARENT_LABEL)
    values = {} if parent is None else {"EEGTUNE_PARENT": parent}
    missing: list[str] = []
    for entry in pod.container.get("env") or ():
        name, source = entry["name"], entry.get("valueFrom")
        if source is None:
            values[name] = expand(str(entry.get("value") or ""), values)
        elif "fieldRef" in source:
            values[name] = _field(source["fieldRef"]["fieldPath"], pod, trial_name, labels)
        elif "resourceFieldRef" in source:
            values[name] = _resource(source["resourceFieldRef"]["resource"], pod)
        elif name in os.environ:
            values[name] = os.environ[name]
        elif not any(reference.get("optional") for reference in source.values()):
            missing.append(name)
    return Variables(values, tuple(missing))


def command_of(pod: Pod, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words of a container's command with its variables filled in.

    Raises:
        RunnerError: The container names no command (its image would know it).
    """
    words = _words(pod)
    return tuple(expand(word, variables) for word in words)


def katib_command_of(pod: Pod, variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command as Katib's webhook rewrites it, without its redirection."""
    words = _words(pod)
    shell, rest = ("sh", "-c"), words
    if tuple(words[:2]) in (("sh", "-c"), ("bash", "-c")):
        shell, rest = (words[0], words[1]), words[2:]
    return (*shell, expand(" ".join(rest), variables))


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace `$(NAME)` and `$$` as Kubernetes does.

    >>> expand("$(A) $$(A) $(B) $x", {"A": "1"})
    '1 $(A) $(B) $x'
    """

    def replacement(match: re.Match[str]) -> str:
        if match.group(1) == "$":
            return "$"
        return variables.get(match.group(2), match.group(0))

    return _VARIABLE.sub(replacement, text)


def trial_runner_arguments(command: Sequence[str]) -> tuple[str, ...] | None:
    """Return what a command hands to `trial-runner`; None where it runs something else.

    >>> trial_runner_arguments(["python3", "-u", "-m", "trial_runner", "linear_probe"])
    ('linear_probe',)
    >>> trial_runner_arguments(["sh", "-c", "exec trial-runner linear_probe --lr=1"])
    ('linear_probe', '--lr=1')
    >>> trial_runner_arguments(["sh", "-c", "trial-runner linear_probe > log"]) is None
    True
    """
    words = tuple(command)
    if not words:
        return None
    program = PurePath(words[0]).name
    if program in ("trial-runner", "trial-runner.exe"):
        return words[1:]
    if _PYTHON.fullmatch(program):
        rest = words[2:] if words[1:2] == ("-u",) else words[1:]
        return rest[2:] if rest[:2] == ("-m", "trial_runner") else None
    if program in ("sh", "bash") and words[1:2] == ("-c",) and len(words) == 3:
        return _simple_script(words[2])
    return None


def _simple_script(script: str) -> tuple[str, ...] | None:
    if re.search(r"[|&;<>()$`\\*?\[\]#~{}\n!]", script):
        return None  # a shell is needed
    try:
        words = shlex.split(script)
    except ValueError:
        return None
    if words[:1] == ["exec"]:
        words = words[1:]
    return trial_runner_arguments(words) if words[:1] not in (["sh"], ["bash"]) else None


def _words(pod: Pod) -> list[str]:
    command = pod.container.get("command") or []
    if not command:
        raise RunnerError(
            f"the trial template's container {pod.container.get('name')!r} has no command; "
            "write it (command: [trial-runner, …]), as a process here has no image to take it from"
        )
    return [str(word) for word in (*command, *(pod.container.get("args") or ()))]


def _field(path: str, pod: Pod, trial_name: str, labels: Mapping[str, str]) -> str:
    match = _LABEL.fullmatch(path)
    if match is not None:
        kind, key = match.groups()
        return (
            {**pod.labels, **labels}.get(key, "")
            if kind == "labels"
            else pod.annotations.get(key, "")
        )
    known = {
        "metadata.name": trial_name,
        "metadata.uid": trial_name,
        "metadata.namespace": pod.namespace,
        "spec.nodeName": socket.gethostname(),
        "spec.serviceAccountName": "default",
        "status.hostIP": "127.0.0.1",
        "status.podIP": "127.0.0.1",
    }
    if path not in known:
        raise RunnerError(f"the trial template's fieldRef {path!r} means nothing for a process")
    return known[path]


def _resource(name: str, pod: Pod) -> str:
    kind, _, key = name.partition(".")
    amounts: Mapping[str, Any] = (pod.container.get("resources") or {}).get(kind) or {}
    if key == "cpu":
        return str(int(-(-(pod.resources.cpu_cores or os.cpu_count() or 1) // 1)))
    if key == "memory" and pod.resources.memory_bytes is not None:
        return str(pod.resources.memory_bytes)
    return str(amounts.get(key, "0"))
