"""Rules on the search algorithm, its settings, and what its service makes of the space."""

# ruff: noqa: D103 - the declaration above each check is its documentation
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eegtune.spec.case import Case
from eegtune.spec.edits import Edit
from eegtune.spec.quantities import parse_quantity
from eegtune.spec.rules.katib_settings import (
    IGNORES_UNKNOWN,
    IMPORT_MEBIBYTES,
    MEDIANSTOP,
    OWN,
    SETTINGS,
)
from eegtune.spec.rules.rule import Problem, broken, poor, refused
from eegtune.spec.setting_rules import SettingRule

_ALGORITHM = ("spec", "algorithm")
_STOPPING = ("spec", "earlyStopping")
_SLOW_MODEL_TRIALS = 150


@refused("algorithm", "An Experiment needs an algorithm.", "Set algorithm.algorithmName.")
def algorithm(case: Case) -> Iterator[Problem]:
    if "algorithm" not in case.spec:
        yield Problem(_ALGORITHM, "there is no algorithm.", at_key=True)
    elif not case.algorithm:
        yield Problem((*_ALGORITHM, "algorithmName"), "the algorithm has no name.", at_key=True)
    if "earlyStopping" in case.spec and not case.early_stopping:
        path = (*_STOPPING, "algorithmName")
        yield Problem(path, "the early-stopping rule has no name.", at_key=True)


@refused(
    "algorithm-config",
    "Katib starts the service that katib-config names for the "
    "algorithm, and refuses algorithms that are not in it.",
    "Use one of Katib's, or install eegtune's services and check with --katib-config eegtune.",
    only_on_katib=True,
)
def algorithm_config(case: Case) -> Iterator[Problem]:
    config = case.around.config
    names = (
        (case.algorithm, config.suggestions, _ALGORITHM, "algorithm"),
        (case.early_stopping, config.early_stoppings, _STOPPING, "early-stopping rule"),
    )
    for name, known, path, noun in names:
        if name and name not in known:
            known_names = ", ".join(sorted(known)) or "none"
            message = f"Katib does not know the {noun} {name!r}; it has {known_names}."
            edit = _same_name((*path, "algorithmName"), name, known)
            yield Problem((*path, "algorithmName"), message, edit=edit)


@broken(
    "setting",
    "A setting that the algorithm's service does not know, or cannot read, is "
    "found only after admission: the Experiment fails at once, and only the Suggestion object "
    "says why.",
    "Correct the setting.",
    only_on_katib=True,
)
def setting(case: Case) -> Iterator[Problem]:
    key = (case.provider, case.algorithm)
    rules = SETTINGS.get(key)
    if rules is None:
        return
    known = {rule.name: rule for rule in rules}
    for path, name, value in _entries(case, "algorithm"):
        if name in known:
            yield from _bad_value((*path, "value"), known[name], value)
        elif name in OWN and not case.around.config.is_given:
            continue
        elif key not in IGNORES_UNKNOWN:
            allowed = ", ".join(sorted(known)) or "none"
            fix = f"Allowed are {allowed}."
            message = f"Katib's {case.algorithm} does not know the setting {name!r}."
            yield Problem((*path, "name"), message, fix)
    for name, rule in known.items():
        if rule.is_required and name not in case.settings:
            yield Problem(
                _ALGORITHM,
                f"{case.algorithm} needs the setting {name}.",
                f"Add it ({rule.help}).",
                at_key=True,
            )


@poor(
    "setting-own",
    "The setting is eegtune's: `eegtune run` and eegtune's services in a cluster "
    "know it, Katib's own service of this algorithm refuses the whole Experiment for it.",
    "Install eegtune's services, or generate the file with --only-katib.",
    only_on_katib=True,
)
def setting_own(case: Case) -> Iterator[Problem]:
    key = (case.provider, case.algorithm)
    if key not in SETTINGS or key in IGNORES_UNKNOWN or case.around.config.is_given:
        return
    for path, name, _ in _entries(case, "algorithm"):
        if name in OWN:
            message = f"Katib's own {case.algorithm} would refuse the setting {name!r}."
            yield Problem((*path, "name"), message)


@poor(
    "setting-ignored",
    "A setting that the algorithm's service passes over does nothing.",
    "Remove it, or correct its name.",
    only_on_katib=True,
)
def setting_ignored(case: Case) -> Iterator[Problem]:
    key = (case.provider, case.algorithm)
    known = {rule.name for rule in SETTINGS.get(key, ())} | {"resample_probability"}
    for path, name, _ in _entries(case, "algorithm"):
        if key in IGNORES_UNKNOWN and key in SETTINGS and name not in known:
            yield Problem((*path, "name"), f"{case.algorithm} ignores the setting {name!r}.")


@poor("setting-twice", "Of two settings of one name only the last counts.", "Keep one.")
def setting_twice(case: Case) -> Iterator[Problem]:
    for group in ("algorithm", "earlyStopping"):
        seen = set()
        for path, name, _ in _entries(case, group):
            if name in seen:
                yield Problem((*path, "name"), f"the setting {name!r} stands twice.")
            seen.add(name)


