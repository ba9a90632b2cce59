"""Rules on the object itself: its kind, name, labels and namespace."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

import re
from collections.abc import Iterator

from eegtune.spec.case import INJECTION_LABEL, Case
from eegtune.spec.rules.rule import Problem, broken, refused

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_ANY_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LONGEST_NAME = 40
_LONGEST_LABEL = 63


@refused(
    "api-version",
    "Katib knows one version of the Experiment.",
    "Write `apiVersion: kubeflow.org/v1beta1` and `kind: Experiment`.",
)
def api_version(case: Case) -> Iterator[Problem]:
    for key, wanted in (("apiVersion", "kubeflow.org/v1beta1"), ("kind", "Experiment")):
        node = case.root.child(key)
        found = node.value if node else None
        if found != wanted:
            yield Problem((key,), f"{key} is {found!r}; Katib's Experiment has {wanted!r}.")


@refused(
    "name",
    "The name must be a DNS name that starts with a lower-case letter, of at most 40 "
    "characters: trials, services and volumes are named after it.",
    "Use lower-case letters, digits and '-', at most 40.",
)
def name(case: Case) -> Iterator[Problem]:
    path, text = ("metadata", "name"), case.name
    if not text:
        yield Problem(path, "the Experiment has no name.", "Give it metadata.name.")
    elif len(text) > _LONGEST_NAME or not text[0].isalpha() or not _SUBDOMAIN.fullmatch(text):
        why = f"has {len(text)} characters" if len(text) > _LONGEST_NAME else "is no such name"
        yield Problem(path, f"the name {text!r} {why}.")


@broken(
    "name-service",
    "Katib names a Service `<experiment>-<algorithm>`; Services take no dots and "
    "at most 63 characters, so the search would never start.",
    "Replace dots by '-' and shorten the name.",
    only_on_katib=True,
)
def name_service(case: Case) -> Iterator[Problem]:
    service = f"{case.name}-{case.algorithm}"
    if case.name and len(case.name) <= _LONGEST_NAME and _SUBDOMAIN.fullmatch(case.name):
        if not _DNS_LABEL.fullmatch(case.name):
            yield Problem(("metadata", "name"), f"the name {case.name!r} cannot name a Service.")
        elif len(service) > _LONGEST_LABEL:
            yield Problem(("metadata", "name"), f"{service!r} has {len(service)} characters.")


@refused(
    "metadata",
    "The API server checks metadata: labels, annotations and namespace.",
    "A label's name and value have at most 63 letters, digits, '-', '_' and '.'.",
)
def metadata(case: Case) -> Iterator[Problem]:
    namespace = case.metadata.get("namespace")
    if isinstance(namespace, str) and namespace and not _is_dns_label(namespace):
        yield Problem(("metadata", "namespace"), f"{namespace!r} is no namespace's name.")
    for group in ("labels", "annotations"):
        entries = case.metadata.get(group)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            path = ("metadata", group, key)
            if not _is_qualified(key):
                yield Problem(path, f"{key!r} is no name of a label or annotation.", at_key=True)
            elif group == "labels" and isinstance(value, str) and not _is_label_value(value):
                yield Problem(path, f"{value!r} is no label's value.")


@refused(
    "namespace-label",
    "Katib collects metrics only in namespaces that carry its label, and "
    "refuses Experiments elsewhere.",
    "kubectl label namespace NAME katib.kubeflow.org/metrics-collector-injection=enabled; then "
    "tell it with --namespace-labels, or give the Namespace's file beside the Experiment's.",
    only_on_katib=True,
)
def namespace_label(case: Case) -> Iterator[Problem]:
    namespace = case.metadata.get("namespace") or "default"
    labels = case.around.namespace_labels
    if labels is None:
        labels = case.around.namespaces.get(str(namespace))
    # Nobody labels `default` by chance; of other namespaces nothing is known.
    if labels is None and case.metadata.get("namespace") == "default":
        labels = {}
    key, value = INJECTION_LABEL
    if labels is not None and labels.get(key) != value:
        yield Problem(
            ("metadata", "namespace"),
            f"the namespace {namespace!r} lacks the label {key}: {value}.",
        )


def _is_dns_label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and bool(_ANY_DNS_LABEL.fullmatch(text))


def _is_qualified(key: str) -> bool:
    prefix, slash, rest = key.rpartition("/")
    if slash and (len(prefix) > 253 or not _SUBDOMAIN.fullmatch(prefix)):
        return False
    return len(rest) <= _LONGEST_LABEL and bool(_LABEL_NAME.fullmatch(rest))


def _is_label_value(value: str) -> bool:
    return len(value) <= _LONGEST_LABEL and bool(_LABEL_VALUE.fullmatch(value))


RULES = (api_version, name, name_service, metadata, namespace_label)
