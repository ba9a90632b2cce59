from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., Path]:
    def write(settings: str = "[]", algorithm: str = "asha", trials: int = 1000) -> Path:
        path = tmp_path / "experiment.yaml"
        path.write_text(f"""
apiVersion: kubeflow.org/v1beta1
kind: Experiment
metadata: {{name: planned}}
spec:
  objective: {{type: maximize, objectiveMetricName: auroc}}
  algorithm: {{algorithmName: {algorithm}, algorithmSettings: {settings}}}
  maxTrialCount: {trials}
  parallelTrialCount: 1
  parameters:
  - {{name: rate, parameterType: double, feasibleSpace: {{min: "1e-5", max: "0.1"}}}}
  - {{name: epochs, parameterType: int, feasibleSpace: {{min: "1", max: "27"}}}}
  trialTemplate:
    primaryContainerName: trial
    trialParameters:
    - {{name: rate, reference: rate}}
    - {{name: epochs, reference: epochs}}
    trialSpec:
      apiVersion: batch/v1
      kind: Job
      spec:
        template:
          spec:
            restartPolicy: Never
            containers:
            - name: trial
              image: none
              command: [echo, "${{trialParameters.rate}}", "${{trialParameters.epochs}}"]
""")
        return path

    return write


RESOURCE = "[{name: resource, value: epochs}]"


def test_a_budget_of_time_and_slots(eegtune: Invoke, experiment: Callable[..., Path]) -> None:
    path = experiment(RESOURCE)
    code, output, _ = eegtune(
        "plan", path, "--budget", "8h", "--slots", 4, "--trial-minutes", 12, "--price", 2
    )
    assert code == 0
    first, *others = output.splitlines()
    assert first == (
        "160 full trials on 4 slots in 8.0 h, 12 min a trial (given): "
        "32 slot-hours, 64.00 at 2 an hour"
    )
    assert others[0] == "strategy  bohb: over 100 trials and epochs is a budget"
    # 9 of 1 epoch, 3 that go on to 3, 1 to 9, a third to 27: a trial each 1/9th of 160 full ones.
    assert others[1] == (
        "rungs     1440 trials of 1, 480 trials of 3, 160 trials of 9, 53 trials of 27"
    )


@pytest.mark.parametrize(
    ("budget", "strategy"), [("90m", "random"), ("10h", "auto"), ("2d", "bohb")]
)
def test_the_strategy_follows_the_budget(
    eegtune: Invoke, experiment: Callable[..., Path], budget: str, strategy: str
) -> None:
    code, output, _ = eegtune(
        "plan", experiment(RESOURCE), "--budget", budget, "--trial-minutes", 10, "--format", "json"
    )
    assert code == 0
    assert json.loads(output)["strategy"] == strategy


def test_the_gain_comes_from_a_recorded_table(
    eegtune: Invoke, experiment: Callable[..., Path], tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("param:rate,metric:auroc,seconds\n1,0.5,60\n2,0.7,180\n")
    code, output, _ = eegtune(
        "plan", experiment("[]", "random", 2), "--budget", "1h", "--table", table,
        "--format", "json",
    )  # fmt: skip
    assert code == 0
    plan = json.loads(output)
    assert (plan["trial_minutes"], plan["trial_minutes_are"]) == (2.0, "recorded")
    assert (plan["trials"], plan["affordable"]) == (2, 30)
    # The best of two draws is .7 three times out of four.
    assert plan["gain"] == [[1, pytest.approx(0.6)], [2, pytest.approx(0.65)]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--budget", "8x"], "--budget is '8x'; give a time such as 90m, 8h or 2d"),
        (["--budget", "5m", "--trial-minutes", "12"], "one trial takes 12 min"),
        (["--budget", "1h", "--slots", "0"], "must be above 0"),
    ],
)
def test_wrong_words_end_in_a_message(
    eegtune: Invoke, experiment: Callable[..., Path], words: list[str], message: str
) -> None:
    code, _, errors = eegtune("plan", experiment(RESOURCE), *words)
    assert (code, message in errors) == (2, True)


def test_what_limits_the_trials_is_said(eegtune: Invoke, experiment: Callable[..., Path]) -> None:
    words = ["plan", experiment("[]", "random", 40), "--budget", "8h", "--slots", 4]
    code, output, _ = eegtune(*words, "--trial-minutes", 12)
    assert code == 0
    assert "maxTrialCount is 40; the budget would buy 160" in output
    code, output, _ = eegtune(*words)
    assert "10 min a trial (assumed)" in output
    assert "give --trial-minutes, or run a few trials first" in output
