"""The settings that Katib's own services accept, by implementation and algorithm."""

from __future__ import annotations

from eegtune.spec.setting_rules import SettingRule

_RANDOM_STATE = SettingRule("random_state", "int", None, "seed", low=0)
_CMAES = (
    _RANDOM_STATE,
    SettingRule("sigma", "float", None, "first step size", low=0),
    SettingRule("restart_strategy", "choice", None, "restarts", choices=("none", "ipop", "bipop")),
)
_OPTUNA_TPE = (
    _RANDOM_STATE,
    SettingRule("n_startup_trials", "int", None, "random trials first", low=0),
    SettingRule("n_ei_candidates", "int", None, "candidates", low=0),
)
_ENAS_NUMBERS = (
    "controller_hidden_size",
    "controller_temperature",
    "controller_tanh_const",
    "controller_entropy_weight",
    "controller_baseline_decay",
    "controller_learning_rate",
    "controller_skip_target",
    "controller_skip_weight",
    "controller_train_steps",
    "controller_log_every_steps",
)

SETTINGS: dict[tuple[str, str], tuple[SettingRule, ...]] = {
    ("hyperopt", "random"): (_RANDOM_STATE,),
    ("hyperopt", "tpe"): (
        _RANDOM_STATE,
        SettingRule("gamma", "float", None, "share of good trials", low=0, high=1, is_open=True),
        SettingRule("prior_weight", "float", None, "weight of the prior", low=0, is_open=True),
        SettingRule("n_EI_candidates", "int", None, "candidates", low=0, is_open=True),
    ),
    ("optuna", "grid"): (_RANDOM_STATE,),
    ("optuna", "random"): (_RANDOM_STATE,),
    ("optuna", "tpe"): _OPTUNA_TPE,
    ("optuna", "multivariate-tpe"): _OPTUNA_TPE,
    ("optuna", "cmaes"): _CMAES,
    ("goptuna", "cmaes"): _CMAES,
    ("goptuna", "sobol"): (),
    ("skopt", "bayesianoptimization"): (
        _RANDOM_STATE,
        SettingRule("base_estimator", "choice", None, "model", choices=("GP", "RF", "ET", "GBRT")),
        SettingRule("n_initial_points", "int", None, "random trials first", low=0),
        SettingRule(
            "acq_func",
            "choice",
            None,
            "acquisition",
            choices=("gp_hedge", "LCB", "EI", "PI", "EIps", "PIps"),
        ),
        SettingRule(
            "acq_optimizer", "choice", None, "its optimizer", choices=("auto", "sampling", "lbfgs")
        ),
    ),
    ("hyperband", "hyperband"): (
        SettingRule(
            "r_l", "float", None, "largest resource", low=1, is_open=True, is_required=True
        ),
        SettingRule("resource_name", "text", None, "resource parameter", is_required=True),
        SettingRule("eta", "float", 3.0, "reduction factor", low=1, is_open=True),
    ),
    ("pbt", "pbt"): (
        SettingRule("suggestion_trial_dir", "text", None, "checkpoints", is_required=True),
        SettingRule("n_population", "int", None, "population", low=5, is_required=True),
        SettingRule(
            "truncation_threshold",
            "float",
            None,
            "share replaced",
            low=0,
            high=1,
            is_required=True,
        ),
    ),
    ("enas", "enas"): tuple(SettingRule(name, "text", None, name) for name in _ENAS_NUMBERS),
}

# Services that pass over settings they do not know.
IGNORES_UNKNOWN = (("goptuna", "cmaes"), ("goptuna", "sobol"), ("pbt", "pbt"), ("darts", "darts"))
# What eegtune's services and `eegtune run` know beside Katib's names.
OWN = (
    "objectives",
    "constraints",
    "outcome_constraints",
    "conditions",
    "warm_start",
    "warm_start_weight",
    "initial_points",
    "resource",
    "min_resource",
    "max_resource",
    "reduction_factor",
)
MEDIANSTOP = (
    SettingRule("min_trials_required", "int", 3, "trials before it stops any", low=1),
    SettingRule("start_step", "int", 4, "reports before it stops a trial", low=1),
)
# Memory of each service's imports alone, MiB (measured).
IMPORT_MEBIBYTES = {"optuna": 71, "hyperband": 96, "hyperopt": 110, "skopt": 113}
