"""Change a run from outside: its counts, a pause, a trial of one's own. It may be running.

Each change is one transaction in the run's database; the loop sees it within a moment.
"""

from __future__ import annotations

from collections.abc import Mapping

from eegtune.execution.best import best_trial
from eegtune.execution.naming import trial_name
from eegtune.execution.records import TrialRecord
from eegtune.execution.writer import RunWriter
from eegtune.metrics.observation import finite_number
from eegtune.spec.experiment import Experiment, ExperimentSpec, Parameter
from eegtune.spec.trial import Trial, TrialCondition


def counts_of(spec: ExperimentSpec) -> dict[str, int | None]:
    """Return the three counts that may change while a run is running."""
    return {
        "parallel_trial_count": spec.parallel_trial_count,
        "max_trial_count": spec.max_trial_count,
        "max_failed_trial_count": spec.max_failed_trial_count,
    }


def scale(store: RunWriter, counts: Mapping[str, int]) -> Experiment:
    """Change counts of a run; return the Experiment as it is now.

    Trials that run beyond a smaller parallelTrialCount end undisturbed.

    Raises:
        ValueError: A count that Katib would refuse, too.
    """
    with store.transaction():
        experiment = store.experiment.with_spec(**counts)
        spec, made = experiment.spec, len(store.trials())
        most = spec.max_trial_count
        if "max_trial_count" in counts and most is not None and most < made:
            raise ValueError(f"--max-trials is {most}, but {made} trials were made already")
        if spec.parallel_trial_count < 1:
            raise ValueError(f"--parallel is {spec.parallel_trial_count}; it must be at least 1")
        if most is not None and spec.parallel_trial_count > most:
            raise ValueError(
                f"--parallel is {spec.parallel_trial_count}; it must not exceed the number of "
                f"trials, {most}"
            )
        store.set_experiment(experiment)
        store.append_event("scaled", **counts)
    return experiment


def pause(store: RunWriter, paused: bool) -> None:
    """Let no new trials start, or let them start again; what runs goes on."""
    store.set_paused(paused)
    store.append_event("paused" if paused else "resumed")


def enqueue(store: RunWriter, values: Mapping[str, str]) -> TrialRecord:
    """Add a trial that runs before the search's next one.

    Args:
        store: The run.
        values: Values of some parameters; the others are those of the best trial so far.

    Raises:
        ValueError: An unknown parameter, a value outside its space, or no trial to take the
            other values from.
    """
    with store.transaction():
        experiment, records = store.experiment, store.trials()
        assignments = _complete(experiment, records, values)
        number = len(records)
        seed = f"user/{experiment.spec.algorithm.settings.get('random_state', '')}"
        name = trial_name(experiment.name, seed, number, {record.name for record in records})
        trial = Trial(name, assignments, TrialCondition.CREATED)
        record = TrialRecord(trial, number, cause="user")
        store.add_trials([record], search_exhausted=False)
        store.append_event("enqueued", trial=name)
    return record


def _complete(
    experiment: Experiment, records: list[TrialRecord], values: Mapping[str, str]
) -> dict[str, str]:
    parameters = {parameter.name: parameter for parameter in experiment.spec.parameters}
    for name, text in values.items():
        if name not in parameters:
            raise ValueError(f"there is no parameter {name!r}; there are {', '.join(parameters)}")
        _check_value(parameters[name], text)
    missing = [name for name in parameters if name not in values]
    best = best_trial(experiment, [record.trial for record in records])
    if missing and best is None:
        raise ValueError(
            f"no trial has a result yet to take other values from; also set {', '.join(missing)}"
        )
    others = best.assignments if best is not None else {}
    return {name: values[name] if name in values else others[name] for name in parameters}


def _check_value(parameter: Parameter, text: str) -> None:
    space = parameter.feasible_space
    if space.values is not None:
        if text not in space.values:
            allowed = ", ".join(space.values)
            raise ValueError(f"{parameter.name} is {text!r}; allowed is one of {allowed}")
        return
    number = finite_number(text)
    low, high = finite_number(space.min or ""), finite_number(space.max or "")
    is_whole = parameter.parameter_type != "int" or (number is not None and number == int(number))
    if number is None or not is_whole or not (low or 0) <= number <= (high or 0):
        kind = "a whole number" if parameter.parameter_type == "int" else "a number"
        raise ValueError(
            f"{parameter.name} is {text!r}; allowed is {kind} from {space.min} to {space.max}"
        )
