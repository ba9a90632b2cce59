from pathlib import Path

import pytest
import yaml

GOOD = Path(__file__).parents[1] / "spec" / "data" / "good.yaml"


@pytest.mark.parametrize("target", ["optimizationjob", "wandb-sweep", "optuna", "ray"])
def test_an_experiment_for_another_tool(eegtune, tmp_path, target):
    code, output, errors = eegtune("convert", GOOD, "--to", target)
    assert code == 0
    assert "lr" in output
    assert "Not carried over" in errors
    assert "- maxFailedTrialCount 3" in errors
    path = tmp_path / "out"
    assert eegtune("convert", GOOD, "--to", target, "-o", path)[:2] == (0, "")
    assert path.read_text() == output


def test_a_sweep_as_an_experiment(eegtune, tmp_path):
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("program: a.py\nparameters: {lr: {min: 0.1, max: 1.0}}\nproject: p\n")
    code, output, errors = eegtune("convert", sweep, "--from", "wandb-sweep", "--image", "me/a:1")
    assert code == 0
    assert yaml.safe_load(output)["kind"] == "Experiment"
    assert "- project of the sweep." in errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([GOOD], "one of --to and --from"),
        ([GOOD, "--to", "nothing"], "is not one of"),
        (["none.yaml", "--to", "optuna"], "No such file"),
        ([GOOD, "--from", "wandb-sweep"], "is no W&B sweep"),
    ],
)
def test_what_cannot_be_converted_is_told(eegtune, words, said):
    code, _, errors = eegtune("convert", *words)
    assert code == 2
    assert said in errors
