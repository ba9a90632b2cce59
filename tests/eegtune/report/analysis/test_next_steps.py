from dataclasses import replace

import pytest

from eegtune.report.analysis.next_steps import next_steps
from eegtune.report.analysis.winner import Standing

from ..runs import experiment, material, record

SPACE = (
    {"name": "rate", "parameterType": "double",
     "feasibleSpace": {"min": "1e-5", "max": "1e-2", "distribution": "logUniform"}},
    {"name": "depth", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "8"}},
)  # fmt: skip


def _made(values, **more):
    records = tuple(
        record(n, {"rate": rate, "depth": "4"}, value) for n, (rate, value) in enumerate(values)
    )
    return replace(material(0), experiment=experiment(SPACE), records=records, **more)


def _whats(advice):
    return [each.what for each in advice]


def test_a_best_value_at_the_upper_end_of_its_logarithm():
    found = next_steps(_made([("0.0095", 0.9), ("1e-4", 0.5)]), {"rate": 0.9, "depth": 0.1}, ())
    assert found[0].what == "Search rate further up."
    assert "0.0095, lies at the upper end of 1e-5 to 0.01" in found[0].why


def test_an_edge_of_a_parameter_that_does_not_matter_is_none():
    found = next_steps(_made([("0.0095", 0.9), ("1e-4", 0.5)]), {"rate": 0.01, "depth": 0.9}, ())
    assert _whats(found) == ["Score the best configuration once on the test data."]


def test_better_ones_at_the_end_ask_for_more():
    rising = [("1e-3", 0.5 + n / 100) for n in range(30)]
    found = next_steps(_made(rising), {}, ())
    assert found[0].what.startswith("Go on")
    assert found[0].command == (
        "eegtune run runs/demo/experiment.yaml --dir runs/demo --max-trials 60"
    )
    falling = [("1e-3", 0.5 - n / 100) for n in range(30)]
    assert not any(what.startswith("Go on") for what in _whats(next_steps(_made(falling), {}, ())))


def test_a_gain_within_the_noise_is_no_reason_to_go_on():
    flat = [("1e-3", 0.9) for _ in range(29)] + [("1e-3", 0.901)]
    made = _made(flat)
    for high, is_asked in ((0.9505, False), (0.9001, True)):
        best = Standing(
            made.records[-1], 1, 0.901, 0.9, 0.9 if is_asked else 0.85, high, 1.0, 1, 1
        )
        whats = _whats(next_steps(made, {}, (best,)))
        assert any(what.startswith("Go on") for what in whats) is is_asked


@pytest.mark.parametrize(
    ("accuracies", "chosen"), [((0.6, 0.8, 0.7), "'val_accuracy>=0.75'"), ((0.7, 0.8, 0.9), "")]
)
def test_several_objectives_ask_to_choose_where_there_is_a_choice(accuracies, chosen):
    settings = [{"name": "objectives", "value": "val_auroc:max,val_accuracy:max"}]
    made = _made([("1e-4", 0.7), ("2e-4", 0.8), ("3e-4", 0.9)])
    several = experiment(
        SPACE, algorithm={"algorithmName": "nsga2", "algorithmSettings": settings}
    )
    records = tuple(
        replace(r, trial=replace(r.trial, metrics={**r.trial.metrics, "val_accuracy": value}))
        for r, value in zip(made.records, accuracies, strict=True)
    )
    steps = next_steps(replace(made, experiment=several, records=records), {"rate": 0.9}, ())
    *choose, score = steps
    assert score.what == "Score the one that is the best in val_auroc once on the test data."
    assert [each.command.partition(" --prefer ")[2] for each in choose] == [chosen] * bool(chosen)


def test_close_ones_are_to_be_scored_again():
    made = _made([("1e-3", 0.9), ("1e-4", 0.89)])
    close = [Standing(r, 1, 0.9, 0.88, 0.8, 0.9, 0.4, 1, 2) for r in made.records]
    commands = [each.command for each in next_steps(made, {}, close)]
    assert "eegtune evaluate runs/demo --top 5" in commands


def test_many_failures_come_first():
    found = next_steps(material(40, failed_every=4), {}, ())
    assert found[0].what == "Find out why trials fail, first of all: out of memory."
    assert found[0].command == "eegtune logs runs/demo 3"


def test_what_does_not_matter_is_to_be_fixed():
    found = next_steps(material(40), {"features": 0.98, "batch_size": 0.01, "hidden_dim": 0.01},
                       ())  # fmt: skip
    assert "Fix batch_size, hidden_dim in a next search." in _whats(found)


def test_nothing_finished_nothing_to_say():
    assert next_steps(material(0), {}, ()) == ()


def test_below_a_natural_end_there_is_nothing():
    space = ({"name": "dropout", "parameterType": "double",
              "feasibleSpace": {"min": "0", "max": "0.7"}},
             {"name": "layers", "parameterType": "int", "feasibleSpace": {"min": "1", "max": "8"}},
             {"name": "threshold", "parameterType": "double",
              "feasibleSpace": {"min": "150", "max": "300"}})  # fmt: skip
    values = {"dropout": "0.001", "layers": "1", "threshold": "151"}
    made = replace(material(0), experiment=experiment(space), records=(record(0, values, 0.9),))
    found = next_steps(made, dict.fromkeys(values, 0.3), ())
    assert [what for what in _whats(found) if "further" in what] == [
        "Search threshold further down."
    ]
