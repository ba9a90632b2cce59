"""Run one trial of EEGPT: fine-tuning, a head on frozen features, or pre-training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, cast

import numpy as np
from torch import nn

from trial_runner.arguments import Arguments
from trial_runner.cache import cache_folder
from trial_runner.components.eegpt import network, patch_features
from trial_runner.components.eegpt import windows as windows_module
from trial_runner.components.eegpt.architecture import Architecture, build_encoder
from trial_runner.components.eegpt.final_model import Kept, keep
from trial_runner.components.eegpt.network import Classifier, FrozenHead, LossWeights, layers_of
from trial_runner.components.eegpt.patch_features import frozen_features, store_of
from trial_runner.components.eegpt.weights import Weights, load_into, read_weights, write_weights
from trial_runner.components.eegpt.windows import (
    PRETRAINED_HZ,
    InParts,
    positive_number,
    read_windows,
)
from trial_runner.errors import UsageError
from trial_runner.reporting import artefacts_folder, is_first_process, note, report
from trial_runner.scoring.metrics import classification_scores
from trial_runner.training.classification import (
    Classification,
    development_folds,
    lineage_of,
    run_classification,
    seed_of,
)
from trial_runner.training.fit_settings import (
    Augmentation,
    FitSettings,
    OptimizerName,
    shared_settings,
)
from trial_runner.training.fold_batches import Rows
from trial_runner.training.folded import Samples
from trial_runner.training.lightning_fit import FitOptions, fit, seed_everything
from trial_runner.training.options import resume_from
from trial_runner.training.processes import joined_processes, processes
from trial_runner.training.schedules import Schedule

_SMALL_BATCH, _PASSES = 32, 4


class _Plan(NamedTuple):
    """What a trial is made of."""

    shape: Architecture
    weights: Weights | None
    parts: InParts
    settings: FitSettings
    losses: LossWeights
    cache: Path | None

    def kept(self) -> Kept:
        """Return what a kept model needs to know."""
        samples = self.parts.signal.shape[2]
        return Kept(self.shape, self.weights is not None, self.parts, samples, self.cache)


def run(arguments: Arguments) -> None:
    """Train and score; print one metric line an epoch and a last one of the best epoch."""
    settings = training_settings(arguments)  # wrong arguments end here, before anything is read
    mode, cache = arguments.options["mode"], cache_folder(arguments.options["cache"])
    weights = _weights(arguments, cache)
    shape = _architecture(arguments, weights)
    parts = read_windows(
        arguments.options["data"],
        arguments.options["data_root"],
        arguments.options["split"] == "test",
        positive_number("unit_microvolts", arguments.options["unit_microvolts"]),
        PRETRAINED_HZ if weights is not None else None,
        cache,
    )
    plan = _Plan(shape, weights, parts, settings, _losses(arguments), cache)
    note(_describe(arguments, plan))
    with joined_processes(settings.device):
        if mode == "pretrain":
            _pretrain(arguments, plan)
        else:
            task = _frozen(arguments, plan) if mode == "probe" else _fine_tuned(arguments, plan)
            run_classification(arguments, task)


def training_settings(arguments: Arguments) -> FitSettings:
    """Return how to train.

    Raises:
        UsageError: The schedule ends before the training.
    """
    shared, options = shared_settings(arguments), arguments.options
    is_probe = options["mode"] == "probe"
    ema = float(options["ema"])
    if not 0 <= ema < 1:
        raise UsageError(f"--ema is {options['ema']!r}; allowed is a number from 0, below 1")
    return replace(
        shared,
        learning_rate=arguments.number("learning_rate"),
        weight_decay=arguments.number("weight_decay"),
        optimizer=cast(OptimizerName, arguments.text("optimizer")),
        scheduler=cast(Schedule, arguments.text("scheduler")),
        warmup_epochs=arguments.whole("warmup_epochs"),
        accumulate=_PASSES if shared.batch_size < _SMALL_BATCH and not is_probe else 1,
        ema_decay=ema,
        layer_decay=arguments.number("layer_decay"),
        loss_weight=arguments.number("classification_weight"),
        augmentation=Augmentation()
        if is_probe
        else Augmentation(
            time_mask_ratio=arguments.number("time_mask_ratio"),
            channel_mask_ratio=arguments.number("channel_mask_ratio"),
            noise_level=arguments.number("noise_level"),
        ),
    )


def _weights(arguments: Arguments, cache: Path | None) -> Weights | None:
    address = arguments.options["weights"]
    if arguments.is_on("use_pretrained") and not address:
        raise UsageError(
            "--use_pretrained needs --weights: a file, s3://bucket/key or hub:owner/name"
        )
    return read_weights(address, cache) if arguments.is_on("use_pretrained") else None


def _architecture(arguments: Arguments, weights: Weights | None) -> Architecture:
    rates = {name: arguments.number(name) for name in ("drop_rate", "attn_drop_rate")}
    if weights is not None:
        known = weights.architecture.as_numbers() | rates
        return Architecture(**known)  # type: ignore[arg-type]
    return Architecture(
        patch_size=arguments.whole("patch_size"),
        embed_dim=arguments.whole("embed_dim"),
        num_heads=arguments.whole("num_heads"),
        mlp_ratio=arguments.number("mlp_ratio"),
        depth=arguments.whole("depth"),
        embed_num=arguments.whole("embed_num"),
        **rates,
    )


def _losses(arguments: Arguments) -> LossWeights:
    return LossWeights(
        arguments.number("classification_weight"),
        arguments.number("reconstruction_weight"),
        arguments.number("contrastive_weight"),
    )


def _encoder(arguments: Arguments, plan: _Plan, samples: int, is_told: bool) -> nn.Module:
    contract = cast(Literal["named", "project"], arguments.options["channels"])
    encoder: nn.Module = build_encoder(plan.shape, plan.parts.channels, samples, contract)
    if plan.weights is not None:
        inner = cast(nn.Module, encoder.target_encoder)
        told = load_into(inner, plan.weights, arguments.options["partial_weights"] == "true")
        if is_told:
            note(told)
    return encoder


def _fine_tuned(arguments: Arguments, plan: _Plan) -> Classification:
    signal = plan.parts.signal
    told: list[bool] = []

    def make(rows: Rows) -> nn.Module:
        encoder = _encoder(arguments, plan, signal.shape[2], not told)
        told.append(True)
        return Classifier(encoder, len(plan.parts.targets.classes), plan.losses)

    return _task(plan, signal, make, lambda network: keep(arguments, plan.kept(), network))


def _frozen(arguments: Arguments, plan: _Plan) -> Classification:
    """Return the training of a head on features that are computed once for all trials."""
    if arguments.options["channels"] == "project":
        raise UsageError(
            "--mode=probe trains a head only, --channels=project needs a layer before the "
            "encoder: take --mode=finetune, or channels with known names"
        )
    seed_everything(arguments.whole("seed"), 0)  # an encoder without weights is the seed's
    encoder = _encoder(arguments, plan, plan.shape.patch_size, is_told=True)
    store = store_of(plan.cache, encoder, plan.parts.channels)
    features = frozen_features(encoder, plan.parts.signal, store)
    shape, classes = plan.shape, len(plan.parts.targets.classes)

    def make(rows: Rows) -> nn.Module:
        return FrozenHead(features.shape[1], shape.embed_num, shape.embed_dim, classes)

    return _task(
        plan, features, make, lambda network: keep(arguments, plan.kept(), network, encoder)
    )


def _task(
    plan: _Plan, inputs: object, make: object, keep: Callable[[nn.Module], None] | None = None
) -> Classification:
    parts = plan.parts
    return Classification(
        samples=Samples(
            np.asarray(inputs, np.float32), parts.targets.labels, len(parts.targets.classes)
        ),
        targets=parts.targets,
        development=parts.development,
        make=make,  # type: ignore[arg-type]
        layers=layers_of,
        settings=plan.settings,
        score=classification_scores,
        objective="val_auroc",
        direction="maximize",
        shown=("val_auroc", "val_accuracy", "val_loss"),
        data_key=parts.key + (plan.weights.name if plan.weights else ""),
        code=(network, patch_features, windows_module),
        needs_every_class=True,
        keep=keep,
    )


def _pretrain(arguments: Arguments, plan: _Plan) -> None:
    """Train without labels on all folds but one; keep the encoder's weights."""
    from trial_runner.components.eegpt.pretraining import Pretraining, RowBatches

    if arguments.options["channels"] == "project":
        raise UsageError("--mode=pretrain needs channels with known names, not --channels=project")
    seed, settings = seed_of(arguments), plan.settings
    seed_everything(seed, 1_000_000)
    encoder = _encoder(arguments, plan, plan.parts.signal.shape[2], is_told=True)
    task = _task(plan, plan.parts.signal, None)
    fold = development_folds(arguments, task)[0]
    if settings.batch_size > len(fold.training):
        raise UsageError(
            f"--batch_size is {settings.batch_size}, but there are {len(fold.training)} windows "
            "to train on"
        )
    if settings.batch_size < processes().size:
        raise UsageError(
            f"--batch_size is {settings.batch_size}, but {processes().size} processes share each "
            "batch; take larger ones, or lower --nproc-per-node"
        )
    batches = RowBatches(fold.training, settings.batch_size, seed)
    module = Pretraining(
        encoder, plan.parts.signal, (len(batches), settings.batch_size), settings, plan.losses,
        seed,
    )  # fmt: skip
    options = FitOptions(
        settings.max_epochs, "val_loss", "minimize", None, settings.patience, seed,
        lineage=lineage_of(arguments, task, seed), resume_from=resume_from(arguments),
        device=settings.device, precision=settings.precision,
        is_deterministic=settings.is_deterministic, accumulate=settings.accumulate,
        batch_size=settings.batch_size,
    )  # fmt: skip
    import torch

    unseen = torch.split(torch.from_numpy(fold.validation), settings.batch_size)
    progress = fit(module, batches, list(unseen), options)
    path = artefacts_folder() / "encoder.pt"
    if is_first_process():
        write_weights(cast(nn.Module, encoder.target_encoder), plan.shape, path)
    note(f"the encoder's weights are in {path}")
    report({"best_epoch": progress.best_epoch, **progress.best})


def _describe(arguments: Arguments, plan: _Plan) -> str:
    targets, shape = plan.parts.targets, plan.shape
    return (
        f"{len(targets.labels)} windows of {targets.subject_count} subjects, "
        f"{len(plan.parts.channels)} channels, {plan.parts.signal.shape[2]} samples; encoder of "
        f"{shape.depth} layers, width {shape.embed_dim}, {shape.num_heads} heads, patches of "
        f"{shape.patch_size} samples; {arguments.options['mode']}"
    )
