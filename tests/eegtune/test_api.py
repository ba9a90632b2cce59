from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import eegtune
from eegtune.execution.store import NoRunError
from eegtune.spec import SpecError


def parabola(x: float, width: int, kind: str, fast: bool) -> float:
    """A function of this module, which no trial can import."""
    return -((x - 0.3) ** 2) - (width - 4) ** 2 - (kind == "bad") - (not fast)


def two_epochs(x: float) -> Iterator[dict[str, float]]:
    yield {"score": x, "loss": 1.0}
    yield {"score": x + 1, "loss": 0.5}


def test_tune_gives_the_function_what_the_space_says(tmp_path: Path) -> None:
    run = eegtune.tune(
        parabola,
        {"x": "0.0..1.0", "width": [2, 4], "kind": ["good", "bad"], "fast": [True, False]},
        trials=12, folder=tmp_path / "run", algorithm="random", progress=False,
    )  # fmt: skip
    frame = run.trials()
    assert list(frame["status"]) == ["Succeeded"] * 12
    assert run.best_metrics["score"] == frame["metric.score"].max()
    values = run.best
    assert parabola(**values) == pytest.approx(run.best_metrics["score"])  # type: ignore[arg-type]
    assert {type(value) for value in values.values()} == {float, int, str, bool}


def test_a_generator_reports_epochs_and_a_second_call_goes_on(tmp_path: Path) -> None:
    def call(trials: int) -> eegtune.Run:
        return eegtune.tune(two_epochs, {"x": "0.0..1.0"}, trials=trials, algorithm="random",
                            folder=tmp_path / "run", progress=False)  # fmt: skip

    first = call(1).trials()
    run = call(2)
    assert list(run.trials()["name"])[:1] == list(first["name"])
    curve = run.curve(first["name"][0])
    assert list(curve[curve["metric"] == "score"]["report"]) == [1, 2]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({}, "the space is empty"),
        ({"y": "0..1"}, "the space has 'y', which two_epochs does not take; it takes x"),
        ({"x": "1..0"}, "the first bound must be below"),
        ({"x": [1]}, "give at least two values that differ"),
    ],
)
def test_a_space_that_cannot_be_is_refused(
    space: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        eegtune.tune(two_epochs, space, folder=tmp_path / "run")  # type: ignore[arg-type]


def test_load_run_and_open_run(tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        eegtune.load(tmp_path / "none.yaml")
    with pytest.raises(NoRunError):
        eegtune.open_run(tmp_path / "none")
    run = eegtune.tune(two_epochs, {"x": "0.0..1.0"}, trials=1, algorithm="random",
                       folder=tmp_path / "run", progress=False)  # fmt: skip
    experiment = eegtune.load(run.folder / "experiment.yaml")
    again = eegtune.run(experiment, tmp_path / "again", max_trials=3, parallel=1, progress=False)
    assert (again.status, len(again.trials())) == ("Succeeded", 3)
    assert eegtune.open_run(again.folder).best == again.best
    assert json.loads(again.figure("history").to_json())["data"]
    with pytest.raises(ValueError, match="there is no figure 'none'; there are history"):
        again.figure("none")
    assert again.report().is_file()
    assert again.trials()["name"][0] in again._repr_html_()


def test_an_attribute_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = eegtune.nothing
