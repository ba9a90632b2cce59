import numpy as np
import pytest

from trial_runner.scoring.predictions import PredictionsError, load_predictions, make_predictions

GOOD = {
    "y_true": np.array([0, 1, 1]),
    "probability": np.array([[[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]]]),
    "group": np.array(["s2", "s1", "s2"]),
    "classes": np.array(["rest", "task"]),
    "unit": np.array("subject"),
    "subjects": np.array(2),
}


def test_a_file_comes_back(tmp_path):
    np.savez(tmp_path / "predictions.npz", **GOOD)
    found = load_predictions(tmp_path / "predictions.npz")
    assert (found.trial_count, found.seed_count, found.unit_count) == (3, 1, 2)
    assert found.unit_of.tolist() == [1, 0, 1]
    assert (found.classes, found.unit, found.subjects) == (("rest", "task"), "subject", 2)


def test_labels_may_be_class_names():
    found = make_predictions(**{**GOOD, "y_true": np.array(["task", "rest", "task"])})
    assert found.y_true.tolist() == [1, 0, 1]


def test_trials_of_one_group_are_units_of_their_own():
    found = make_predictions(**{**GOOD, "group": np.zeros(3), "unit": "trial", "subjects": 1})
    assert found.unit_of.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_true": np.array([])}, "at least one"),
        ({"y_true": np.array(["rest", "task", "sleep"])}, "'sleep'; classes are rest, task"),
        ({"probability": np.ones((3, 2))}, r"expected \(seeds, trials, classes\)"),
        ({"probability": np.ones((1, 3, 3))}, "do not fit together"),
        ({"probability": np.full((1, 3, 2), np.nan)}, "not finite"),
        ({"group": np.zeros(4)}, "do not fit together"),
        ({"unit": "channel"}, "allowed is 'trial' or 'subject'"),
    ],
)
def test_contradictions_are_named(change, message):
    with pytest.raises(PredictionsError, match=message):
        make_predictions(**{**GOOD, **change})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PredictionsError, match=r"nothing\.npz does not exist"):
        load_predictions(tmp_path / "nothing.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\x03\x04 cut short"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "predictions.npz"
    path.write_bytes(content)
    with pytest.raises(PredictionsError, match="cannot be read"):
        load_predictions(path)


def test_a_missing_array_is_named(tmp_path):
    path = tmp_path / "predictions.npz"
    np.savez(path, **{name: value for name, value in GOOD.items() if name != "classes"})
    with pytest.raises(PredictionsError, match="lacks classes"):
        load_predictions(path)
