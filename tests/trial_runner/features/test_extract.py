from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trial_runner.cache import cache_uses
from trial_runner.components.linear_probe import FEATURE_SETS
from trial_runner.data.catalogue import find_data
from trial_runner.data.load import PartOfData, open_part
from trial_runner.features.extract import fold_features, train_and_test_features

FOLDS = [np.arange(0, 60), np.arange(36, 96)]


@pytest.fixture
def parts(edf_data_set: Path, tmp_path: Path) -> tuple[PartOfData, PartOfData]:
    source = find_data(str(edf_data_set))
    cache = tmp_path / "cache"
    return open_part(source, "development", cache), open_part(source, "test", cache)


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_every_set_gives_finite_numbers(
    parts: tuple[PartOfData, PartOfData], feature_set: str
) -> None:
    features = fold_features(parts[0], feature_set, FOLDS)
    assert features.shape[:2] == (2, 96)
    assert np.isfinite(features).all()
    known, unknown = train_and_test_features(*parts, feature_set)
    assert known.shape == (96, features.shape[2])
    assert unknown.shape == (48, features.shape[2])


def test_sets_are_their_parts_side_by_side(parts: tuple[PartOfData, PartOfData]) -> None:
    both = fold_features(parts[0], "band_power+tangent_space", FOLDS)
    band = fold_features(parts[0], "band_power", FOLDS)
    tangent = fold_features(parts[0], "tangent_space", FOLDS)
    np.testing.assert_array_equal(both, np.concatenate([band, tangent], axis=2))
    np.testing.assert_array_equal(band[0], band[1])


def test_what_is_fitted_sees_the_training_rows_of_its_fold_only(
    parts: tuple[PartOfData, PartOfData],
) -> None:
    tangent = fold_features(parts[0], "tangent_space", FOLDS)
    for fold, rows in enumerate(FOLDS):
        np.testing.assert_allclose(tangent[fold, rows].mean(axis=0), 0, atol=1e-5)
    assert np.abs(tangent[0] - tangent[1]).max() > 0.01
    known, unknown = train_and_test_features(*parts, "tangent_space")
    np.testing.assert_allclose(known.mean(axis=0), 0, atol=1e-5)
    assert np.abs(unknown.mean(axis=0)).max() > 0.01


def test_the_second_trial_computes_nothing(parts: tuple[PartOfData, PartOfData]) -> None:
    cache = parts[0].cache
    assert cache is not None
    first = fold_features(parts[0], "band_power+tangent_space", FOLDS)
    before = cache_uses(cache)
    second = fold_features(parts[0], "band_power+tangent_space", FOLDS)
    np.testing.assert_array_equal(first, second)
    after = cache_uses(cache)
    assert {kind: misses for kind, (_, misses) in after.items()} == {
        kind: misses for kind, (_, misses) in before.items()
    }
    assert after["features-band_power"][0] == before["features-band_power"][0] + 1


def test_cached_features_are_those_without_a_cache(
    parts: tuple[PartOfData, PartOfData], edf_data_set: Path
) -> None:
    uncached = open_part(find_data(str(edf_data_set)), "development", None)
    for _ in range(2):
        np.testing.assert_array_equal(
            fold_features(parts[0], "slow_potentials+tangent_space", FOLDS),
            fold_features(uncached, "slow_potentials+tangent_space", FOLDS),
        )
