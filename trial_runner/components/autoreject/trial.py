"""Run one trial of artefact rejection: judge the epochs, hold that against the expert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder
from trial_runner.components.autoreject.agreement import agreement_grid, agreement_with
from trial_runner.components.autoreject.figure import agreement_svg
from trial_runner.components.autoreject.judge import Judgement, Limits, judge
from trial_runner.components.autoreject.loss import loss_at
from trial_runner.components.autoreject.recordings import Recording, find_recordings
from trial_runner.components.autoreject.shared import (
    Facts,
    facts,
    learned_thresholds_microvolts,
    losses_microvolts,
)
from trial_runner.data.files import Part
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, TrialError, UsageError
from trial_runner.reporting import artefacts_folder, note, report
from trial_runner.scoring.measurements import FILE_NAME, write_measurements
from trial_runner.scoring.prediction_file import write_predictions

CLASSES = ("good", "bad")
LOSS = "reconstruction_loss_microvolts"


class _Judged(NamedTuple):
    recording: Recording
    facts: Facts
    judgement: Judgement


def run(arguments: Arguments) -> None:
    """Judge all recordings of a part; print one line with all metrics."""
    limits = _limits(arguments)
    cache = cache_folder(arguments.options["cache"])
    part: Part = "development" if arguments.options["split"] == "validation" else "test"
    prefix = "val" if part == "development" else "test"
    recordings = find_recordings(
        arguments.options["data"], arguments.options["data_root"], part, cache
    )
    repetitions = 1 if part == "development" else arguments.whole("seeds")
    base_seed = arguments.whole("seed")
    judged = [
        _judge_all(arguments, recordings, limits, base_seed + repetition, cache)
        for repetition in range(repetitions)
    ]
    note(_describe(judged[0]))
    scores = [_scores(arguments, one, cache) for one in judged]
    if _has_expert(judged[0]):
        _draw(arguments, judged[0])
    if part == "test":
        _write(arguments, judged, cache)
    common = [name for name in scores[0] if all(name in one for one in scores)]
    report({f"{prefix}_{name}": float(np.mean([one[name] for one in scores])) for name in common})


def _limits(arguments: Arguments) -> Limits:
    text = arguments.options["channel_threshold"]
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"--channel_threshold is {text!r}; allowed is 0 to 1")
    return Limits(
        float(arguments.whole("eog_threshold_microvolts")),
        share,
        arguments.whole("min_channels"),
    )


def _judge_all(
    arguments: Arguments,
    recordings: Sequence[Recording],
    limits: Limits,
    seed: int,
    cache: Path | None,
) -> list[_Judged]:
    judged = []
    for recording in recordings:
        known = facts(recording, cache)
        thresholds: NDArray[np.float64] | float = arguments.number("threshold_microvolts")
        if arguments.text("threshold_method") == "learned":
            thresholds = learned_thresholds_microvolts(recording, seed, cache)
        consensus = arguments.number("consensus")
        judgement = judge(known, thresholds, consensus, limits, recording.subject)
        judged.append(_Judged(recording, known, judgement))
    return judged


def _scores(
    arguments: Arguments, judged: Sequence[_Judged], cache: Path | None
) -> dict[str, float]:
    said = np.concatenate([one.judgement.bad_epochs for one in judged])
    scores = {"rejected_share": float(said.mean())}
    if _has_expert(judged):
        scores |= _agreement(judged, said)
    loss = float(np.mean(_losses(arguments, judged, cache)))
    if np.isfinite(loss):
        return scores | {LOSS: loss}
    reason = (
        f"no reconstruction loss: consensus {arguments.number('consensus'):g} times the channels "
        f"must exceed --n_interpolate={arguments.whole('n_interpolate')}, and each fold needs an "
        "epoch that is kept"
    )
    if not _has_expert(judged):
        raise TrialError(f"{reason}; without an expert there is nothing else to report")
    note(reason)
    return scores


def _agreement(judged: Sequence[_Judged], said: NDArray[np.bool_]) -> dict[str, float]:
    try:
        scores = dict(agreement_with(_expert(judged), said)._asdict())
    except ValueError as error:
        raise DataError(str(error)) from None
    pairs = [
        (one.facts.bad_channels.reshape(-1), one.judgement.bad_channels.reshape(-1))
        for one in judged
        if one.facts.bad_channels is not None
    ]
    if pairs:
        marked, found = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
        if marked.any() and not marked.all():
            channels = agreement_with(marked, found)
            scores |= {
                "channel_agreement": channels.agreement,
                "channel_kappa": channels.kappa,
            }
    return scores


def _losses(
    arguments: Arguments, judged: Sequence[_Judged], cache: Path | None
) -> NDArray[np.float64]:
    """Return each recording's loss; infinite where it has none."""
    n_interpolate, consensus = arguments.whole("n_interpolate"), arguments.number("consensus")
    losses = np.full(len(judged), np.inf)
    if any(consensus * one.facts.microvolts.shape[1] <= n_interpolate for one in judged):
        return losses
    folds = arguments.whole("folds")
    for index, one in enumerate(judged):
        table = losses_microvolts(
            one.recording, one.judgement.bad_channels, folds, n_interpolate, cache
        )
        losses[index] = loss_at(table, n_interpolate, consensus)
    return losses


