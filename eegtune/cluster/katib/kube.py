"""The Kubernetes API as a user sees it: through a kubeconfig, or a pod's service account.

Objects come and go as plain mappings in the API's own words.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

Object = dict[str, Any]
T = TypeVar("T")

GROUP, VERSION = "kubeflow.org", "v1beta1"


class KubeError(Exception):
    """The cluster cannot be asked, or refuses.

    Attributes:
        status: The HTTP status; 0 where there was no answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Kube:
    """One cluster, reached by the official client."""

    client: Any

    @classmethod
    def connect(cls, context: str | None = None) -> Kube:
        """Return the cluster of a kubeconfig's context, or the one in which this is a pod.

        Raises:
            KubeError: There is no kubeconfig, or no such context.
        """
        try:
            from kubernetes import client, config
        except ModuleNotFoundError:
            raise KubeError(
                0, "the package kubernetes is not installed; pip install 'eegtune[cluster]'"
            ) from None
        try:
            _load(config, context)
        except config.ConfigException as error:
            raise KubeError(0, f"no cluster is configured ({error}); set KUBECONFIG") from error
        configuration = client.Configuration.get_default_copy()
        configuration.retries = 1
        return cls(client.ApiClient(configuration))

    def katib_object(self, plural: str, namespace: str, name: str) -> Object | None:
        """Return an Experiment, Suggestion or Trial; None where there is none."""
        return self._maybe(
            lambda: self._custom().get_namespaced_custom_object(
                GROUP, VERSION, namespace, plural, name
            )
        )

    def katib_objects(self, plural: str, namespace: str, selector: str = "") -> list[Object]:
        """Return all of a kind; none where the cluster has no Katib."""
        found = self._maybe(
            lambda: self._custom().list_namespaced_custom_object(
                GROUP, VERSION, namespace, plural, label_selector=selector
            )
        )
        return list((found or {}).get("items") or ())

    def has_katib(self) -> bool:
        """Say whether the cluster knows Katib's resources."""
        from kubernetes import client

        api = client.CustomObjectsApi(self.client)
        return self._maybe(lambda: api.get_api_resources(GROUP, VERSION)) is not None

    def jobs(self, namespace: str, selector: str) -> list[Object]:
        """Return Jobs by labels."""
        from kubernetes import client

        api = client.BatchV1Api(self.client)
        return self._items(lambda: api.list_namespaced_job(namespace, label_selector=selector))

    def pods(self, namespace: str, selector: str) -> list[Object]:
        """Return pods by labels."""
        api = self._core()
        return self._items(lambda: api.list_namespaced_pod(namespace, label_selector=selector))

    def events(self, namespace: str) -> list[Object]:
        """Return the Events of a namespace, the oldest first."""
        items = self._items(lambda: self._core().list_namespaced_event(namespace))
        return sorted(items, key=_event_time)

    def namespace(self, name: str) -> Object | None:
        """Return a Namespace; None where there is none, or it may not be read."""
        return self._maybe(lambda: self._core().read_namespace(name), also=(403,))

    def config_map(self, namespace: str, name: str) -> Object | None:
        """Return a ConfigMap; None where there is none, or it may not be read."""
        read = self._core().read_namespaced_config_map
        return self._maybe(lambda: read(name, namespace), also=(403,))

    def log(self, namespace: str, pod: str, container: str, lines: int = 300) -> str:
        """Return a container's last lines, of its last run where it has been restarted."""
        read = self._core().read_namespaced_pod_log
        options: Object = {"container": container, "tail_lines": lines}
        for previous in (False, True):
            ask = partial(read, pod, namespace, previous=previous, **options)
            try:
                text = self._call(ask)
            except KubeError:
                continue
            if text:
                return str(text)
        return ""

    def nodes(self) -> list[Object]:
        """Return the nodes; none where they may not be read."""
        found = self._maybe(lambda: self._core().list_node(), also=(403,))
        return list((found or {}).get("items") or ())

    def quotas(self, namespace: str) -> list[Object]:
        """Return the ResourceQuotas of a namespace; none where they may not be read."""
        read = self._core().list_namespaced_resource_quota
        found = self._maybe(lambda: read(namespace), also=(403,))
        return list((found or {}).get("items") or ())

    def create_experiment(self, namespace: str, body: Object) -> Object:
        """Create an Experiment.

        Raises:
            KubeError: The webhook refuses it, with the webhook's words.
        """
        create = self._custom().create_namespaced_custom_object
        return self._plain(lambda: create(GROUP, VERSION, namespace, "experiments", body))

    def change_experiment(self, namespace: str, name: str, spec: Mapping[str, Any]) -> Object:
        """Change fields of an Experiment's spec."""
        patch = self._custom().patch_namespaced_custom_object
        body = {"spec": dict(spec)}
        return self._plain(lambda: patch(GROUP, VERSION, namespace, "experiments", name, body))

    def delete_experiment(self, namespace: str, name: str) -> None:
        """Delete an Experiment, with its trials and their Jobs."""
        delete = self._custom().delete_namespaced_custom_object
        self._plain(lambda: delete(GROUP, VERSION, namespace, "experiments", name))

    def put_config_map(self, namespace: str, body: Object) -> None:
        """Write a ConfigMap whether or not it is there; entries that are not given are kept.

        Raises:
            KubeError: It may not be written.
        """
        core = self._core()
        name = body["metadata"]["name"]
        if self._maybe(lambda: core.patch_namespaced_config_map(name, namespace, body)) is None:
            self._plain(lambda: core.create_namespaced_config_map(namespace, body))

    def socket_to(self, namespace: str, pod: str, port: int) -> Any:
        """Return a socket to a pod's port, through the API server.

        Raises:
            KubeError: It cannot be opened, or the user may not do so.
        """
        from kubernetes.stream import portforward

        connect = self._core().connect_get_namespaced_pod_portforward
        forward = self._call(lambda: portforward(connect, pod, namespace, ports=str(port)))
        return forward.socket(port)

    def _custom(self) -> Any:
        from kubernetes import client

        return client.CustomObjectsApi(self.client)

    def _core(self) -> Any:
        from kubernetes import client

        return client.CoreV1Api(self.client)

    def _items(self, call: Callable[[], Any]) -> list[Object]:
        return list((self._plain(call) or {}).get("items") or ())

    def _maybe(self, call: Callable[[], Any], also: tuple[int, ...] = ()) -> Object | None:
        try:
            return self._plain(call)
        except KubeError as error:
            if error.status == 404 or error.status in also:
                return None
            raise

    def _plain(self, call: Callable[[], Any]) -> Object:
        plain: Object = self.client.sanitize_for_serialization(self._call(call))
        return plain

    def _call(self, call: Callable[[], T]) -> T:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return call()
        except ApiException as error:
            raise KubeError(int(error.status or 0), _words(error)) from error
        except (HTTPError, OSError) as error:
            host = self.client.configuration.host
            raise KubeError(0, f"the cluster at {host} gives no answer: {error}") from error


def _load(config: Any, context: str | None) -> None:
    """Read the kubeconfig; without one, a pod has its service account."""
    is_pod = "KUBERNETES_SERVICE_HOST" in os.environ
    has_file = "KUBECONFIG" in os.environ or (Path.home() / ".kube" / "config").exists()
    if is_pod and not has_file and context is None:
        config.load_incluster_config()
    else:
        config.load_kube_config(context=context)


def _words(error: Any) -> str:
    import json

    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"the cluster answered {error.status} {error.reason}"


def _event_time(event: Mapping[str, Any]) -> str:
    metadata = event.get("metadata") or {}
    return str(
        event.get("lastTimestamp")
        or event.get("eventTime")
        or metadata.get("creationTimestamp")
        or ""
    )
