from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import csv, parquet

from trial_runner.arguments import parse_arguments
from trial_runner.components.emotion import COMPONENT
from trial_runner.components.emotion.tables import read_in_parts
from trial_runner.errors import DataError, UsageError
from trial_runner.simulation.feature_tables import TablePlan, simulate_table


@pytest.fixture(autouse=True)
def _artefacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTEFACTS", str(tmp_path))


def _run(*words: str) -> None:
    from trial_runner.components.emotion.trial import run

    run(parse_arguments(COMPONENT, words))


def _last(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    line = capsys.readouterr().out.splitlines()[-1]
    return {n: float(v) for n, _, v in (w.partition("=") for w in line.split()[1:])}


def test_a_quick_test_on_dummy_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run("--dummy-data", "--max_epochs=2", "--folds=2", "--filters_1=32", "--filters_2=32")
    scores = _last(capsys)
    written = json.loads((tmp_path / "best_hyperparameters.json").read_text())
    assert set(written) == {"hyperparameters", "metadata"}
    assert written["hyperparameters"]["filters_1"] == 32
    assert written["metadata"]["best_score"] == pytest.approx(scores["val_accuracy"], abs=1e-5)
    assert written["metadata"]["timestamp"]


@pytest.mark.parametrize("effect", [0.0, 1.5])
def test_what_is_planted_is_learnt_and_nothing_else(
    effect: float, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(f"--data=simulation:subjects=12,rows=40,effect={effect},seed=1", "--max_epochs=8",
         "--folds=2", "--blocks=1", "--filters_1=32", "--use_lstm=false",
         "--learning_rate=3e-3")  # fmt: skip
    accuracy = _last(capsys)["val_accuracy"]
    # Of five classes; 320 rows scatter by 0.022, the best of 8 epochs lies a little above.
    assert accuracy > 0.4 if effect else abs(accuracy - 0.2) < 0.1


def test_the_formats_hold_the_same_table(tmp_path: Path) -> None:
    features, targets = simulate_table(TablePlan(subjects=4, rows=5, features=3))
    names = np.array(targets.classes)[targets.labels]
    np.savez(tmp_path / "t.npz", X=features, y=names, subject=targets.subjects)
    columns = {f"f{i}": features[:, i].astype(float) for i in range(3)}
    table = pyarrow.table(columns | {"emotion": names, "subject": targets.subjects})
    csv.write_csv(table, tmp_path / "t.csv")
    parquet.write_table(table, tmp_path / "t.parquet")
    read = [
        read_in_parts(str(tmp_path / f"t.{s}"), False, True) for s in ("npz", "csv", "parquet")
    ]
    for one in read[1:]:
        assert np.allclose(one.table.features, read[0].table.features)
        assert np.array_equal(one.table.targets.labels, read[0].table.targets.labels)
        assert one.development == read[0].development == 15
    known = set(read[0].table.targets.subjects[:15])
    assert not known & set(read[0].table.targets.subjects[15:])


def test_tables_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    np.savez(path, X=np.array([[1.0], [np.nan]]), y=["a", "b"], subject=[1, 2])
    with pytest.raises(DataError, match="row 1, feature 0 is no finite number"):
        read_in_parts(str(path), False, False)
    np.savez(path, X=np.ones((2, 1)), y=["a", "a"], subject=[1, 2])
    with pytest.raises(DataError, match="only the class a"):
        read_in_parts(str(path), False, False)
    np.savez(path, X=np.ones((2, 1)), y=["a", "b"])
    with pytest.raises(DataError, match="no array subject"):
        read_in_parts(str(path), False, False)
    (tmp_path / "t.csv").write_text("a,emotion,subject\nx,happy,1\ny,sad,2\n")
    with pytest.raises(DataError, match="column a is no number"):
        read_in_parts(str(tmp_path / "t.csv"), False, False)
    with pytest.raises(UsageError, match="emotion needs --data"):
        read_in_parts("", False, False)


def test_the_architecture_is_the_one_asked_for() -> None:
    import torch

    from trial_runner.components.emotion.network import EmotionNetwork
    from trial_runner.components.emotion.trial import architecture

    words = ("--blocks=3", "--filters_2=96", "--kernel_3=7", "--dense_layers=2",
             "--dense_units_2=32", "--lstm_units=96")  # fmt: skip
    shape = architecture(parse_arguments(COMPONENT, words), 5)
    assert (shape.filters, shape.kernels) == ((64, 96, 64), (3, 3, 7))
    assert (shape.dense_units, shape.lstm_units) == ((128, 32), 96)
    network = EmotionNetwork(shape, torch.zeros(167), torch.ones(167))
    x = torch.randn(2, 1, 167)
    assert network(x).shape == (2, 5)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
