from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from trial_runner.components.automl.figure import FoldResult, folds_svg

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("outer", [0.75, 0.31, 1.0])
def test_a_row_a_fold_and_one_of_means(outer: float) -> None:
    folds = [FoldResult("lgbm", 0.9, outer), FoldResult("rf", 0.8, 0.7)]
    root = ET.fromstring(folds_svg(folds, "a<b"))
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"fold 1: lgbm", "fold 2: rf", "mean"} <= set(texts)
    assert "AUROC of the chosen classifiers (a<b)" in texts
    dots = [float(one.get("cx", "")) for one in root.iter(f"{SVG}circle")][2:]
    assert len(dots) == 6
    assert all(150 <= place <= 670 for place in dots)
    believed, scored = dots[0::2], dots[1::2]
    assert believed[0] > believed[2] > believed[1]
    assert (scored[0] > scored[1]) == (outer > 0.7)
