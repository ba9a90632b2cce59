import pytest

from eegtune.report.analysis.room import crowded

from ..runs import experiment


def _parameter(name, **space):
    kind = "categorical" if "list" in space else "double"
    return {"name": name, "parameterType": kind, "feasibleSpace": space}


SPACE = (
    _parameter("rate", min="1e-5", max="0.1", distribution="logUniform"),
    _parameter("kind", list=["a", "b"]),
    _parameter("drop", min="0", max="0.7"),
    _parameter("alpha", min="0", max="1"),
    _parameter("fixed", list=["x"]),
)
CONDITIONAL = {
    "algorithmName": "tpe",
    "algorithmSettings": [{"name": "conditions", "value": "alpha: kind == 'a'"}],
}


@pytest.mark.parametrize(
    ("trials", "fixed"),
    [(40, None), (39, ("alpha",)), (20, ("alpha", "drop")), (5, ("alpha", "drop", "kind"))],
)
def test_before_any_result_the_widest_ranges_stay(trials, fixed):
    found = crowded(experiment(SPACE, algorithm=CONDITIONAL), trials, {})
    assert (None if found is None else found.fix_first) == fixed
    if found is not None:
        assert found.searched == 4
        assert "a guess before any result" in found.text()


def test_results_say_what_to_fix():
    shares = {"rate": 0.01, "drop": 0.6, "alpha": 0.3, "kind": 0.09}
    found = crowded(experiment(SPACE), 25, shares)
    assert found is not None
    assert found.fix_first == ("rate", "kind")
    assert "fix first: rate, kind (they mattered least so far)" in found.text()


def test_the_budget_parameter_is_not_searched():
    settings = [{"name": "resource", "value": "drop"}]
    made = experiment(SPACE, algorithm={"algorithmName": "asha", "algorithmSettings": settings})
    found = crowded(made, 10, {})
    assert found is not None
    assert found.searched == 3