def _has_expert(judged: Sequence[_Judged]) -> bool:
    return all(one.facts.bad_epochs is not None for one in judged)


def _expert(judged: Sequence[_Judged]) -> NDArray[np.bool_]:
    marks = [one.facts.bad_epochs for one in judged if one.facts.bad_epochs is not None]
    return np.concatenate(marks)


def _write(arguments: Arguments, judged: Sequence[Sequence[_Judged]], cache: Path | None) -> None:
    """Write what intervals come from: the judgements, or without an expert the losses."""
    subjects = [one.recording.subject for one in judged[0]]
    if not _has_expert(judged[0]):
        losses = np.stack([_losses(arguments, each, cache) for each in judged])
        write_measurements(artefacts_folder() / FILE_NAME, LOSS, losses, subjects)
        return
    of_epochs = np.repeat(subjects, [len(one.facts.microvolts) for one in judged[0]])
    targets = Targets(_expert(judged[0]).astype(np.int64), of_epochs, of_epochs, CLASSES)
    said = np.stack(
        [np.concatenate([one.judgement.bad_epochs for one in each]) for each in judged]
    )
    probability = np.stack([~said, said], axis=-1).astype(np.float64)
    write_predictions(artefacts_folder() / "predictions.npz", targets, probability)


def _draw(arguments: Arguments, judged: Sequence[_Judged]) -> None:
    """Draw κ over thresholds and consensus: one matrix of amplitudes gives all of it."""
    microvolts = [one.facts.microvolts for one in judged]
    if len({one.shape[1] for one in microvolts}) > 1:
        return
    thresholds, consensus = np.linspace(100.0, 400.0, 31), np.linspace(0.05, 0.6, 23)
    kappas = agreement_grid(np.concatenate(microvolts), _expert(judged), thresholds, consensus)
    is_fixed = arguments.text("threshold_method") == "fixed"
    chosen = (arguments.number("threshold_microvolts"), arguments.number("consensus"))
    text = agreement_svg(kappas, thresholds, consensus, chosen if is_fixed else None)
    (artefacts_folder() / "agreement.svg").write_text(text, encoding="utf-8")


def _describe(judged: Sequence[_Judged]) -> str:
    epochs = sum(len(one.facts.microvolts) for one in judged)
    expert = (
        f"an expert rejected {int(_expert(judged).sum())}"
        if _has_expert(judged)
        else f"no expert looked, so there is no val_kappa; minimize val_{LOSS} instead"
    )
    return f"{epochs} epochs of {len(judged)} recordings; {expert}"
