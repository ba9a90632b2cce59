import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from eegtune.cli import application
from eegtune.cli.scores import as_json, print_scores

from ..report.runs import evaluation, experiment, material, record
from ..report.stored import store

SCRIPT = """
import os, sys
x = float(sys.argv[1].split("=")[1])
print(f"val_auroc={x * 0.9 + int(os.environ['EEGTUNE_REPLICATE']) / 1000} val_accuracy={x}")
"""


def _run(folder: Path, script: str = SCRIPT):
    (folder / "train.py").write_text(script)
    parameters = (
        {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}},
    )
    made = experiment(parameters, command=(sys.executable, str(folder / "train.py")))
    records = (record(0, {"x": "0.1"}, 0.5), record(1, {"x": "0.9"}, 0.9))
    return store(replace(material(0), experiment=made, records=records), folder / "run")


def _call(*words):
    return CliRunner().invoke(application, ["evaluate", *map(str, words)])


def test_both_are_shown_side_by_side_with_what_it_means(tmp_path):
    run = _run(tmp_path)
    result = _call(run.path, "--seeds", "3")
    assert result.exit_code == 0, result.output
    for text in ("default", "tuned", "0.092", "0.812", "Tuning helps in 3 repeats",
                 "No untouched data was seen", "higher than the repeated val_auroc"):  # fmt: skip
        assert text in " ".join(result.stdout.split()), text
    assert f"Report: {run.report}" in result.stdout
    assert run.report.is_file()


def test_json_is_for_scripts(tmp_path):
    result = _call(_run(tmp_path).path, "--seeds=2", "--format=json")
    found = json.loads(result.stdout)
    assert found["kind"] == "repeats"
    assert found["verdicts"][0]["outcome"] == "better"
    tuned = next(each for each in found["configurations"] if each["name"] == "tuned")
    assert tuned["scores"]["val_auroc"]["interval"]["value"] == pytest.approx(0.8115)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds=0"], "0 is not in the range"),
        (["--configuration", "x"], "write 'NAME: parameter=value"),
        (["--configuration", "a: x=1"], "one of eegtune’s components"),
    ],
)
def test_wrong_input(tmp_path, words, message):
    result = _call(_run(tmp_path).path, *words)
    assert result.exit_code == 2
    assert message in result.output


def test_a_trial_that_fails_ends_with_a_message(tmp_path):
    result = _call(_run(tmp_path, "import sys; sys.exit('out of luck')").path, "--seeds=1")
    assert result.exit_code == 1
    assert "out of luck" in result.output
    assert "The run and its trials are as they were" in result.output


def test_no_run_and_no_result(tmp_path):
    assert _call(tmp_path / "nothing").exit_code == 2
    empty = store(material(0), tmp_path / "run")
    result = _call(empty.path)
    assert result.exit_code == 2
    assert "no trial has a result" in result.output


def test_ctrl_c_keeps_everything(tmp_path):
    run = _run(tmp_path, "import time; print('up', flush=True); time.sleep(120)")
    program = "import sys; from eegtune.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "evaluate", str(run.path), "--seeds=1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ))
    for _ in range(600):
        logs = list(run.path.glob("evaluation/*/trials/*/stdout.log"))
        if logs and any(log.read_text() for log in logs):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted. The run and its trials are as they were" in told
    assert "Traceback" not in told


def test_eighty_columns_are_enough(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    print_scores(evaluation(gain=0.02))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    assert "[−0.020, +0.060]" in text
    assert "Tuning adds nothing measurable on the 293 test trials of one person" in text
    assert "The data are of one person" in text


def test_several_people_are_not_called_one():
    found = as_json(evaluation(subjects=12))
    assert found["notes"] == []
    assert "on 12 test subjects" in found["verdicts"][0]["text"]
    assert found["gap"] == pytest.approx(0.03)
