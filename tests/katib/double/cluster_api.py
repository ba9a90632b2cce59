"""The few calls of the API server that the double makes, by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from eegtune.cluster.katib.kube import Kube

Object = dict[str, Any]

KATIB = "/apis/kubeflow.org/v1beta1"
CORE, APPS, BATCH = "/api/v1", "/apis/apps/v1", "/apis/batch/v1"


def path(group: str, namespace: str, plural: str, name: str = "") -> str:
    """Return where objects are.

    >>> path(BATCH, "lab", "jobs", "one")
    '/apis/batch/v1/namespaces/lab/jobs/one'
    """
    return f"{group}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True)
class ClusterApi:
    """The API server; what is not there is None, what is there already is left alone."""

    kube: Kube

    def get(self, where: str) -> Object | None:
        return self._call(where, "GET", missing=(404,))

    def items(self, where: str, selector: str = "") -> list[Object]:
        where += f"?labelSelector={quote(selector)}" if selector else ""
        return list((self._call(where, "GET") or {}).get("items") or ())

    def create(self, where: str, body: Mapping[str, Any]) -> Object | None:
        return self._call(where, "POST", body, missing=(409,))

    def merge(self, where: str, body: Mapping[str, Any]) -> Object | None:
        kind = "application/merge-patch+json"
        return self._call(where, "PATCH", body, missing=(404,), kind=kind)

    def delete(self, where: str) -> Object | None:
        body = {"propagationPolicy": "Background"}
        return self._call(where, "DELETE", body, missing=(404,))

    def _call(
        self,
        where: str,
        method: str,
        body: Mapping[str, Any] | None = None,
        missing: tuple[int, ...] = (),
        kind: str = "application/json",
    ) -> Object | None:
        from kubernetes.client.exceptions import ApiException

        try:
            found: Object = self.kube.client.call_api(
                where, method, header_params={"Content-Type": kind, "Accept": "application/json"},
                body=body, response_type="object", auth_settings=["BearerToken"],
                _return_http_data_only=True, _request_timeout=30,
            )  # fmt: skip
        except ApiException as error:
            if error.status in missing:
                return None
            raise
        return found
