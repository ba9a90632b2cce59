from __future__ import annotations

from trial_runner.seeding import trial_seed

VALUES = {"learning_rate": 1e-3, "use_hidden": True, "max_epochs": 10}


def test_the_seed_is_the_same_everywhere() -> None:
    assert trial_seed(0, VALUES, "max_epochs") == 3598907628508219047


def test_the_resource_does_not_change_it_but_everything_else_does() -> None:
    seed = trial_seed(0, VALUES, "max_epochs")
    assert trial_seed(0, VALUES | {"max_epochs": 20}, "max_epochs") == seed
    others = [
        trial_seed(1, VALUES, "max_epochs"),
        trial_seed(0, VALUES | {"learning_rate": 2e-3}, "max_epochs"),
        trial_seed(0, VALUES | {"use_hidden": False}, "max_epochs"),
        trial_seed(0, VALUES, "max_epochs", replicate=1),
        trial_seed(0, VALUES, None),
    ]
    assert len({seed, *others}) == 6
