import yaml


def test_an_experiment_on_standard_output(eegtune):
    code, output, _ = eegtune("init", "linear_probe", "--algorithm", "random", "--goal", "0.9",
                              "--gpus", "1", "--early-stopping", "medianstop")  # fmt: skip
    assert code == 0
    spec = yaml.safe_load(output)["spec"]
    assert spec["objective"]["goal"] == 0.9
    assert spec["earlyStopping"]["algorithmName"] == "medianstop"
    assert spec["trialTemplate"]["retain"] is True
    (container,) = spec["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_a_file_with_its_schema_that_validates(eegtune, tmp_path):
    folder = tmp_path / "1" / "2" / "3"  # what lies above a test's folder is none of its business
    path = folder / "probe.yaml"
    code, output, _ = eegtune("init", "linear_probe", "-o", path)
    assert code == 0
    assert f"eegtune run {path}" in output
    assert "experiment.schema.json  beside it" in output
    assert path.read_text().startswith("# yaml-language-server: $schema=experiment.schema.json\n")
    assert (folder / "experiment.schema.json").exists()
    assert eegtune("validate", path)[0] == 0
    # A schema in a folder above is used, not written again.
    below = folder / "a" / "probe.yaml"
    code, output, _ = eegtune("init", "linear_probe", "-o", below)
    assert code == 0
    assert "experiment.schema.json" not in output
    assert "$schema=../experiment.schema.json" in below.read_text()
    assert not (below.parent / "experiment.schema.json").exists()


def test_a_command_of_ones_own(eegtune):
    code, output, _ = eegtune(
        "init", "--image", "me/it:1", "--metric", "loss", "--minimize", "--name", "mine",
        "--from-command", "python train.py --lr {lr:1e-5..1e-2:log} --depth {depth:2..8}",
    )  # fmt: skip
    assert code == 0
    document = yaml.safe_load(output)
    assert document["metadata"]["name"] == "mine"
    assert document["spec"]["objective"] == {"type": "minimize", "objectiveMetricName": "loss"}


def test_what_cannot_be_written_is_told(eegtune, tmp_path):
    (tmp_path / "file").write_text("")
    cases = (
        (["nope"], "no component 'nope'"),
        ([], "name a component"),
        (["--from-command", "x {a:1..2}"], "needs --image"),
        (["--from-command", "x", "--image", "a:1"], "nothing to search"),
        (["linear_probe", "--parameters", "lr"], "has no hyperparameter lr"),
        (["linear_probe", "-o", tmp_path / "file" / "x.yaml"], "file"),
    )
    for words, said in cases:
        code, _, errors = eegtune("init", *words)
        assert code == 2, words
        assert said in errors
