"""The command line that runs a trial's container with docker, podman or nerdctl."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eegtune.execution.command import expand
from eegtune.execution.pod import Pod
from eegtune.execution.runner import RunnerError

RUNTIMES = ("docker", "podman", "nerdctl")
RUN_LABEL = "eegtune.dev/run"
_SECONDS_FOR_ANSWER = 20.0
_PULL = {"Never": "never", "Always": "always", "IfNotPresent": "missing"}


class Mount(NamedTuple):
    """A folder of this machine inside a container."""

    source: str
    target: str
    is_read_only: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.target}{':ro' if self.is_read_only else ''}"


class Box(NamedTuple):
    """What a container gets beside what its template says.

    Attributes:
        name: The container's name.
        run: What all containers of the run are labelled with.
        environment: Variables with their values.
        inherited: Variables whose values the runtime takes from its own environment, so that no
            secret stands on a command line.
        mounts: Folders of this machine.
        gpus: GPUs as CUDA_VISIBLE_DEVICES would name them.
    """

    name: str
    run: str
    environment: Mapping[str, str]
    inherited: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    gpus: Sequence[str] = ()


def find_runtime(wanted: str) -> str:
    """Return the runtime of a name, or for `container` the first one that answers.

    Raises:
        ValueError: There is none.
    """
    names = RUNTIMES if wanted == "container" else (wanted,)
    silent = []
    for name in names:
        if shutil.which(name) is None:
            continue
        if _answers(name):
            return name
        silent.append(name)
    if silent:
        raise ValueError(
            f"--runtime {wanted}: {', '.join(silent)} does not answer; is its daemon running? "
            f"(`{silent[0]} version` says more)"
        )
    raise ValueError(f"--runtime {wanted}: {' or '.join(names)} is not installed here")


def run_words(runtime: str, pod: Pod, box: Box) -> list[str]:
    """Return the words that run a pod's primary container, to its end, in the foreground.

    Raises:
        RunnerError: The template names no image.
    """
    container = pod.container
    image = container.get("image")
    if not image:
        raise RunnerError(f"the trial template's container {container.get('name')!r} has no image")
    words = [runtime, "run", "--name", box.name, "--label", f"{RUN_LABEL}={box.run}"]
    words += ["--pull", _PULL.get(str(container.get("imagePullPolicy")), "missing")]
    words += [f"--env={name}={value}" for name, value in box.environment.items()]
    words += [f"--env={name}" for name in box.inherited]
    words += [f"--volume={mount}" for mount in box.mounts]
    words += _limits(runtime, pod, box.gpus)
    if container.get("workingDir"):
        words.append(f"--workdir={container['workingDir']}")
    variables = {**{name: os.environ.get(name, "") for name in box.inherited}, **box.environment}
    command = [expand(str(word), variables) for word in container.get("command") or ()]
    given = [expand(str(word), variables) for word in container.get("args") or ()]
    # Kubernetes' command takes the place of the image's entry point, args that of its command.
    entry = [f"--entrypoint={command[0]}"] if command else []
    return [*words, *entry, str(image), *command[1:], *given]


def remove_words(runtime: str, *names: str) -> list[str]:
    """Return the words that kill and remove containers, whether they are there or not."""
    at_once = ["--time=0"] if runtime == "podman" else []
    return [runtime, "rm", "--force", *at_once, *names]


def mounts_of(pod: Pod, given: Mapping[str, str]) -> Iterator[Mount]:
    """Yield the folders that a template's volumes are here.

    Args:
        pod: The pod.
        given: Folders of this machine for volumes, by the volumes' names.

    Raises:
        RunnerError: A volume has no folder here.
    """
    volumes = {each["name"]: each for each in pod.spec.get("volumes") or ()}
    for mount in pod.container.get("volumeMounts") or ():
        name, target = str(mount["name"]), str(mount["mountPath"])
        source = given.get(name) or _source(volumes.get(name, {}))
        if source is None:
            raise RunnerError(
                f"the trial template's volume {name!r} is not on this machine; give "
                f"--mount {name}=FOLDER"
            )
        if source:
            inside = Path(source, str(mount.get("subPath") or "")).absolute()
            yield Mount(str(inside), target, bool(mount.get("readOnly")))


def _source(volume: Mapping[str, Any]) -> str | None:
    """Return a volume's folder here; empty where the container's own will do, None for none."""
    if "emptyDir" in volume:
        return ""
    path = (volume.get("hostPath") or {}).get("path")
    return str(path) if path else None


def _limits(runtime: str, pod: Pod, gpus: Sequence[str]) -> Iterator[str]:
    memory, cores = pod.memory_limit_bytes, pod.resources.cpu_cores
    if memory is not None:
        yield f"--memory={memory}"
    if cores is not None:
        yield f"--cpus={min(cores, float(os.cpu_count() or 1)):g}"
    if gpus and runtime == "podman":
        yield from (f"--device=nvidia.com/gpu={gpu}" for gpu in gpus)
    elif gpus:
        yield f'--gpus="device={",".join(gpus)}"'
    user = (pod.container.get("securityContext") or {}).get("runAsUser")
    if user is not None:
        yield f"--user={user}"


def _answers(name: str) -> bool:
    try:
        done = subprocess.run(
            [name, "version"], capture_output=True, timeout=_SECONDS_FOR_ANSWER, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
