"""Generated Experiments, and those that the project ships."""

import runpy
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from eegtune.search import validate_settings
from eegtune.search.settings import COMMON, RESOURCE
from eegtune.spec import check_text, load_experiment_text
from eegtune.spec.generation import plan_for_component, plan_from_command, write_plan
from eegtune.spec.generation.fixed import values_that_matter
from eegtune.spec.katib_config import own_config
from eegtune.spec.rules.katib_settings import OWN
from trial_runner.components import component_names, get_component
from trial_runner.hyperparameters import categorical, double

MANIFESTS = Path(__file__).parents[3] / "manifests" / "experiments"
SCRIPT = runpy.run_path(str(MANIFESTS.parents[1] / "scripts" / "regenerate_experiments.py"))
FILES = SCRIPT["experiment_files"]()
FOLDERS = sorted(path for path in MANIFESTS.iterdir() if path.is_dir())
ALGORITHMS = ("random", "grid", "tpe", "multivariate-tpe", "hyperband", "asha", "sobol", "pbt")


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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_folder_has_what_its_component_can_be_searched_with(folder):
    names = {path.stem for path in SCRIPT["experiment_files"](folder) if path.parent == folder}
    budgeted = get_component(folder.name).resource is not None
    assert names >= {"grid", "bayesian"} | ({"hyperband", "asha"} if budgeted else set())
    kustomization = folder / SCRIPT["KUSTOMIZATION"]
    assert kustomization.read_text("utf-8") == SCRIPT["kustomization_text"](folder)
    loaded = yaml.safe_load(kustomization.read_text("utf-8"))
    assert set(loaded["resources"]) == {f"{name}.yaml" for name in names}
    for component in loaded["components"]:
        assert (folder / component / SCRIPT["KUSTOMIZATION"]).is_file()


def test_folders_are_named_after_components():
    assert {folder.name for folder in FOLDERS} <= set(component_names())


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
    has_budget = budgeted or (algorithm == "pbt" and declared.resource is not None)
    assert searched == wanted | ({declared.resource} if has_budget else set())


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


def test_what_is_not_searched_stands_in_constraints_with_its_value():
    plan = plan_for_component("sleep", parameters=["delta_low_hz", "max_depth"])
    assert dict(plan.all_settings)["constraints"] == "delta_low_hz < 4.0"
    plan = plan_for_component("sleep", parameters=["delta_theta_hz", "theta_alpha_hz"])
    assert dict(plan.all_settings)["constraints"] == (
        "0.5 < delta_theta_hz; delta_theta_hz < theta_alpha_hz; theta_alpha_hz < 12.0"
    )
    plan = plan_for_component("sleep", parameters=["max_depth"])
    assert "constraints" not in dict(plan.all_settings)


@pytest.mark.parametrize(
    ("component", "searched", "fixed"),
    [
        ("linear_probe", "hidden_dim", ["--use_hidden=true"]),
        ("linear_probe", "dropout_rate", []),
        ("sleep", "hmm_weight", ["--hmm=learned"]),
        ("sleep", "reg_alpha", []),  # LightGBM, the default, has it
        ("autoreject", "threshold_microvolts", []),
    ],
)
def test_what_is_searched_matters(component, searched, fixed):
    command = plan_for_component(component, parameters=[searched]).command
    common = ("--data=", "--folds=", "--trial_name=", f"--{searched}=")
    assert [word for word in command[2:] if not word.startswith(common)] == fixed


def test_conditions_on_numbers_are_met_by_the_lowest_value_that_does():
    def fixed(*searched):
        command = plan_for_component("emotion", parameters=searched).command
        return [word for word in command if word.startswith(("--blocks=", "--dense_layers="))]

    assert fixed("filters_2") == []  # two blocks are the default
    assert fixed("filters_3") == ["--blocks=3"]
    assert fixed("kernel_4") == ["--blocks=4"]
    assert fixed("dense_units_2") == ["--dense_layers=2"]
    assert fixed("filters_3", "filters_4") == ["--blocks=4"]
    assert fixed("blocks", "filters_4") == ["--blocks=${trialParameters.blocks}"]


@pytest.mark.parametrize("component", component_names())
def test_each_hyperparameter_alone_gives_an_experiment_that_is_fine(component):
    for hyperparameter in get_component(component).hyperparameters:
        plan = plan_for_component(
            component, "random", data="simulation", parameters=[hyperparameter.name]
        )
        text = write_plan(plan)
        (verdict,) = check_text(text, config=own_config())
        allowed = {"few-values"} if hyperparameter.choices else set()
        assert {f.rule for f in verdict.findings} <= allowed | {"grid-cut"}, text
        validate_settings(load_experiment_text(text))


def test_conditions_that_exclude_each_other_are_told():
    hyperparameters = (
        categorical("kind", "a", ("a", "b"), "kind"),
        double("x", 0.5, 0.0, 1.0, "of a", when="kind == 'a'"),
        double("y", 0.5, 0.0, 1.0, "of b", when="kind != 'a'"),
    )
    assert values_that_matter(hyperparameters, ["x"]) == {}
    assert values_that_matter(hyperparameters, ["y"]) == {"kind": "b"}
    assert values_that_matter(hyperparameters, ["kind", "x", "y"]) == {}
    with pytest.raises(ValueError, match="y matters where kind != 'a', x where it does not"):
        values_that_matter(hyperparameters, ["x", "y"])


