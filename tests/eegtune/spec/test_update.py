"""Changes of an Experiment that is in the cluster already."""

from pathlib import Path

import pytest

from eegtune.spec.validation import Source, validate_sources

GOOD = (Path(__file__).parent / "data" / "good.yaml").read_text("utf-8")
RUNNING = "status: {trials: 5, conditions: [{type: Running, status: 'True'}]}\n"
REACHED = (
    "status: {trials: 12, conditions: [{type: Running, status: 'False'}, "
    "{type: Succeeded, status: 'True', reason: ExperimentMaxTrialsReached}]}\n"
)
MORE = ("maxTrialCount: 12", "maxTrialCount: 20")
LONG = ("resumePolicy: Never", "resumePolicy: LongRunning")


def rules(old, new):
    sources = [Source("new.yaml", new.encode())]
    (report,) = validate_sources(sources, against=[Source("old.yaml", old.encode())])
    return [finding.rule for finding in report.findings]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (GOOD + RUNNING, GOOD, []),
        (GOOD + REACHED, GOOD, []),
        (GOOD + RUNNING, GOOD.replace(*MORE), []),
        (GOOD + RUNNING, GOOD.replace("parallelTrialCount: 2", "parallelTrialCount: 4"), []),
        (GOOD + RUNNING, GOOD.replace("maxTrialCount: 12", "maxTrialCount: 5"),
         ["update-max-trials"]),
        (GOOD + RUNNING, GOOD.replace("goal: 0.99", "goal: 0.9"), ["update-fixed"]),
        (GOOD + RUNNING, GOOD.replace('value: "7"', 'value: "8"'), ["update-fixed"]),
        (GOOD + REACHED, GOOD.replace(*MORE), ["update-restart"]),
        (GOOD.replace(*LONG) + REACHED, GOOD.replace(*LONG).replace(*MORE), []),
        (GOOD.replace(*LONG) + REACHED.replace("MaxTrials", "Goal"),
         GOOD.replace(*LONG).replace(*MORE), ["update-restart"]),
        (GOOD.replace(*LONG) + REACHED.replace("Succeeded", "Failed"),
         GOOD.replace(*LONG).replace(*MORE), ["update-restart"]),
        (GOOD.replace("name: good", "name: other") + RUNNING, GOOD.replace("0.99", "0.9"), []),
        ("", GOOD, []),
    ],
)  # fmt: skip
def test_what_may_change(old, new, expected):
    assert rules(old, new) == expected
