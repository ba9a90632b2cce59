import json
from pathlib import Path

import pytest

GOOD = (Path(__file__).parents[1] / "spec" / "data" / "good.yaml").read_text("utf-8")


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="e.yaml"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return write_file


def test_a_good_file_is_fine(eegtune, write):
    code, output, errors = eegtune("validate", write(GOOD))
    assert (code, errors) == (0, "")
    assert output.split()[-2:] == ["good", "fine"]


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("trial:1", "trial:latest", 0, "poor image-latest"),
        ('min: "1e-4"', 'min: "0"', 1, "broken log-range"),
        ("name: lr", "name: y", 1, "refused wrong-type"),
        ("spec:", "spec: [", 2, "unreadable not-yaml"),
        ("kind: Experiment", "kind: Trial", 2, "unreadable no-experiment"),
    ],
)
def test_the_exit_code_and_the_finding(eegtune, write, old, new, code, said):
    found, output, _ = eegtune("validate", write(GOOD.replace(old, new, 1)))
    assert found == code
    assert said in output


def test_a_missing_file_is_unreadable_and_the_others_are_still_checked(eegtune, write):
    code, output, _ = eegtune("validate", write(GOOD), "none.yaml")
    assert code == 2
    assert "No such file" in output
    assert "1 of 2 Experiments can run as they are." in output


def test_json_is_one_object_a_document(eegtune, write):
    path = write(GOOD + "---\n" + GOOD.replace("name: good", "name: Bad"))
    code, output, _ = eegtune("validate", "--format", "json", path)
    good, bad = (json.loads(line) for line in output.splitlines())
    assert code == 1
    assert good == {"file": str(path), "name": "good", "accepted": True, "findings": []}
    assert bad["accepted"] is False
    assert bad["findings"][0]["rule"] == "name"


def test_github_annotations(eegtune, write):
    _, output, _ = eegtune("validate", "--format", "github", write(GOOD.replace("lr\n", "y\n", 1)))
    assert output.startswith("::error file=")


def test_quiet_leaves_out_what_is_poor(eegtune, write):
    path = write(GOOD.replace("trial:1", "trial:latest"))
    assert "image-latest" not in eegtune("validate", "-q", path)[1]


def test_fix_mends_the_file_and_says_so(eegtune, write):
    path = write("# mine\n" + GOOD.replace('min: "1e-4"', "min: 1e-4  # low"))
    path.write_text(path.read_text().replace("1e-4  # low,", "1e-4,"))
    code, output, _ = eegtune("validate", "--fix", path)
    assert code == 0
    assert "1 fixed" in output
    assert path.read_text() == "# mine\n" + GOOD


def test_katibs_configuration(eegtune, write):
    path = write(GOOD.replace("algorithmName: multivariate-tpe", "algorithmName: auto"))
    assert eegtune("validate", path)[0] == 1
    assert eegtune("validate", "--katib-config", "eegtune", path)[0] == 0
    code, _, errors = eegtune("validate", "--katib-config", "none.yaml", path)
    assert code == 2
    assert "No such file" in errors


def test_labels_of_the_namespace(eegtune, write):
    path, label = write(GOOD), "katib.kubeflow.org/metrics-collector-injection"
    assert eegtune("validate", "--namespace-labels", "a=b", path)[0] == 1
    assert eegtune("validate", "--namespace-labels", f"a=b,{label}=enabled", path)[0] == 0
    assert eegtune("validate", "--namespace-labels", "nonsense", path)[0] == 2


def test_a_change_of_what_is_in_the_cluster(eegtune, write):
    old = write(GOOD + "status: {trials: 3}\n", "old.yaml")
    new = write(GOOD.replace("goal: 0.99", "goal: 0.9"))
    code, output, _ = eegtune("validate", "--against", old, new)
    assert code == 1
    assert "refused update-fixed  spec.objective" in output
    assert eegtune("validate", "--against", "none.yaml", new)[0] == 2


def test_our_own_services_are_asked_where_they_would_search(eegtune, write):
    text = GOOD.replace("algorithmName: multivariate-tpe", "algorithmName: asha").replace(
        'name: random_state, value: "7"', 'name: reduction_factor, value: "0"'
    )
    code, output, _ = eegtune("validate", "--katib-config", "eegtune", write(text))
    assert code == 1
    assert "own-search" in output
    assert "reduction_factor" in output


def test_what_a_stopping_rule_loses_under_katib_is_told(eegtune, write):
    text = GOOD.replace("  parallelTrialCount: 2", "  earlyStopping: {algorithmName: RULE}")
    text = text.replace("maxTrialCount: 12", "maxTrialCount: 12\n  parallelTrialCount: 2")
    losing = write(text.replace("RULE", "percentile"))
    code, output, _ = eegtune("validate", "--katib-config", "eegtune", losing)
    assert code == 0
    assert "poor own-search  spec.earlyStopping" in output
    missing = write(text.replace("RULE", "patience"))
    assert eegtune("validate", "--katib-config", "eegtune", missing)[0] == 1


def test_nothing_heavy_is_imported(write):
    import subprocess
    import sys

    program = (
        "import sys\nfrom eegtune.cli import main\n"
        "try:\n    main(['validate', sys.argv[1]])\nexcept SystemExit as end:\n"
        "    assert end.code == 0\n"
        "print(sorted({'pydantic', 'numpy', 'rich', 'celpy', 'ruamel', 'torch', 'optuna'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(write(GOOD))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
