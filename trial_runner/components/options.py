"""Arguments that every component takes beside its hyperparameters."""

from __future__ import annotations

from trial_runner.components.declaration import Option

ON_FOLDS = ("split", "seeds", "folds", "seed", "trial_name", "cache")

COMMON_OPTIONS = (
    Option("data", None, "data set: a name of the catalogue, a dataset.yaml, or its folder"),
    Option("data_root", "", "folder of the recordings, where not the one that the entry names"),
    Option(
        "split",
        "validation",
        "score on folds of the training data, or retrain on all of it and score on the test data",
        ("validation", "test"),
    ),
    Option("seeds", "1", "repetitions of the training with --split=test", at_least=1),
    Option("folds", "5", "folds of cross-validation, by subject where there are several",
           at_least=2),
    Option("seed", "0", "base seed: decides the folds and, with the parameters, the trial's own",
           at_least=0),
    Option("trial_name", "", "name of the trial; default: the environment's KATIB_TRIAL_NAME"),
    Option("schedule_epochs", "", "epochs over which the learning-rate schedule runs; default: "
           "max_epochs", at_least=1),
    Option("cache", "", "folder for computed features, or none; default: $EEGTUNE_CACHE, else "
           "~/.cache/eegtune"),
)  # fmt: skip


def common_options(*names: str) -> tuple[Option, ...]:
    """Return those of these names, in the order of all components."""
    return tuple(option for option in COMMON_OPTIONS if option.name in names)
