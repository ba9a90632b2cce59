from dataclasses import replace

from eegtune.report.command import component_command
from eegtune.report.model_card import model_card
from eegtune.report.write import write_report

from .runs import evaluation, material
from .stored import store

TITLES = {"auroc": "AUROC"}


def _card(made, note=""):
    command = component_command(made.experiment, made.best.trial.assignments)
    return model_card(made, command, note, TITLES)


def test_data_scores_limits_and_the_way_back():
    made = replace(material(40, evaluated=True), evaluations=(evaluation(subjects=12),))
    text = _card(made, "scp: 268 windows of 25 subjects, 6 channels")
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [
        "# Model card: linear-probe", "## Data", "## Scores on test data", "## Limits",
        "## Configuration", "## Train it again",
    ]  # fmt: skip
    assert "Data set: SelfRegulationSCP1." in text
    assert "Scored on: 293 test trials of 12 people, used 1 time." in text
    assert "| AUROC | 0.900 | 0.870 to 0.930 | +0.210 (+0.170 to +0.250) |" in text
    assert "Intervals are over 12 people" in text
    assert "It is not measurably better than “all features”." in text
    assert "trial-runner linear_probe" in text
    assert "no medical device" in text


def test_one_person_and_repeated_uses_are_limits():
    made = material(40, evaluated=True)
    text = _card(replace(made, touches=made.touches * 3))
    assert "nothing is known of anybody else" in text
    assert "The test data were used 3 times" in text


def test_without_scores_on_test_data_there_is_no_card(tmp_path):
    assert _card(material(40)) is None
    repeats = replace(material(40), evaluations=(evaluation(kind="repeats"),))
    assert _card(repeats) is None
    run = store(material(15), tmp_path / "run")
    assert not any(path.name == "model_card.md" for path in write_report(run.path).files)
