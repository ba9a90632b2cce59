"""The cluster's API: who we are, where we are, whether we may; calls that outlast a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from eegtune.execution.runner import RunnerError

T = TypeVar("T")

_logger = logging.getLogger(__name__)
_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_ROLES_SECONDS = 15.0
_BUSY_SECONDS = 10.0
_NEEDED = (
    ("batch", "jobs", "", ("create", "delete", "get", "list", "watch")),
    ("", "pods", "", ("list", "watch")),
    ("", "pods", "log", ("get",)),
)


@dataclass(frozen=True)
class Access:
    """The API of one cluster, and the namespace in which trials run.

    Attributes:
        batch: The client of `batch/v1`.
        core: The client of `v1`.
        objects: The client of objects as they are written: the others refuse what the API server
            takes, such as a number for an amount, and drop fields that they do not know.
        namespace: Where trials run.
        server: The API server's address, for messages.
    """

    batch: Any
    core: Any
    objects: Any
    namespace: str
    server: str

    def create_job(self, job: Mapping[str, Any], **more: Any) -> None:
        """Make a Job in the namespace, as it is written."""
        self.objects.create_namespaced_custom_object(
            "batch", "v1", self.namespace, "jobs", dict(job), **more
        )


def connect(context: str | None = None, namespace: str | None = None) -> Access:
    """Return the API of a context of the kubeconfig, or of the cluster in which this is a pod.

    Raises:
        RunnerError: There is no such context, nobody answers, the namespace is missing, or
            something that running trials takes is not allowed.
    """
    try:
        from kubernetes import client
    except ImportError as error:
        raise RunnerError(
            "running on Kubernetes needs the extra `cluster`: pip install 'eegtune[cluster]'"
        ) from error
    configuration, own_namespace = _configuration(context)
    api = client.ApiClient(configuration)
    access = Access(
        client.BatchV1Api(api), client.CoreV1Api(api), client.CustomObjectsApi(api),
        namespace or own_namespace or "default", configuration.host,
    )  # fmt: skip
    _check(access, client.AuthorizationV1Api(api), client)
    return access


def _configuration(context: str | None) -> tuple[Any, str | None]:
    from kubernetes import client
    from kubernetes import config as config_module
    from kubernetes.config.config_exception import ConfigException

    config: Any = config_module  # its functions have no types
    configuration = client.Configuration()
    configuration.retries = 1  # an address that swallows everything is given up within 30 s
    account = Path("/var/run/secrets/kubernetes.io/serviceaccount")
    if context is None and (account / "token").exists():
        config.load_incluster_config(client_configuration=configuration)
        return configuration, (account / "namespace").read_text().strip()
    try:
        contexts, active = config.list_kube_config_contexts()
        names = [each["name"] for each in contexts]
        if context is not None and context not in names:
            raise RunnerError(
                f"--context: the kubeconfig has no context {context!r}; it has {', '.join(names)}"
            )
        chosen = next(each for each in contexts if each["name"] == (context or active["name"]))
        config.load_kube_config(context=context, client_configuration=configuration)
    except (ConfigException, TypeError, StopIteration) as error:
        why = str(error).rstrip(".")
        raise RunnerError(
            f"no cluster to run on: {why}. Set KUBECONFIG to a kubeconfig file with a current "
            "context, or name one with --context"
        ) from error
    return configuration, chosen["context"].get("namespace")


def _check(access: Access, authorization: Any, client: Any) -> None:
    """Say at once what would otherwise fail in the middle of a run."""
    for group, resource, subresource, verbs in _NEEDED:
        for verb in verbs:
            attributes = client.V1ResourceAttributes(
                group=group, resource=resource, subresource=subresource or None, verb=verb,
                namespace=access.namespace,
            )  # fmt: skip
            review = client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            )
            ask = partial(
                authorization.create_self_subject_access_review, review, _request_timeout=10
            )
            try:
                answer = _once_it_is_not_busy(ask)
            except Exception as error:
                raise RunnerError(
                    f"the API server at {access.server} gave no usable answer: {said(error)}. "
                    "Is the context the right one, and the cluster up?"
                ) from error
            if not answer.status.allowed:
                name = f"{resource}/{subresource}" if subresource else resource
                raise RunnerError(
                    f"namespace {access.namespace!r}: you may not {verb} {name}. Ask for the Role "
                    "eegtune-runner of manifests/base/rights.yaml, or give another --namespace"
                )
    _namespace_exists(access, client)


def _once_it_is_not_busy(call: Callable[[], T]) -> T:
    """Call, and call again for a while where the API server says that it has too much to do."""
    ends = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return call()
        except Exception as error:
            is_busy = is_passing(error) and getattr(error, "status", None)
            if not is_busy or time.monotonic() >= ends:
                raise
            time.sleep(_PAUSES_SECONDS[1])


def _namespace_exists(access: Access, client: Any) -> None:
    """Find out by a Job that is not made: reading namespaces takes a right that few have."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "probe", "image": "probe"}]}
    probe = {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"generateName": "eegtune-probe-"}, "spec": {"template": {"spec": pod}},
    }  # fmt: skip
    try:
        _once_it_is_not_busy(lambda: access.create_job(probe, dry_run="All", _request_timeout=10))
    except client.ApiException as error:
        if error.status == 404:
            raise RunnerError(
                f"there is no namespace {access.namespace!r} at {access.server}. Make it "
                f"(kubectl create namespace {access.namespace}), or give another --namespace"
            ) from error


def said(error: BaseException) -> str:
    """Return an API error in the server's own words."""
    import json

    body = getattr(error, "body", None)
    if body:
        try:
            return str(json.loads(body)["message"])
        except (ValueError, KeyError, TypeError):
            return str(body)[:300]
    reason = getattr(error, "reason", None)
    return str(reason or error)


def is_passing(error: BaseException) -> bool:
    """Whether an error is likely gone when asked again: throttling, a restart, a cut line."""
    from kubernetes.client import ApiException

    if isinstance(error, ApiException):
        return error.status in (0, None, 408, 429, 500, 502, 503, 504)
    import urllib3

    return isinstance(error, urllib3.exceptions.HTTPError | OSError)


def is_forbidden(error: BaseException) -> bool:
    """Whether the account may not do this, as opposed to a quota that is used up."""
    return getattr(error, "status", None) == 403 and "exceeded quota" not in said(error)


def insist(
    call: Callable[[], T],
    what: str,
    at_most_seconds: float = 300.0,
    is_given_up: Callable[[], bool] = lambda: False,
) -> T:
    """Call, and call again while the API server is away or overloaded.

    Raises:
        Exception: What the last call raised: an error that stays, or one after the time.
    """
    began = time.monotonic()
    attempt = 0
    while True:
        try:
            return call()
        except Exception as error:
            seconds = time.monotonic() - began
            # An API server that has just started does not know the roles yet.
            may_pass = is_passing(error) or (is_forbidden(error) and seconds < _ROLES_SECONDS)
            if not may_pass or seconds >= at_most_seconds or is_given_up():
                raise
            pause = _PAUSES_SECONDS[min(attempt, len(_PAUSES_SECONDS) - 1)]
            if attempt == len(_PAUSES_SECONDS) - 1:
                _logger.warning("%s: the API server does not answer (%s)", what, said(error))
            attempt += 1
            time.sleep(pause)


def cut(response: Any) -> None:
    """End a call under way in another thread.

    Closing it would wait for that thread, which waits for the server; shutting the socket down
    wakes it.
    """
    import socket

    connection = getattr(response, "connection", None)
    line = getattr(connection, "sock", None)
    if line is not None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was over already
