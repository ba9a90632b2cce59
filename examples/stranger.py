"""Somebody's own training script: logistic regression on two noisy moons, by hand."""

import numpy as np


def train(rate=0.1, penalty=0.0, features="linear"):
    """Train, and return the accuracy on held-out points."""
    random = np.random.default_rng(0)
    angle = random.uniform(0, np.pi, 400)
    label = np.arange(400) % 2
    x = np.cos(angle) * np.where(label, -1, 1) + label + random.normal(0, 0.2, 400)
    y = np.sin(angle) * np.where(label, -1, 1) + label / 2 + random.normal(0, 0.2, 400)
    columns = [np.ones(400), x, y] + ([x * x, x * y, y * y, x**3] if features == "cubic" else [])
    table = np.stack(columns, axis=1)
    weights = np.zeros(table.shape[1])
    for _ in range(300):
        error = 1 / (1 + np.exp(-table[:300] @ weights)) - label[:300]
        weights -= rate * (table[:300].T @ error / 300 + penalty * weights)
    return float(np.mean((table[300:] @ weights > 0) == label[300:]))


if __name__ == "__main__":
    import eegtune

    space = {"rate": "1e-3..1:log", "penalty": "1e-6..1e-1:log", "features": ["linear", "cubic"]}
    run = eegtune.tune(train, space, metric="accuracy", trials=15)
    print(run.best, run.best_metrics["accuracy"], "instead of", train())
