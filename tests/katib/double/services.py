"""The Deployment of a Suggestion, as Katib composes it from its configuration, and its calls."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import grpc

from eegtune.cluster.katib.client.port_forward import forwarded
from eegtune.cluster.katib.kube import Kube
from eegtune.cluster.katib.protocol.rpc import OPTIONS, caller

Object = dict[str, Any]

SUGGESTION, STOPPING = 6789, 6788
PROBE = {"grpc": {"port": SUGGESTION, "service": "manager.v1beta1.Suggestion"},
         "initialDelaySeconds": 1, "periodSeconds": 1, "failureThreshold": 60}  # fmt: skip
DEFAULTS = {"requests": {"cpu": "50m", "memory": "10Mi", "ephemeral-storage": "500Mi"},
            "limits": {"cpu": "500m", "memory": "100Mi", "ephemeral-storage": "5Gi"}}  # fmt: skip


def service_name(thing: Mapping[str, Any]) -> str:
    return f"{thing['metadata']['name']}-{thing['spec']['algorithm']['algorithmName']}"


def labels_of(thing: Mapping[str, Any]) -> dict[str, str]:
    name = thing["metadata"]["name"]
    return {
        "katib.kubeflow.org/deployment": service_name(thing),
        "katib.kubeflow.org/experiment": name,
        "katib.kubeflow.org/suggestion": name,
    }


def container(entry: Mapping[str, Any], name: str, port: int, port_name: str) -> Object:
    """Return an entry of katib-config as a container, with Katib's default resources."""
    given = {key: value for key, value in entry.items() if key not in
             ("algorithmName", "serviceAccountName", "volumeMountPath")}  # fmt: skip
    resources = given.get("resources") or {}
    merged = {kind: {**DEFAULTS[kind], **(resources.get(kind) or {})} for kind in DEFAULTS}
    return {
        "imagePullPolicy": "IfNotPresent", **given,
        "name": name, "resources": merged,
        "ports": [{"containerPort": port, "name": port_name}],
    }  # fmt: skip


def deployment(thing: Mapping[str, Any], config: Mapping[str, Any], owner: Object) -> Object:
    """Return the Deployment of an Experiment's services.

    Raises:
        LookupError: The configuration does not have the algorithm.
    """
    spec, runtime = thing["spec"], config.get("runtime") or {}
    entry = entry_of(runtime.get("suggestions"), spec["algorithm"]["algorithmName"])
    containers = [
        {**container(entry, "suggestion", SUGGESTION, "suggestion-api"), "readinessProbe": PROBE}
    ]
    account = entry.get("serviceAccountName", "default")
    if "earlyStopping" in spec:
        stopping = entry_of(runtime.get("earlyStoppings"), spec["earlyStopping"]["algorithmName"])
        containers.append(container(stopping, "early-stopping", STOPPING, "earlystop-api"))
        account = entry.get("serviceAccountName", service_name(thing))
    labels = labels_of(thing)
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": service_name(thing), "labels": labels, "ownerReferences": [owner]},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": containers, "serviceAccountName": account,
                         "terminationGracePeriodSeconds": 1},
            },
        },
    }  # fmt: skip


def entry_of(entries: Any, name: str) -> Mapping[str, Any]:
    found = [entry for entry in entries or () if entry.get("algorithmName") == name]
    if not found:
        raise LookupError(f"failed to find suggestion config for algorithm {name}")
    entry: Mapping[str, Any] = found[-1]  # the last one of a name counts
    return entry


def service(thing: Mapping[str, Any], owner: Object) -> Object:
    ports = [{"name": "suggestion-api", "port": SUGGESTION}]
    if "earlyStopping" in thing["spec"]:
        ports.append({"name": "earlystop-api", "port": STOPPING})
    return {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": service_name(thing), "ownerReferences": [owner]},
        "spec": {"selector": labels_of(thing), "ports": ports},
    }  # fmt: skip


def early_stopping_rights(thing: Mapping[str, Any], owner: Object) -> list[tuple[str, Object]]:
    """Return the account that Katib makes for early stopping, with what its Role is held to.

    Katib's Role allows every verb; ours is the one that docs/katib-services.md says is enough,
    so that a test fails where the service needs more.
    """
    name = service_name(thing)
    metadata = {"name": name, "ownerReferences": [owner]}
    namespace = thing["metadata"]["namespace"]
    rbac = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": ["kubeflow.org"], "resources": ["trials"], "verbs": ["get"]},
        {"apiGroups": ["kubeflow.org"], "resources": ["trials/status"], "verbs": ["patch"]},
    ]
    return [
        ("/api/v1:serviceaccounts", {"metadata": metadata}),
        (f"/apis/{rbac}/v1:roles", {"metadata": metadata, "rules": rules}),
        (f"/apis/{rbac}/v1:rolebindings", {
            "metadata": metadata, "roleRef": {"apiGroup": rbac, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}]}),
    ]  # fmt: skip


class PodCalls:
    """gRPC calls of pods, through the API server; channels are kept as long as their pods."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._open: dict[tuple[str, str, int], tuple[grpc.Channel, ExitStack]] = {}

    def __call__(
        self, namespace: str, pod: str, port: int, service: str, method: str, request: Any,
        timeout_seconds: float = 60,
    ) -> Any:  # fmt: skip
        key = (namespace, pod, port)
        if key not in self._open:
            stack = ExitStack()
            connect = partial(self._kube.socket_to, namespace, pod, port)
            address = stack.enter_context(forwarded(connect))
            channel = stack.enter_context(grpc.insecure_channel(address, options=OPTIONS))
            self._open[key] = (channel, stack)
        call = caller(self._open[key][0], service, method)
        try:
            return call(request, timeout=timeout_seconds)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self.forget(key)
            raise

    def forget(self, key: tuple[str, str, int]) -> None:
        _, stack = self._open.pop(key)
        stack.close()

    def close(self) -> None:
        for key in list(self._open):
            self.forget(key)
