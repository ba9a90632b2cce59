from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from search_problems import MIXED, make_experiment, parameter, parameters_for, settings_for

from eegtune.search import suggest, validate_settings
from eegtune.search.algorithms import ALGORITHMS

TWO = (parameter("a", "int", min="1", max="4"), parameter("b", "int", min="1", max="4"))


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_algorithm_accepts_its_settings(algorithm: str) -> None:
    validate_settings(
        make_experiment(algorithm, parameters_for(algorithm), settings=settings_for(algorithm))
    )


@pytest.mark.parametrize(
    ("algorithm", "settings", "message"),
    [
        ("bayes", {}, "unknown algorithm 'bayes'; allowed are asha, auto, bayesianoptimization"),
        ("tpe", {"n_startup": "3"}, "unknown setting 'n_startup'.*n_startup_trials"),
        ("tpe", {"n_startup_trials": "-1"}, "a whole number of at least 0"),
        ("tpe", {"n_startup_trials": "1.5"}, "is '1.5'; allowed is a whole number"),
        ("random", {"random_state": "x"}, "'random_state' is 'x'"),
        ("cmaes", {"restart_strategy": "often"}, "one of none, ipop, bipop"),
        ("pbt", {"truncation_threshold": "0.9"}, "of at most 0.5"),
        ("hyperband", {}, "needs setting 'resource'"),
        ("hyperband", {"resource_name": "epochs", "r_l": "99"}, "outside 'epochs'"),
        ("asha", {"resource": "kind"}, "is categorical; it must be a number"),
        ("grid", {}, "needs a step for every double; .* rate"),
        ("manual", {}, "needs the setting 'initial_points'"),
        ("manual", {"initial_points": '[{"a": 1}]'}, "names a; parameters are rate"),
        ("random", {"initial_points": '[{"kind": "odd"}]'}, "allowed is one of plain"),
        ("random", {"objectives": "speed:max"}, "names the metric 'speed'; allowed are loss"),
        ("random", {"objectives": "loss:up"}, "the direction 'up'; allowed are min and max"),
        ("random", {"outcome_constraints": "loss =< 3"}, "is not CEL"),
        ("random", {"outcome_constraints": "memory <= 3"}, "names the metric 'memory'"),
        ("random", {"conditions": "units"}, "is not CEL|must begin with"),
        ("random", {"conditions": "nothing: kind == 'deep'"}, "must begin with one of"),
        (
            "random",
            {"conditions": "units: share > 0.2; share: units > 8"},
            "goes in a circle through share, units",
        ),
    ],
)
def test_wrong_settings_are_refused(
    algorithm: str, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        validate_settings(make_experiment(algorithm, MIXED, settings=settings))


@pytest.mark.parametrize(
    ("constraints", "parameters", "message"),
    [
        ("a > 2; a < 2; b > 0", TWO, "a > 2; a < 2.* exclude every point|together exclude"),
        ("a > 9; b > 0", TWO, "a > 9 excludes every point"),
        ("rate > 1.0", MIXED, r"none of \d+ points tried keeps all of rate > 1.0"),
    ],
)
def test_constraints_without_a_point_are_named(
    constraints: str, parameters: Sequence[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        validate_settings(
            make_experiment("random", parameters, settings={"constraints": constraints})
        )


def test_rare_points_are_found_by_repair() -> None:
    settings = {"constraints": "a == b; c == a; d == c"}
    space = [parameter(name, "int", min="1", max="400") for name in "abcd"]
    experiment = make_experiment("random", space, settings=settings)
    validate_settings(experiment)
    for s in suggest(experiment, [], count=5).suggestions:
        assert len(set(s.assignments.values())) == 1


def test_import_is_light() -> None:
    code = (
        "import sys, eegtune.search, eegtune.stopping;"
        "print([m for m in ('optuna', 'numpy', 'scipy', 'celpy', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_algorithm_needs_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from search_problems import *;"
        "run_search(make_experiment('auto', trials=99), lambda a: {'loss': float(a['rate'])}, 14);"
        "print('torch' in sys.modules)"
    )
    folder = __file__.rsplit("/", 1)[0]
    done = subprocess.run(
        [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
