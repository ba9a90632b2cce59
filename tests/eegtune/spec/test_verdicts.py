"""What the real webhooks said of 73 Experiments, recorded on a cluster, and what we say."""

import json
from pathlib import Path

import pytest

from eegtune.spec import check_text

VERDICTS = json.loads((Path(__file__).parent / "data" / "verdicts.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VERDICTS, ids=lambda case: case["case"])
def test_the_verdict_and_the_defaulted_spec_are_those_of_the_webhooks(case):
    (verdict,) = check_text(json.dumps(case["experiment"]))
    assert verdict.accepted is case["accepted"], [str(f) for f in verdict.findings]
    if case["accepted"]:
        assert verdict.document["spec"] == case["defaulted"]


def test_all_recorded_cases_are_here():
    assert len(VERDICTS) == 73
    assert sum(case["accepted"] for case in VERDICTS) > 20


@pytest.mark.parametrize("case", VERDICTS, ids=lambda case: case["case"])
def test_the_verdict_is_the_same_for_the_experiment_as_yaml(case):
    from eegtune.spec.dumping import dump_yaml

    (verdict,) = check_text(dump_yaml(case["experiment"]))
    assert verdict.accepted is case["accepted"]
