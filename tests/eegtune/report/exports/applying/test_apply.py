from __future__ import annotations

import json
import tomllib

import pytest
import yaml

from eegtune.report.exports.applying.apply import apply_values
from eegtune.report.exports.applying.place import ApplyError

VALUES = {"learning_rate": 1e-05, "hidden_dim": 256, "use_hidden": True, "optimizer": "adamw"}

YAML = """\
# my settings
model:
  hidden-dim: 128   # units
  use_hidden: no
optim: {learning_rate: 0.1, optimizer: 'sgd'}  # keep
other: [1, 2]
"""
YAML_AFTER = """\
# my settings
model:
  hidden-dim: 256   # units
  use_hidden: true
optim: {learning_rate: 1.0e-05, optimizer: 'adamw'}  # keep
other: [1, 2]
"""
JSON = """\
{
    "hidden_dim": 128,
  "optim": {"learning_rate": 0.1, "optimizer": "sgd"},
"use_hidden": false}
"""
TOML = """\
title = "mine"  # kept

[optim]
learning_rate = 0.1   # was by hand
optimizer = 'sgd'
[model]
hidden_dim = 128
use_hidden = false
"""
PYTHON = '''\
"""Größe."""
LEARNING_RATE = 0.1  # was by hand
CONFIG = {"hidden_dim": 128, "é": 1, "use_hidden": False}

class Model:
    optimizer: str = "sgd"
'''


def test_yaml_keeps_everything_else() -> None:
    applied = apply_values(VALUES, YAML, "config.yaml", {})
    assert applied.text == YAML_AFTER
    assert applied.missing == ()
    assert "-  hidden-dim: 128   # units\n" in applied.diff
    assert "+  hidden-dim: 256   # units\n" in applied.diff


def test_json_keeps_its_layout() -> None:
    applied = apply_values(VALUES, JSON, "config.json", {})
    assert applied.text == (
        JSON.replace("128", "256").replace("0.1", "1e-05").replace("sgd", "adamw")
        .replace("false", "true")
    )  # fmt: skip
    assert json.loads(applied.text)["optim"]["learning_rate"] == 1e-05


def test_toml_keeps_comments() -> None:
    applied = apply_values(VALUES, TOML, "config.toml", {})
    assert tomllib.loads(applied.text) == {
        "title": "mine",
        "optim": {"learning_rate": 1e-05, "optimizer": "adamw"},
        "model": {"hidden_dim": 256, "use_hidden": True},
    }
    assert "# was by hand" in applied.text
    assert 'title = "mine"  # kept' in applied.text


def test_python_constants_keys_and_class_attributes() -> None:
    applied = apply_values(VALUES, PYTHON, "config.py", {})
    assert applied.text == (
        PYTHON.replace("0.1", "1e-05").replace("128", "256").replace("False", "True")
        .replace("sgd", "adamw")
    )  # fmt: skip


def test_the_same_values_change_nothing() -> None:
    once = apply_values(VALUES, YAML, "config.yaml", {}).text
    assert apply_values(VALUES, once, "config.yaml", {}).diff == ""


def test_a_path_says_where_and_what_is_missing_is_named() -> None:
    text = "net: {lr: 0.1}\nhead: {lr: 0.2}\n"
    applied = apply_values({"learning_rate": 0.5, "depth": 3}, text, "c.yml",
                           {"learning_rate": "head.lr"})  # fmt: skip
    assert yaml.safe_load(applied.text) == {"net": {"lr": 0.1}, "head": {"lr": 0.5}}
    assert applied.missing == ("depth",)


@pytest.mark.parametrize(
    ("name", "text", "mapping", "message"),
    [
        ("c.ini", "lr=1", {}, "its ending must be one of .yaml, .yml, .json, .toml, .py"),
        ("c.yaml", "a: {lr: 1}\nb: {lr: 2}", {}, "say which with --map lr=a.lr"),
        ("c.yaml", "a: [", {}, "cannot be read as YAML"),
        ("c.toml", "a = ", {}, "cannot be read as TOML"),
        ("c.py", "a = ", {}, "cannot be read as Python: line 1"),
        ("c.yaml", "a: 1", {"lr": "b.c"}, "the file has no 'b.c'; it has a"),
        ("c.yaml", "a: 1", {"depth": "a"}, "--map names 'depth'; parameters are lr"),
    ],
)
def test_what_is_not_clear_is_refused(
    name: str, text: str, mapping: dict[str, str], message: str
) -> None:
    with pytest.raises(ApplyError) as caught:
        apply_values({"lr": 0.5}, text, name, mapping)
    assert message in str(caught.value)
