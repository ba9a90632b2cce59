"""`trial-runner predict MODEL RECORDING`: class probabilities of a recording's windows."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from trial_runner.components import get_component
from trial_runner.data.files import companions
from trial_runner.errors import DataNotFoundError, TrialError, UsageError
from trial_runner.final_model.model import FinalModel, read_model
from trial_runner.final_model.prediction import Prediction, as_csv, as_json
from trial_runner.final_model.recording import Cutting

Predictor = Callable[[FinalModel, Path, Cutting], Prediction]


def run_predict_command(words: Sequence[str]) -> None:
    """Predict, and print or write the result.

    Raises:
        UsageError: The words are wrong.
        DataError: The model or the recording cannot be used.
    """
    given = _parser().parse_args([_named(word) for word in words])
    model = read_model(given.model)
    if not given.recording.exists():
        raise DataNotFoundError(f"{given.recording}: there is no such recording")
    events = tuple(name.strip() for name in given.events.split(",") if name.strip())
    prediction = predictor_of(model)(model, given.recording, Cutting(given.step_seconds, events))
    if given.format == "json":
        text = as_json(model, prediction, _digest(given.recording))
    else:
        text = as_csv(model, prediction)
    if given.output is None:
        sys.stdout.write(text)
    else:
        given.output.write_text(text, encoding="utf-8")


def predictor_of(model: FinalModel) -> Predictor:
    """Return the function of the model's component.

    Raises:
        TrialError: A package that it needs is not installed.
    """
    component = get_component(model.component)
    module, _, function = component.predictor.partition(":")
    try:
        found: Predictor = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise TrialError(
            f"{component.name} needs the package {error.name}, which is not installed; "
            f"pip install 'eegtune[{component.extra}]'"
        ) from None
    return found


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ({self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(
        prog="trial-runner predict",
        description="Say how likely each class is in each window of a recording.",
    )
    parser.add_argument("model", type=Path, help="folder of a model that was kept")
    parser.add_argument("recording", type=Path, help="EDF, BDF, BrainVision, FIF, .npz, .ts …")
    parser.add_argument("--format", choices=("csv", "json"), default="csv")
    parser.add_argument("--output", type=Path, help="the file; default: standard output")
    parser.add_argument(
        "--step_seconds", type=_seconds, help="between windows; default: as in training"
    )
    parser.add_argument("--events", default="", help="A,B: windows after events of these names")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _named(word: str) -> str:
    """Write `--step-seconds` as `--step_seconds`: both are taken everywhere."""
    name, equals, value = word.partition("=")
    return f"--{name[2:].replace('-', '_')}{equals}{value}" if word.startswith("--") else word


def _digest(recording: Path) -> str:
    """Return the SHA-256 of a recording's bytes: of all its files, where it has several."""
    digest = hashlib.sha256()
    for path in companions(recording):
        digest.update(path.read_bytes())
    return digest.hexdigest()
