"""The few calls of the API server that the double makes, by path."""

from __future__ import annotations

import json
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

        client = self.kube.client
        headers = {"Content-Type": kind, "Accept": "application/json"}
        call = client.param_serialize(
            method, where, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        answer = client.call_api(*call, _request_timeout=30)
        text = answer.read()
        if answer.status in missing:
            return None
        if answer.status >= 300:
            raise ApiException(answer.status, f"{method} {where}: {text.decode()[:500]}")
        found: Object = json.loads(text)
        return found
