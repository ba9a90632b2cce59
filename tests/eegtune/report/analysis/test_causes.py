from dataclasses import replace

import pytest

from eegtune.report.analysis.causes import cause_of, failure_causes
from eegtune.spec.trial import TrialCondition

from ..runs import record

FAILED = TrialCondition.FAILED


@pytest.mark.parametrize(
    ("message", "more", "cause"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried …", {}, "out of memory"),
        ("the container was OOMKilled", {"exit_code": 137}, "out of memory"),
        ("OSError: [Errno 28] No space left on device", {}, "disk full"),
        ("longer than activeDeadlineSeconds (60)", {}, "deadline"),
        ("ValueError: val_loss is nan", {}, "values not finite"),
        ("Traceback\nKeyError: 'x'\nmne.io.ReadError: bad header", {}, "ReadError"),
        ("it printed nothing", {"exit_code": 3}, "exit code 3"),
        ("", {"signal": 9}, "SIGKILL (often: out of memory)"),
        ("", {"signal": 11}, "SIGSEGV"),
        ("", {}, "unknown"),
    ],
)
def test_a_failure_has_a_cause(message, more, cause):
    assert cause_of(replace(record(0, {}, None, FAILED, message), **more)) == cause


def test_trials_without_metrics_or_killed_with_the_run():
    unavailable = record(0, {}, None, TrialCondition.METRICS_UNAVAILABLE, "no line of val_auroc")
    killed = record(1, {}, None, TrialCondition.KILLED, "MemoryError")
    assert cause_of(unavailable) == "no metrics"
    assert cause_of(killed) == "stopped with the run"


def test_causes_are_counted_the_commonest_first():
    messages = ["KeyError: 'a'", "MemoryError", "KeyError: 'b'"]
    found = failure_causes([record(n, {}, None, FAILED, m) for n, m in enumerate(messages)])
    assert found == (
        ("KeyError", (0, 2), "KeyError: 'a'"),
        ("out of memory", (1,), "MemoryError"),
    )