def test_pods_of_components_are_what_restricted_asks_for():
    trial_spec = yaml.safe_load(write_plan(plan_for_component("sleep")))["spec"]["trialTemplate"]
    pod = trial_spec["trialSpec"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["containers"][0]["volumeMounts"] == [{"name": "scratch", "mountPath": "/tmp"}]


@pytest.mark.parametrize("component", ["eegpt", "emotion", "activity", "efficiency"])
def test_without_a_gpu_the_search_is_smaller(component):
    small, large = plan_for_component(component), plan_for_component(component, gpus=1)
    assert [p.name for p in small.searched] == [p.name for p in large.searched]
    assert "--folds=3" in small.command
    assert "--folds=5" in large.command
    (epochs,) = [word for word in small.command if word.startswith("--max_epochs=")]
    assert not any(word.startswith("--max_epochs=") for word in large.command)
    budgeted = plan_for_component(component, "hyperband")
    assert f"--schedule_epochs={epochs.partition('=')[2]}" in budgeted.command
    assert "--max_epochs=${trialParameters.maxEpochs}" in budgeted.command


def test_what_is_smaller_and_not_searched_is_fixed():
    plan = plan_for_component("eegpt", parameters=["learning_rate"])
    assert {"--embed_dim=64", "--num_heads=4", "--depth=2"} <= set(plan.command)
    widths = {p.name: p.values for p in plan_for_component("eegpt").searched}
    assert (widths["embed_dim"], widths["num_heads"]) == (("64", "96", "128"), ("4", "6", "8"))
    widths = {p.name: p.values for p in plan_for_component("eegpt", gpus=1).searched}
    assert widths["embed_dim"] == ("512", "768", "1024")


def test_several_objectives_stand_where_the_algorithm_takes_them():
    objectives = "val_accuracy:max,latency_ms:min,memory_mb:min"
    for algorithm in ("multivariate-tpe", "nsga2", "grid", "random"):
        settings = dict(plan_for_component("efficiency", algorithm).all_settings)
        assert settings["objectives"] == objectives
    for algorithm in ("hyperband", "asha", "cmaes"):
        assert "objectives" not in dict(plan_for_component("efficiency", algorithm).all_settings)


def test_a_population_knows_its_budget_and_what_may_change():
    plan = plan_for_component("eegpt", "pbt", parameters=("learning_rate", "embed_dim"))
    assert dict(plan.settings) == {
        "random_state": "0",
        "resource": "max_epochs",
        "resource_step": "3",
        "max_resource": "12",
        "n_population": "8",
        "may_change": "learning_rate",
    }
    assert "max_epochs" in [parameter.name for parameter in plan.searched]
    assert "--schedule_epochs=12" in plan.command
    with pytest.raises(ValueError, match="of embed_dim, max_epochs of eegpt none may change"):
        plan_for_component("eegpt", "pbt", parameters=("embed_dim",))


def test_gpus_bring_tolerations_and_shared_memory():
    spec = yaml.safe_load(write_plan(plan_for_component("emotion", gpus=1)))["spec"]
    pod = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod["containers"][0]["command"][0] == "trial-runner"
    assert pod["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    volumes = {each["name"]: each["emptyDir"] for each in pod["volumes"]}
    assert volumes["shared-memory"]["medium"] == "Memory"
    with pytest.raises(ValueError, match="a trial of emotion uses one GPU at most"):
        plan_for_component("emotion", gpus=2)


@pytest.mark.parametrize(
    ("kind", "words", "container"),
    [
        ("Job", ["torchrun", "--standalone", "--nproc-per-node=4", "--no-python"], "trial"),
        ("PyTorchJob", ["torchrun", "--standalone", "--nproc-per-node=4", "--no-python"],
         "pytorch"),
        ("TrainJob", ["torchrun", "--no-python"], "node"),
    ],
)  # fmt: skip
def test_a_trial_over_several_gpus(kind, words, container):
    text = write_plan(plan_for_component("eegpt", gpus=4, kind=kind))
    template = yaml.safe_load(text)["spec"]["trialTemplate"]
    assert template["primaryContainerName"] == container
    spec = template["trialSpec"]["spec"]
    if kind == "TrainJob":
        assert spec["trainer"]["numProcPerNode"] == 4
        assert spec["trainer"]["resourcesPerNode"]["limits"]["nvidia.com/gpu"] == "4"
        command = spec["trainer"]["command"]
    else:
        holder = spec if kind == "Job" else spec["pytorchReplicaSpecs"]["Master"]
        (only,) = holder["template"]["spec"]["containers"]
        assert only["name"] == container
        command = only["command"]
    assert command[: len(words) + 2] == [*words, "trial-runner", "eegpt"]
    (verdict,) = check_text(text, config=own_config())
    assert verdict.accepted
    assert verdict.findings == ()


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
