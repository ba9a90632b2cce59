from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm, logm, sqrtm
from sklearn.covariance import oas

from trial_runner.data.windows import Targets, Windows
from trial_runner.features.tangent_space import covariances, project, riemannian_mean


def _matrices(count: int, channels: int = 4) -> np.ndarray:
    factors = np.random.default_rng(0).normal(size=(count, channels, channels))
    return factors @ factors.transpose(0, 2, 1) + 0.1 * np.eye(channels)


def _windows(signal: np.ndarray) -> Windows:
    count = len(signal)
    targets = Targets(
        np.zeros(count, np.int64),
        np.full(count, "s"),
        np.arange(count).astype(np.str_),
        ("a", "b"),
    )
    names = tuple(f"c{i}" for i in range(signal.shape[1]))
    return Windows(signal.astype(np.float32), targets, 128.0, names)


@pytest.mark.parametrize("samples", [20, 500])
def test_covariances_are_shrunk_as_scikit_learn_does(samples: int) -> None:
    mixing = np.random.default_rng(1).normal(size=(4, 4))
    signal = 1e-5 * mixing @ np.random.default_rng(2).normal(size=(3, 4, samples))
    ours = covariances(_windows(signal))
    for window, one in zip(signal, ours, strict=True):
        expected, _ = oas((window * 1e6).T)
        np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-3)


def test_a_dead_channel_or_window_keeps_matrices_invertible() -> None:
    signal = np.random.default_rng(0).normal(0, 1e-5, (2, 3, 200))
    signal[0, 1] = 0
    signal[1] = 0
    assert np.linalg.eigvalsh(covariances(_windows(signal))).min() > 0


def test_the_mean_of_two_is_the_middle_of_their_geodesic() -> None:
    a, b = _matrices(2)
    root = sqrtm(a)
    inverse_root = np.linalg.inv(root)
    expected = root @ sqrtm(inverse_root @ b @ inverse_root) @ root
    np.testing.assert_allclose(riemannian_mean(np.stack([a, b])), expected, rtol=1e-6)


def test_the_mean_moves_with_a_change_of_basis() -> None:
    matrices = _matrices(12)
    basis = np.random.default_rng(5).normal(size=(4, 4))
    moved = riemannian_mean(basis @ matrices @ basis.T)
    np.testing.assert_allclose(moved, basis @ riemannian_mean(matrices) @ basis.T, rtol=1e-5)


def test_tangent_vectors_at_the_mean_sum_to_nothing() -> None:
    matrices = _matrices(12)
    vectors = project(matrices, riemannian_mean(matrices))
    assert vectors.shape == (12, 10)
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)


def test_the_length_of_a_vector_is_the_riemannian_distance() -> None:
    a, b = _matrices(2)
    distance = np.linalg.norm(logm(np.linalg.inv(sqrtm(a)) @ b @ np.linalg.inv(sqrtm(a))))
    assert np.linalg.norm(project(b[None], a)) == pytest.approx(distance, rel=1e-5)


def test_at_the_identity_it_is_the_logarithm() -> None:
    symmetric = np.array([[0.5, 0.2], [0.2, -0.3]])
    vector = project(expm(symmetric)[None], np.eye(2))[0]
    np.testing.assert_allclose(vector, [0.5, 0.2 * np.sqrt(2), -0.3], rtol=1e-6)
