"""The experiment that was recorded on a real Katib, run again here with `--strict-katib`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eegtune.execution.early_stopping import EarlyStopping
from eegtune.execution.loop import LoopOptions
from eegtune.execution.run import RunOptions, RunResult, run_experiment
from eegtune.execution.store import RunStore
from eegtune.spec import Experiment, load_experiment_text
from eegtune.spec.experiment import Algorithm, Setting
from eegtune.stopping import Decision, TrialCurve

RECORDED = Path(__file__).parents[2] / "katib" / "recorded"
KINDS = {
    "succeededTrialList": "Succeeded",
    "failedTrialList": "Failed",
    "metricsUnavailableTrialList": "MetricsUnavailable",
    "earlyStoppedTrialList": "EarlyStopped",
}


class RecordedRule:
    """What the recording's early-stopping service answered: at report 2, stop below -1.2."""

    katib_loss = ""

    def should_stop(self, curve: Sequence[float], others: Sequence[TrialCurve]) -> Decision:
        return Decision(stop=len(curve) == 2 and max(curve) < -1.2, reason="recorded")


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text())


def suggestions() -> list[dict[str, str]]:
    """The recorded points in the order in which they were suggested."""
    return [
        {each["name"]: each["value"] for each in suggestion["parameterAssignments"]}
        for suggestion in recorded("suggestion.json")["status"]["suggestions"]
    ]


def experiment(folder: Path) -> Experiment:
    """The recorded Experiment with its own points, and its program without the waiting."""
    program = (RECORDED / "trial.py.txt").read_text()
    program = program.replace("time.sleep(1.5)", "time.sleep(0.1)")
    # A trial that is to be stopped early must not be done before it is.
    program = program.replace(
        "time.sleep(1)", "time.sleep(60 if a['kind'] == 'plain3' and e == 2 else 0.02)"
    )
    (folder / "trial.py").write_text(program)
    text = (RECORDED / "experiment.yaml").read_text()
    found = load_experiment_text(text.replace("/trial.py", str(folder / "trial.py")))
    points = Setting(name="initial_points", value=json.dumps(suggestions()))
    changed = Algorithm(algorithm_name="manual", algorithm_settings=(points,))
    return found.with_spec(algorithm=changed)


@pytest.fixture
def run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(EarlyStopping, "of", lambda experiment: EarlyStopping(RecordedRule()))

    def run(*, strict_katib: bool) -> tuple[RunResult, list[Any]]:
        options = RunOptions(LoopOptions(grace_seconds=1.0, strict_katib=strict_katib))
        result = run_experiment(experiment(tmp_path), tmp_path / "run", options)
        with RunStore.open(tmp_path / "run") as store:
            return result, store.trials()

    return run


def test_the_recorded_experiment_ends_as_it_did_on_katib(run_again: Any) -> None:
    result, trials = run_again(strict_katib=True)
    status = recorded("experiment.json")["status"]
    last = status["conditions"][-1]
    assert (str(result.state.condition), result.state.reason) == (last["type"], last["reason"])
    assert len(trials) == status["trials"]
    expected = {kind: len(status[key]) for key, kind in KINDS.items()}
    assert Counter(str(trial.condition) for trial in trials) == expected

    by_name = {name: kind for key, kind in KINDS.items() for name in status[key]}
    on_katib = {
        tuple(float(each["value"]) for each in trial["spec"]["parameterAssignments"][:1]): (
            by_name[trial["metadata"]["name"]]
        )
        for trial in recorded("trials.json")
    }
    here = {(float(trial.trial.assignments["x"]),): str(trial.condition) for trial in trials}
    assert here == on_katib

    best = status["currentOptimalTrial"]
    assert result.best is not None
    values = {each["name"]: float(each["latest"]) for each in best["observation"]["metrics"]}
    assert result.best.trial.metrics == pytest.approx(values)


def test_without_it_nothing_runs_beyond_the_end(run_again: Any) -> None:
    result, trials = run_again(strict_katib=False)
    assert result.state.reason == "ExperimentMaxTrialsReached"
    assert len(trials) == 14
    kinds = Counter(trial.trial.assignments["kind"] for trial in trials)
    conditions = Counter(str(trial.condition) for trial in trials)
    assert conditions["MetricsUnavailable"] >= kinds["silent"]
    assert conditions["Failed"] == kinds["crash"]
