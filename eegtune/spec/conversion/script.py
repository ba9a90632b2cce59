"""What the scripts for Optuna and Ray Tune have in common: running a trial, reading its metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eegtune.spec.conversion.conversion import command_words, common_losses, is_metadata

if TYPE_CHECKING:
    from eegtune.spec.experiment import Experiment

DEFAULT_FILTER = r"([\w|-]+)\s*=\s*([+-]?\d*(\.\d+)?([Ee][+-]?\d+)?)"
TRIAL_NAME = "{trial_name}"


def script_losses(experiment: Experiment, where: str) -> list[str]:
    """Return what a script that runs commands cannot express; `where` is where they run."""
    spec, lost = experiment.spec, common_losses(experiment)
    if spec.early_stopping:
        lost.append(
            f"Early stopping {spec.early_stopping.algorithm_name}: a command's metrics are read "
            "when it has ended."
        )
    if spec.objective.additional_metric_names:
        lost.append(f"Additional metrics {', '.join(spec.objective.additional_metric_names)}.")
    lost.append(f"The image and its resources: the command runs {where}.")
    return lost


def seed_of(experiment: Experiment) -> str:
    """Return the search's seed as Python source."""
    seed = experiment.spec.algorithm.settings.get("random_state", "")
    return str(int(seed)) if seed.isdigit() else "None"


def run_trial_source(experiment: Experiment, lost: list[str]) -> str:
    """Return Python source of `run_trial(values, trial_name) -> float`."""

    def spell(reference: str) -> str:
        if reference == "${trialSpec.Name}":
            return TRIAL_NAME
        if is_metadata(reference):
            lost.append(f"{reference} in the command: there is no counterpart; it stays empty.")
            return ""
        return "{" + reference + "}"

    words = command_words(experiment, spell)
    metric = experiment.spec.objective.objective_metric_name
    strategy = experiment.spec.objective.strategy_of(metric)
    source = experiment.spec.metrics_collector_spec.source
    patterns = source.filter.metrics_format if source and source.filter else ()
    filters = list(patterns) or [DEFAULT_FILTER]
    command = "\n".join(f"    {word!r}," for word in words)
    return _RUN_TRIAL.format(
        command=command,
        metric=metric,
        filters=filters,
        strategy=strategy,
        pick={"latest": "scores[-1]", "min": "min(scores)", "max": "max(scores)"}[strategy],
    )


_RUN_TRIAL = '''METRIC = {metric!r}
COMMAND = [
{command}
]
FILTERS = {filters!r}


def run_trial(parameters, trial_name):
    """Run the command with a trial's parameters; return the metric's {strategy} value."""
    values = {{"trial_name": trial_name, **parameters}}
    placeholder = re.compile("{{(" + "|".join(map(re.escape, values)) + ")}}")
    words = [placeholder.sub(lambda found: str(values[found[1]]), word) for word in COMMAND]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        end = done.stdout[-2000:]
        raise RuntimeError(f"{{trial_name}} exited with {{done.returncode}}: {{end}}")
    scores = []
    for line in done.stdout.splitlines():
        for pattern in FILTERS:
            for match in re.finditer(pattern, line, re.ASCII):
                if match.group(1) == METRIC:
                    try:
                        scores.append(float(match.group(2)))
                    except ValueError:
                        pass
    if not scores:
        raise RuntimeError(f"{{trial_name}} printed no {{METRIC}}")
    return {pick}
'''
