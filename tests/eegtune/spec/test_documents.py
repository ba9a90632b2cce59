"""Files made from the code are up to date: the rules' page and the schema."""

import json
from pathlib import Path

import pytest
import yaml

from eegtune.spec.documentation import validation_page
from eegtune.spec.json_schema import FILE_NAME, experiment_schema, schema_text
from eegtune.spec.rules.catalogue import RULES

ROOT = Path(__file__).parents[3]


def test_the_page_of_rules_is_up_to_date():
    page = (ROOT / "docs" / "validation.md").read_text("utf-8")
    assert page == validation_page(), "python -m eegtune.spec.documentation > docs/validation.md"
    assert all(f"| `{rule.id}` |" in page for rule in RULES)


def test_the_schema_is_up_to_date():
    text = (ROOT / "manifests" / "experiments" / FILE_NAME).read_text("utf-8")
    assert text == schema_text(), "python scripts/regenerate_experiments.py"


def test_every_reference_of_the_schema_exists():
    schema = experiment_schema()
    references = json.dumps(schema).split('"$ref": "#/definitions/')[1:]
    names = {part.partition('"')[0] for part in references}
    assert names <= set(schema["definitions"])
    assert {"ExperimentSpec", "Container", "FeasibleSpace"} <= names


def test_the_schema_knows_our_settings_and_katibs_types():
    definitions = experiment_schema()["definitions"]
    names = definitions["AlgorithmSetting"]["properties"]["name"]["anyOf"][0]["enum"]
    assert {"conditions", "constraints", "random_state", "r_l"} <= set(names)
    space = definitions["FeasibleSpace"]
    assert space["properties"]["min"]["type"] == "string"
    assert space["additionalProperties"] is False
    kinds = definitions["ParameterSpec"]["properties"]["parameterType"]["enum"]
    assert kinds == ["double", "int", "discrete", "categorical"]


def test_shipped_files_meet_the_schema_and_a_bad_one_does_not():
    jsonschema = pytest.importorskip(
        "jsonschema", reason="the package jsonschema is not installed"
    )
    validator = jsonschema.Draft7Validator(experiment_schema())
    folder = ROOT / "manifests" / "experiments"
    for path in folder.rglob("*.yaml"):
        if path.name == "kustomization.yaml":
            continue
        assert list(validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))) == []
    good = yaml.safe_load((Path(__file__).parent / "data" / "good.yaml").read_text("utf-8"))
    assert list(validator.iter_errors(good)) == []
    good["spec"]["trialTemplate"]["trialSpec"]["spec"]["backofLimit"] = 0
    good["spec"]["parameters"][0]["feasibleSpace"]["min"] = 0.1
    paths = {tuple(error.path)[-1] for error in validator.iter_errors(good)}
    assert paths == {"spec", "min"}
