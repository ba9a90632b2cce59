"""EEGPT, fine-tuned, probed or pre-trained: declaration only; `trial.py` runs it."""

from __future__ import annotations

from trial_runner.components.declaration import Component, Option, Smaller
from trial_runner.components.options import COMMON_OPTIONS
from trial_runner.hyperparameters import categorical, discrete, double, flag, integer
from trial_runner.training.options import TORCH_OPTIONS, TORCH_PRELOAD, patience_option

_OWN = "use_pretrained == 'false'"

HYPERPARAMETERS = (
    flag("use_pretrained", False, "start from --weights, whose architecture is then taken"),
    discrete("patch_size", 64, (32, 64, 128), "samples of a patch", at_least=4, at_most=1024,
             when=_OWN),
    discrete("embed_dim", 768, (512, 768, 1024), "width of the encoder", at_least=8,
             at_most=4096, when=_OWN),
    discrete("num_heads", 12, (8, 12, 16), "attention heads; must divide embed_dim", at_least=1,
             at_most=64, when=_OWN),
    double("mlp_ratio", 4.0, 2.0, 8.0, "width of the hidden layers over embed_dim", at_least=0.5,
           at_most=16.0, when=_OWN),
    double("drop_rate", 0.0, 0.0, 0.3, "dropout of the encoder", at_most=0.95),
    double("attn_drop_rate", 0.0, 0.0, 0.3, "dropout of the attention weights", at_most=0.95),
    double("learning_rate", 1e-3, 1e-5, 1e-2, "highest learning rate, of the head",
           at_least=1e-8, at_most=10.0, log=True, may_change_on_resume=True),
    double("layer_decay", 0.75, 0.5, 1.0, "factor of the learning rate from each layer to the "
           "one below", at_least=0.01),
    double("weight_decay", 0.05, 1e-6, 1e-1, "weight decay of weights, not of biases and norms",
           at_least=0.0, at_most=1.0, log=True, may_change_on_resume=True),
    integer("warmup_epochs", 10, 0, 20, "epochs over which the learning rate rises from 0",
            at_most=100_000, may_change_on_resume=True),
    discrete("batch_size", 32, (16, 32, 64), "windows a pass; below 32, four passes make a step",
             at_least=2, at_most=65536, may_change_on_resume=True),
    double("time_mask_ratio", 0.1, 0.0, 0.3, "share of a window's time that is masked",
           at_most=0.95, may_change_on_resume=True),
    double("channel_mask_ratio", 0.1, 0.0, 0.3, "share of the channels that is masked",
           at_most=0.95, may_change_on_resume=True),
    double("noise_level", 0.01, 0.0, 0.05, "noise added, in deviations of the window",
           at_most=10.0, may_change_on_resume=True),
    double("reconstruction_weight", 1.0, 0.1, 2.0, "weight of the loss of the signal "
           "reconstructed from the encoder's tokens", at_least=0.0, at_most=100.0,
           may_change_on_resume=True),
    double("classification_weight", 1.0, 0.5, 2.0, "weight of the classification loss",
           at_least=0.0, at_most=100.0, may_change_on_resume=True),
    double("contrastive_weight", 0.1, 0.0, 0.5, "weight of the loss by which the two halves of "
           "a window know each other among those of others", at_most=100.0,
           may_change_on_resume=True),
    categorical("scheduler", "cosine", ("cosine", "onecycle", "exponential"),
                "learning rate after the warm-up", may_change_on_resume=True),
    categorical("optimizer", "adamw", ("adamw", "sgd", "lamb"), "optimizer"),
    integer("max_epochs", 100, 10, 100, "most passes through the training data", at_least=1,
            at_most=100_000, may_change_on_resume=True),
)  # fmt: skip

OPTIONS = (
    Option("mode", "finetune", "train all weights, a head on frozen features, or the encoder "
           "without labels", ("finetune", "probe", "pretrain")),
    Option("weights", "", "encoder weights: a file, s3://bucket/key, or hub:owner/name"),
    Option("partial_weights", "false", "take weights of which only some tensors match",
           ("true", "false")),
    Option("depth", "8", "layers of the encoder, without --weights", at_least=1),
    Option("embed_num", "4", "summary tokens of a patch, without --weights", at_least=1),
    Option("channels", "named", "named: every channel is one of the 10-10 system, else it is "
           "refused; project: a layer is learnt from these channels to the 19 of the 10-20 "
           "system", ("named", "project")),
    Option("unit_microvolts", "20", "microvolts that count as 1; weights of the EEGPT authors "
           "were trained on millivolts: 1000"),
    patience_option("val_auroc"),
    Option("ema", "0", "decay of a running mean of the weights that is scored; 0 for none"),
    *COMMON_OPTIONS,
    *TORCH_OPTIONS,
)  # fmt: skip

# A trial of these takes less than a minute of one core; of the sizes above it takes hours.
_WITHOUT_GPU = Smaller(
    hyperparameters=(
        discrete("embed_dim", 64, (64, 96, 128), "width of the encoder", at_least=8,
                 at_most=4096, when=_OWN),
        discrete("num_heads", 4, (4, 6, 8), "attention heads; must divide embed_dim", at_least=1,
                 at_most=64, when=_OWN),
        integer("warmup_epochs", 2, 0, 4, "epochs over which the learning rate rises from 0",
                at_most=100_000, may_change_on_resume=True),
        integer("max_epochs", 12, 3, 12, "most passes through the training data", at_least=1,
                at_most=100_000, may_change_on_resume=True),
    ),
    options=(("depth", "2"), ("embed_num", "2"), ("folds", "3")),
    memory="2Gi",
)  # fmt: skip

COMPONENT = Component(
    name="eegpt",
    summary="Fine-tune, probe or pre-train the EEGPT foundation model on EEG windows.",
    objective_metric="val_auroc",
    objective_type="maximize",
    additional_metrics=("val_accuracy", "val_loss"),
    hyperparameters=HYPERPARAMETERS,
    options=OPTIONS,
    entry="trial_runner.components.eegpt.trial:run",
    predictor="trial_runner.components.eegpt.final_model:predict",
    preload=(*TORCH_PRELOAD, "braindecode.models.eegpt", "trial_runner.components.eegpt.trial"),
    constraints=("embed_dim % num_heads == 0",),
    resource="max_epochs",
    memory="16Gi",
    without_gpu=_WITHOUT_GPU,
    is_distributed=True,
)  # fmt: skip
