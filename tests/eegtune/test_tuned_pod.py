"""A function that travels to a cluster in variables; its trial's command runs here as there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import eegtune
from eegtune import places
from eegtune.places import Where
from eegtune.spec import Experiment
from eegtune.tuned_pod import own_image

BOUND = 3.0


def bounded(x: float, kind: str) -> float:
    return min(x, BOUND) + (kind == "b")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Where, Experiment]]:
    """Return what would be sent to a cluster; it is run here instead."""
    caught = []
    run_at = places.run_at

    def here(where: Where, experiment: Experiment, *rest: Any, **more: Any) -> None:
        caught.append((where, experiment))
        run_at(Where(), experiment, *rest, **more)

    monkeypatch.setattr(places, "run_at", here)
    return caught


@pytest.mark.parametrize("place", ["kubernetes", "katib"])
def test_what_is_sent_needs_nothing_of_this_machine(
    place: places.On, sent: list[tuple[Where, Experiment]], tmp_path: Path
) -> None:
    run = eegtune.tune(
        bounded, {"x": "0.0..9.0", "kind": ["a", "b"]}, trials=3, algorithm="random", on=place,
        namespace="team", context="far", folder=tmp_path / "run", progress=False,
    )  # fmt: skip
    where, experiment = sent[0]
    assert where == Where(place, "team", "far")
    assert list(run.trials()["status"]) == ["Succeeded"] * 3
    assert run.best_metrics["score"] == bounded(**run.best)  # type: ignore[arg-type]
    template = experiment.spec.trial_template.trial_spec
    assert template is not None
    pod = template["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["image"] == own_image(False)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert {variable["name"] for variable in container["env"]} == {"EEGTUNE_FUNCTION_0"}
    assert str(tmp_path) not in str(experiment.to_dict())
    assert not list(tmp_path.glob(".*.pickle")), "nothing is left beside the run"


def test_a_large_function_comes_in_parts(
    sent: list[tuple[Where, Experiment]], tmp_path: Path
) -> None:
    held = random.Random(0).randbytes(200_000)

    def holding(x: float) -> float:
        return x + len(held)

    run = eegtune.tune(holding, {"x": "0.0..1.0"}, trials=1, on="kubernetes",
                       folder=tmp_path / "run", progress=False)  # fmt: skip
    assert run.best_metrics["score"] >= 200_000
    spec: Any = sent[0][1].spec.trial_template.trial_spec
    assert len(spec["spec"]["template"]["spec"]["containers"][0]["env"]) == 3


def test_too_large_a_function_is_refused(tmp_path: Path) -> None:
    held = random.Random(0).randbytes(600_000)

    def holding(x: float) -> float:
        return x + len(held)

    with pytest.raises(ValueError, match=r"takes 0\.8 MB with the data that it holds, of at most"):
        eegtune.tune(holding, {"x": "0.0..1.0"}, on="katib", folder=tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on": "moon"}, "on is 'moon'; it must be one of here, kubernetes, katib"),
        ({"namespace": "team"}, "namespace and context are for on='kubernetes'"),
        ({"on": "katib", "fresh": True}, "give the Experiment another name"),
    ],
)
def test_a_place_that_cannot_be_is_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        eegtune.tune(bounded, {"x": "0.0..1.0", "kind": ["a", "b"]}, folder=tmp_path / "run",
                     **options)  # fmt: skip
