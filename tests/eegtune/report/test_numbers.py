import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "eegtune.report.numbers",
        "eegtune.report.sampling",
        "eegtune.report.command",
        "eegtune.report.redaction",
        "eegtune.report.figures.figure",
        "eegtune.report.page.scores",
        "eegtune.report.exports.sections",
        "eegtune.report.evaluation.configurations",
        "eegtune.report.evaluation.scoring",
        "trial_runner.scoring.intervals",
    ],
)
def test_the_examples_in_docstrings_hold(module):
    outcome = doctest.testmod(import_module(module))
    assert outcome.attempted > 0
    assert outcome.failed == 0