@broken(
    "medianstop-setting",
    "medianstop needs min_trials_required above 0 and start_step of at "
    "least 1; otherwise the Experiment fails after admission.",
    "Correct the setting.",
    only_on_katib=True,
)
def medianstop_setting(case: Case) -> Iterator[Problem]:
    service = case.around.config.early_stoppings.get(case.early_stopping)
    if case.early_stopping != "medianstop" or service is None or service.provider == "eegtune":
        return
    known = {rule.name: rule for rule in MEDIANSTOP}
    for path, name, value in _entries(case, "earlyStopping"):
        if name in known:
            yield from _bad_value((*path, "value"), known[name], value)
        else:
            message = f"medianstop does not know the setting {name!r}."
            yield Problem((*path, "name"), message, f"Allowed are {', '.join(known)}.")


@broken(
    "few-numbers",
    "cmaes searches at least two double or int parameters.",
    "Add parameters, or use tpe.",
    only_on_katib=True,
)
def few_numbers(case: Case) -> Iterator[Problem]:
    numeric = [p for p in case.parameters if p.get("parameterType") in ("double", "int")]
    if case.algorithm == "cmaes" and case.provider in ("goptuna", "optuna") and len(numeric) < 2:
        yield Problem(
            ("spec", "parameters"), f"cmaes has {len(numeric)} numeric parameters.", at_key=True
        )


@broken(
    "nas",
    "enas and darts search a nasConfig, all others parameters.",
    "Give the one that the algorithm searches.",
)
def nas(case: Case) -> Iterator[Problem]:
    is_nas = case.algorithm in ("enas", "darts")
    if is_nas and case.parameters:
        yield Problem(_ALGORITHM, f"{case.algorithm} searches a nasConfig; there is none.")
    if not is_nas and "nasConfig" in case.spec and case.algorithm:
        yield Problem(_ALGORITHM, f"{case.algorithm} cannot search a nasConfig.")


@broken(
    "pbt",
    "pbt copies checkpoints in a volume, and walks along steps: it needs resumePolicy "
    "FromVolume, and a step for each double.",
    "Add what is missing.",
    only_on_katib=True,
)
def pbt(case: Case) -> Iterator[Problem]:
    if case.provider != "pbt":
        return
    if case.spec.get("resumePolicy") != "FromVolume":
        edit = Edit(("spec", "resumePolicy"), "FromVolume")
        yield Problem(("spec", "resumePolicy"), "pbt needs resumePolicy FromVolume.", edit=edit)
    if "resample_probability" in case.settings:
        yield Problem(_ALGORITHM, "Katib's pbt fails on resample_probability.", "Remove it.")
    for index, parameter in enumerate(case.parameters):
        space = parameter["feasibleSpace"]
        if parameter.get("parameterType") == "double" and not space.get("step"):
            path = ("spec", "parameters", index, "feasibleSpace")
            yield Problem(path, f"{parameter.get('name')!r} has no step.")


@poor(
    "tpe-batch",
    "Katib's tpe (hyperopt) suggests the same point to all trials of a batch.",
    "Use multivariate-tpe, or parallelTrialCount 1.",
    only_on_katib=True,
)
def tpe_batch(case: Case) -> Iterator[Problem]:
    if case.provider == "hyperopt" and case.algorithm == "tpe" and case.parallel > 1:
        yield Problem((*_ALGORITHM, "algorithmName"), f"{case.parallel} trials run at a time.")


@poor(
    "slow-model",
    "Katib's Gaussian process takes longer for a suggestion than its controller "
    "waits (60 s) from 100 to 250 trials on.",
    "Use multivariate-tpe, or fewer trials.",
    only_on_katib=True,
)
def slow_model(case: Case) -> Iterator[Problem]:
    many = case.max_trials is None or case.max_trials > _SLOW_MODEL_TRIALS
    if case.provider == "skopt" and many:
        yield Problem((*_ALGORITHM, "algorithmName"), f"maxTrialCount is {case.max_trials}.")


@poor(
    "service-memory",
    "The service's imports alone need more memory than its limit; Kubernetes "
    "kills its pod, and the Experiment waits without a word.",
    "Raise the limit in katib-config, for example to 512Mi.",
    only_on_katib=True,
)
def service_memory(case: Case) -> Iterator[Problem]:
    need = IMPORT_MEBIBYTES.get(case.provider)
    limit = case.service.memory if case.service else None
    if need is None or limit is None:
        return
    try:
        mebibytes = float(parse_quantity(limit)) / 2**20
    except ValueError:
        return
    if mebibytes < need:
        said = f"{case.algorithm} ({case.provider}) needs {need} MiB, its limit is {limit}."
        yield Problem((*_ALGORITHM, "algorithmName"), said)


def _entries(case: Case, group: str) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    entries = (case.spec.get(group) or {}).get("algorithmSettings") or ()
    for index, entry in enumerate(entries):
        path = ("spec", group, "algorithmSettings", index)
        yield path, entry.get("name", ""), entry.get("value", "")


def _bad_value(path: tuple[str | int, ...], rule: SettingRule, text: str) -> Iterator[Problem]:
    try:
        rule.parse(text)
    except ValueError as error:
        yield Problem(path, f"{error}.", f"Write {rule.allowed}.")


def _same_name(path: tuple[str | int, ...], name: str, known: Any) -> Edit | None:
    plain = name.lower().replace("_", "-")
    return Edit(path, plain) if plain in known and plain != name else None


RULES = (
    algorithm,
    algorithm_config,
    setting,
    setting_own,
    setting_ignored,
    setting_twice,
    medianstop_setting,
    few_numbers,
    nas,
    pbt,
    tpe_batch,
    slow_model,
    service_memory,
)
