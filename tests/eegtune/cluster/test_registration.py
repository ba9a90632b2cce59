"""Our services in Katib's configuration: merged in, and taken out without a trace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from eegtune.cluster.katib.in_cluster import ApiError
from eegtune.cluster.registration import ATTEMPTS, change, register, unregister

CONFIG = """\
---
apiVersion: config.kubeflow.org/v1beta1
kind: KatibConfig
runtime:
  # what Katib ships
  suggestions:
    - algorithmName: random
      image: shipped:1
    - algorithmName: tpe
      image: shipped:1
"""
ENTRIES = {
    "suggestions": [
        {"algorithmName": "tpe", "image": "ours:1"},
        {"algorithmName": "asha", "image": "ours:1"},
    ],
    "earlyStoppings": [{"algorithmName": "percentile", "image": "ours:1"}],
}


def images(text: str, section: str) -> dict[str, str]:
    runtime = yaml.safe_load(text)["runtime"]
    return {each["algorithmName"]: each["image"] for each in runtime.get(section, [])}


def test_adds_what_katib_lacks_and_leaves_what_it_has() -> None:
    text, before = register(CONFIG, ENTRIES, {}, replace=False)
    assert images(text, "suggestions") == {"random": "shipped:1", "tpe": "shipped:1",
                                           "asha": "ours:1"}  # fmt: skip
    assert images(text, "earlyStoppings") == {"percentile": "ours:1"}
    assert "# what Katib ships" in text
    assert before == {"suggestions": {"asha": None}, "earlyStoppings": {"percentile": None}}


def test_replaces_where_told_and_remembers_what_was_there() -> None:
    text, before = register(CONFIG, ENTRIES, {}, replace=True)
    assert images(text, "suggestions")["tpe"] == "ours:1"
    assert before["suggestions"]["tpe"] == {"algorithmName": "tpe", "image": "shipped:1"}


@pytest.mark.parametrize("replace", [True, False])
def test_unregistering_gives_back_what_was_there(replace: bool) -> None:
    text, before = register(CONFIG, ENTRIES, {}, replace)
    assert yaml.safe_load(unregister(text, before)) == yaml.safe_load(CONFIG)


def test_other_edits_since_then_stay() -> None:
    text, before = register(CONFIG, ENTRIES, {}, replace=True)
    edited = text.replace("image: shipped:1", "image: shipped:2", 1)
    assert images(unregister(edited, before), "suggestions") == {
        "random": "shipped:2", "tpe": "shipped:1",
    }  # fmt: skip


def test_registering_again_undoes_the_first_time() -> None:
    first = register(CONFIG, ENTRIES, {}, replace=True)
    fewer = {"suggestions": [{"algorithmName": "random", "image": "ours:2"}]}
    text, before = register(first.text, fewer, first.before, replace=True)
    assert images(text, "suggestions") == {"random": "ours:2", "tpe": "shipped:1"}
    assert yaml.safe_load(unregister(text, before)) == yaml.safe_load(CONFIG)


@pytest.mark.parametrize("text", ["", "kind: ConfigMap", "[]", "kind: KatibConfig\nruntime: 3"])
def test_what_is_no_katib_config_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"katib-config.yaml"):
        register(text, ENTRIES, {}, replace=False)


class Server:
    """One ConfigMap behind the two calls that are made; each write needs the last version."""

    def __init__(self, conflicts: int = 0) -> None:
        self.conflicts = conflicts
        self.text, self.annotations, self.version = CONFIG, dict[str, str](), 1

    def get(self, path: str) -> dict[str, Any]:
        metadata = {"resourceVersion": str(self.version), "annotations": dict(self.annotations)}
        return {"metadata": metadata, "data": {"katib-config.yaml": self.text}}

    def merge(self, path: str, patch: Mapping[str, Any]) -> dict[str, Any]:
        if self.conflicts or patch["metadata"]["resourceVersion"] != str(self.version):
            self.conflicts -= 1
            self.version += 1
            raise ApiError(409, "changed meanwhile")
        for key, value in patch["metadata"]["annotations"].items():
            self.annotations.pop(key, None)
            if value is not None:
                self.annotations[key] = value
        self.text = patch["data"]["katib-config.yaml"]
        return {}


def test_two_releases_do_not_disturb_each_other() -> None:
    server: Any = Server()
    other = {"suggestions": [{"algorithmName": "bohb", "image": "theirs:1"}]}
    assert "asha" in change(server, "path", "ours", ENTRIES, False)
    change(server, "path", "theirs", other, False)
    change(server, "path", "ours", None, False)
    assert set(images(server.text, "suggestions")) == {"random", "tpe", "bohb"}
    assert list(server.annotations) == ["eegtune.dev/theirs-found"]
    assert json.loads(server.annotations["eegtune.dev/theirs-found"])


def test_tries_again_when_somebody_else_wrote_meanwhile() -> None:
    server: Any = Server(conflicts=2)
    change(server, "path", "ours", ENTRIES, False)
    assert "asha" in images(server.text, "suggestions")


def test_gives_up_when_it_never_gets_through() -> None:
    server: Any = Server(conflicts=ATTEMPTS)
    with pytest.raises(ApiError, match="changed meanwhile"):
        change(server, "path", "ours", ENTRIES, False)
