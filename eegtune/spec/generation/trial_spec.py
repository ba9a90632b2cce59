"""What runs a trial: a Job, or a job of Kubeflow's training operators, as YAML lines."""

from __future__ import annotations

from collections.abc import Iterator

from eegtune.spec.generation.plan import Plan
from eegtune.spec.generation.words import quote

_RESTRICTED = "# What a namespace that enforces `restricted` asks for."
_S3_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
)


def trial_spec_lines(plan: Plan) -> Iterator[str]:
    """Yield the trial's object, as the last part of a trial template."""
    yield "    trialSpec:"
    writers = {"Job": _job, "PyTorchJob": _pytorch_job, "TrainJob": _train_job}
    yield from _indented(6, writers[plan.kind](plan))


def _job(plan: Plan) -> Iterator[str]:
    yield from (
        "apiVersion: batch/v1",
        "kind: Job",
        "spec:",
        "  # A trial that fails counts as failed at once instead of six restarts later.",
        "  backoffLimit: 0",
        f"  activeDeadlineSeconds: {plan.deadline_seconds}",
        "  template:",
        "    spec:",
        "      restartPolicy: Never",
    )
    yield from _indented(6, _pod(plan))


def _pytorch_job(plan: Plan) -> Iterator[str]:
    """Write a job of the training operator with one pod that has all GPUs."""
    yield from (
        "apiVersion: kubeflow.org/v1",
        "kind: PyTorchJob",
        "spec:",
        f"  runPolicy: {{backoffLimit: 0, activeDeadlineSeconds: {plan.deadline_seconds}}}",
        "  pytorchReplicaSpecs:",
        "    Master:",
        "      replicas: 1",
        "      restartPolicy: Never",
        "      template:",
        "        spec:",
    )
    yield from _indented(10, _pod(plan))


def _train_job(plan: Plan) -> Iterator[str]:
    """Write a job of Kubeflow Trainer 2, whose runtime makes the pod."""
    yield from (
        "apiVersion: trainer.kubeflow.org/v1alpha1",
        "kind: TrainJob",
        "spec:",
        f"  activeDeadlineSeconds: {plan.deadline_seconds}",
        "  # A ClusterTrainingRuntime of Kubeflow Trainer; its pod's container is `node`.",
        "  runtimeRef: {name: torch-distributed}",
        "  trainer:",
        f"    image: {plan.image}",
        "    numNodes: 1",
        f"    numProcPerNode: {plan.gpus or 1}",
        "    command:",
    )
    yield from (f"    - {quote(word)}" for word in plan.command)
    if plan.secret:
        yield "    env:"
        yield from (f"    - {line}" for line in _secret_variables(plan.secret))
    yield "    resourcesPerNode:"
    yield from _indented(6, _resources(plan))
    if plan.restricted or plan.gpus:
        yield from _indented(2, _runtime_patch(plan))


def _secret_variables(secret: str) -> Iterator[str]:
    """Yield the variables of a Secret one by one; a trainer takes no `envFrom`."""
    for name in _S3_VARIABLES:
        key = f"{{name: {secret}, key: {name}, optional: true}}"
        yield f"{{name: {name}, valueFrom: {{secretKeyRef: {key}}}}}"


def _runtime_patch(plan: Plan) -> Iterator[str]:
    """Yield what differs from the runtime's pod: its rights, tolerations and volumes."""
    yield from (
        "# Since Kubeflow Trainer 2.2; older ones leave it out: put it into the runtime there.",
        "runtimePatches:",
        "- manager: eegtune.dev/init",
        "  trainingRuntimeSpec:",
        "    template:",
        "      spec:",
        "        replicatedJobs:",
        f"        - name: {plan.container_name}",
        "          template:",
        "            spec:",
        "              template:",
        "                spec:",
    )
    if plan.restricted:
        yield f"{'':18}{_RESTRICTED}"
    yield from _indented(18, _pod_rights(plan))
    yield from _indented(18, _tolerations(plan))
    yield f"{'':18}containers:"
    yield f"{'':18}- name: {plan.container_name}"
    yield from _indented(20, _container_rights(plan))
    yield from _indented(20, _volume_mounts(plan))
    yield from _indented(18, _pod_volumes(plan))


def _pod(plan: Plan) -> Iterator[str]:
    if plan.restricted:
        yield _RESTRICTED
        yield "automountServiceAccountToken: false"
    yield from _pod_rights(plan)
    yield from _tolerations(plan)
    yield "containers:"
    yield f"- name: {plan.container_name}"
    yield from _indented(2, _container(plan))
    yield from _pod_volumes(plan)


def _pod_rights(plan: Plan) -> Iterator[str]:
    if plan.restricted:
        yield from (
            "securityContext:",
            "  runAsNonRoot: true",
            "  runAsUser: 65532",
            "  runAsGroup: 65532",
            "  fsGroup: 65532",
            "  seccompProfile: {type: RuntimeDefault}",
        )


def _tolerations(plan: Plan) -> Iterator[str]:
    if plan.gpus:
        yield "# Nodes with GPUs often take no other pods."
        yield "tolerations:"
        yield "- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}"


def _container(plan: Plan) -> Iterator[str]:
    yield f"image: {plan.image}"
    yield "command:"
    yield from (f"- {quote(word)}" for word in plan.command)
    if plan.secret:
        yield "envFrom:"
        yield f"- secretRef: {{name: {plan.secret}, optional: true}}"
    yield "resources:"
    yield from _indented(2, _resources(plan))
    yield from _container_rights(plan)
    yield from _volume_mounts(plan)


def _container_rights(plan: Plan) -> Iterator[str]:
    if plan.restricted:
        yield "securityContext:"
        yield "  allowPrivilegeEscalation: false"
        yield "  readOnlyRootFilesystem: true"
        yield "  capabilities: {drop: [ALL]}"


def _volume_mounts(plan: Plan) -> Iterator[str]:
    volumes = _volumes(plan)
    if volumes:
        yield "volumeMounts:"
        yield from (f"- {{name: {name}, mountPath: {path}}}" for name, path, _ in volumes)


def _pod_volumes(plan: Plan) -> Iterator[str]:
    volumes = _volumes(plan)
    if volumes:
        yield "volumes:"
        yield from (f"- {{name: {name}, {source}}}" for name, _, source in volumes)


def _resources(plan: Plan) -> Iterator[str]:
    yield f'requests: {{cpu: "{max(1, plan.gpus)}", memory: {plan.memory}}}'
    gpus = f', nvidia.com/gpu: "{plan.gpus}"' if plan.gpus else ""
    yield f"limits: {{memory: {plan.memory}{gpus}}}"


def _volumes(plan: Plan) -> list[tuple[str, str, str]]:
    """Return name, path and source of the pod's volumes."""
    volumes = []
    if plan.restricted:
        volumes.append(("scratch", "/tmp", "emptyDir: {}"))
    if plan.gpus:  # loaders and processes exchange tensors there; a container has 64 MiB of it
        source = "emptyDir: {medium: Memory, sizeLimit: 2Gi}"
        volumes.append(("shared-memory", "/dev/shm", source))
    return volumes


def _indented(spaces: int, lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield " " * spaces + line
