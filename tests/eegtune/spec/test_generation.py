"""Generated Experiments, and those that the project ships."""

import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from eegtune.search import validate_settings
from eegtune.search.settings import COMMON, RESOURCE
from eegtune.spec import check_text, load_experiment_text
from eegtune.spec.generation import plan_for_component, plan_from_command, write_plan
from eegtune.spec.katib_config import own_config
from eegtune.spec.rules.katib_settings import OWN
from trial_runner.components import component_names, get_component

MANIFESTS = Path(__file__).parents[3] / "manifests" / "experiments"
FILES = sorted(MANIFESTS.rglob("*.yaml"))
ALGORITHMS = ("random", "grid", "tpe", "multivariate-tpe", "hyperband", "asha", "sobol")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(MANIFESTS)))
def test_a_shipped_experiment_is_what_its_header_says_makes_it(path):
    from eegtune.cli.init import command

    text = path.read_text("utf-8")
    (made_by,) = [line for line in text.splitlines() if line.startswith("# Made by: ")]
    words = shlex.split(made_by.removeprefix("# Made by: "))
    assert words[:2] == ["eegtune", "init"]
    result = CliRunner().invoke(command, words[2:])
    assert result.exit_code == 0, result.output

    def body(written):
        start = written.index("apiVersion:")
        return written[start:]

    assert body(result.output) == body(text), (
        f"run: {made_by.removeprefix('# Made by: ')} -o {path}"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(MANIFESTS)))
def test_a_shipped_experiment_is_accepted_and_fine(path):
    text = path.read_text("utf-8")
    (verdict,) = check_text(text, config=own_config())
    assert verdict.accepted
    assert [str(f) for f in verdict.findings if f.severity.is_error] == []
    schema = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == MANIFESTS / "experiment.schema.json"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("component", component_names())
def test_every_component_and_algorithm_gives_an_experiment_without_findings(component, algorithm):
    declared = get_component(component)
    budgeted = algorithm in ("hyperband", "asha")
    if budgeted and declared.resource is None:
        with pytest.raises(ValueError, match="no training budget"):
            plan_for_component(component, algorithm, data="selfregulationscp1")
        return
    text = write_plan(plan_for_component(component, algorithm, data="selfregulationscp1"))
    (verdict,) = check_text(text, config=own_config())
    allowed = {"grid-cut", "grid-too-large", "many-trials"} if algorithm == "grid" else set()
    assert {f.rule for f in verdict.findings} <= allowed
    spec = load_experiment_text(text).spec
    validate_settings(load_experiment_text(text))
    wanted = {h.name for h in declared.hyperparameters} - ({declared.resource} - {None})
    searched = {p.name for p in spec.parameters}
    assert searched == wanted | ({declared.resource} if budgeted else set())


def test_the_settings_of_our_search_are_known_as_ours():
    ours = {rule.name for rule in (*COMMON, *RESOURCE)} - {"random_state", "issued_points"}
    assert set(OWN) == ours


def test_a_plan_takes_only_the_hyperparameters_asked_for():
    plan = plan_for_component("linear_probe", parameters=["learning_rate", "hidden_dim"])
    assert [p.name for p in plan.searched] == ["hidden_dim", "learning_rate"]
    # Its condition speaks of use_hidden, which is not searched.
    assert [p.when for p in plan.searched] == [None, None]
    with pytest.raises(ValueError, match="has no hyperparameter lr"):
        plan_for_component("linear_probe", parameters=["lr"])


def test_data_in_s3_brings_its_secret():
    text = write_plan(plan_for_component("linear_probe", data="s3://bucket/set"))
    assert "secretRef: {name: eegtune-s3, optional: true}" in text
    assert '"--data=s3://bucket/set"' in text


def test_a_command_of_ones_own():
    plan = plan_from_command(
        "python train.py --lr {lr:1e-5..1e-2:log} --depth {depth:2..8} --w={w:0..1:step=0.25} "
        "--act {act:relu|gelu} --batch {batch:16,32} --again {depth:2..8}",
        image="me/it:1", metric="loss", objective_type="minimize",
    )  # fmt: skip
    spec = yaml.safe_load(write_plan(plan))["spec"]
    spaces = {p["name"]: (p["parameterType"], p["feasibleSpace"]) for p in spec["parameters"]}
    assert spaces == {
        "lr": ("double", {"min": "1e-5", "max": "1e-2", "distribution": "logUniform"}),
        "depth": ("int", {"min": "2", "max": "8"}),
        "w": ("double", {"min": "0", "max": "1", "step": "0.25"}),
        "act": ("categorical", {"list": ["relu", "gelu"]}),
        "batch": ("discrete", {"list": ["16", "32"]}),
    }  # fmt: skip
    container = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][:3] == ["python", "-u", "train.py"]
    assert container["command"].count("${trialParameters.depth}") == 2
    (verdict,) = check_text(write_plan(plan))
    assert verdict.findings == ()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("python a.py", "nothing to search"),
        ("python a.py {lr:low..high}", "no range of numbers"),
        ("python a.py {lr:1..2:cubic}", "unknown 'cubic'"),
        ("python a.py {lr:1}", "no list of values"),
        ("python a.py {lr:1..2} {lr:1..3}", "stands twice"),
        ("python 'a.py {lr:1..2}", "cannot be split"),
        ("python a.py {lr:5..2}", "above"),
        ("python a.py {lr:0..2:log}", "above 0"),
    ],
)
def test_a_command_that_cannot_be_read_is_told(command, message):
    with pytest.raises(ValueError, match=message):
        plan_from_command(command, image="a:1")
