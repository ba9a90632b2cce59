"""The Kubernetes API as a pod sees it: a few calls with the pod's own service account.

The services need two verbs of one resource. The full client library would double their memory
and their start; what it does for a pod is in this file.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ApiError(Exception):
    """What the API server answered instead of an object.

    Attributes:
        status: Its HTTP status; 0 where the server could not be reached.
        message: Its own words.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}" if status else message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class ClusterApi:
    """The API server, with the credentials of a service account.

    Attributes:
        address: Such as `https://10.96.0.1:443`.
        account: The folder that holds `token`, `ca.crt` and `namespace`; the token is read at
            each call, because the kubelet replaces it.
        timeout_seconds: How long one call may take.
    """

    address: str
    account: Path = ACCOUNT_FOLDER
    timeout_seconds: float = 20.0

    @classmethod
    def of_this_pod(cls, environment: Mapping[str, str]) -> ClusterApi:
        """Return the API of the cluster in which this process is a pod.

        Raises:
            ApiError: It is none.
        """
        host = environment.get("KUBERNETES_SERVICE_HOST")
        port = environment.get("KUBERNETES_SERVICE_PORT", "443")
        if not host:
            raise ApiError(0, "this process does not run in a pod, so it has no service account")
        return cls(f"https://{f'[{host}]' if ':' in host else host}:{port}")

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return (self.account / "namespace").read_text().strip()

    def get(self, path: str) -> dict[str, Any]:
        """Return an object.

        Raises:
            ApiError: There is none, or it may not be read.
        """
        return self._call(Request(self.address + path))

    def merge(self, path: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Change an object by a merge patch and return what it is then.

        Raises:
            ApiError: It could not be changed; status 409 where it has changed meanwhile.
        """
        return self._call(
            Request(
                self.address + path,
                data=json.dumps(patch).encode(),
                headers={"Content-Type": "application/merge-patch+json"},
                method="PATCH",
            )
        )

    def _call(self, request: Request) -> dict[str, Any]:
        request.add_header("Accept", "application/json")
        try:
            request.add_header("Authorization", f"Bearer {self._token()}")
            with urlopen(request, timeout=self.timeout_seconds, context=self._tls()) as answer:
                parsed: dict[str, Any] = json.load(answer)
                return parsed
        except HTTPError as error:
            raise ApiError(error.code, _message(error)) from error
        except (URLError, OSError, ValueError) as error:
            raise ApiError(
                0, f"the API server at {self.address} gave no answer: {error}"
            ) from error

    def _token(self) -> str:
        return (self.account / "token").read_text().strip()

    def _tls(self) -> ssl.SSLContext | None:
        if not self.address.startswith("https:"):
            return None
        return ssl.create_default_context(cafile=str(self.account / "ca.crt"))


def _message(error: HTTPError) -> str:
    try:
        return str(json.load(error).get("message", error.reason))
    except (ValueError, OSError, AttributeError):
        return str(error.reason)
