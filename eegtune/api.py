"""What one needs in a script or a notebook: load an Experiment, run it, look at what it found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eegtune.places import On
    from eegtune.report.exports.applying.place import Value
    from eegtune.spec import Experiment

__all__ = ["Run", "load", "open_run", "run"]


def load(file: str | Path) -> Experiment:
    """Read an Experiment's file.

    Raises:
        SpecError: It holds none, or one that cannot be run; every finding says what to do.
    """
    from eegtune.spec import load_experiment

    return load_experiment(file)


def run(
    experiment: Experiment | str | Path,
    folder: str | Path | None = None,
    *,
    max_trials: int | None = None,
    parallel: int | None = None,
    timeout_seconds: float | None = None,
    fresh: bool = False,
    progress: bool = True,
    on: On = "here",
    namespace: str | None = None,
    context: str | None = None,
) -> Run:
    """Run an Experiment, here or on a cluster, or go on with it; return its run.

    Args:
        experiment: The Experiment, or its file.
        folder: Where the run is kept; `runs/NAME` by default.
        max_trials: How many trials, instead of what the Experiment says.
        parallel: How many at once, instead of what the Experiment says.
        timeout_seconds: After which it stops; the same call goes on later.
        fresh: Whether an earlier run in the folder is moved aside first.
        progress: Whether progress is shown: a table in a notebook, else a line a trial.
        on: Where trials run: `here`, as Jobs (`kubernetes`), or on `katib`.
        namespace: Of the cluster.
        context: Of the kubeconfig.

    Raises:
        ValueError: The Experiment cannot be run.
        RunnerError: Trials cannot be run there.
    """
    from eegtune.execution.loop import LoopOptions
    from eegtune.execution.run import RunOptions
    from eegtune.places import Where, run_at

    loaded = load(experiment) if isinstance(experiment, str | Path) else experiment
    loaded = with_counts(loaded, max_trials, parallel)
    path = Path(folder) if folder is not None else Path("runs") / loaded.name
    options = RunOptions(LoopOptions(timeout_seconds=timeout_seconds), fresh=fresh)
    run_at(Where(on, namespace, context), loaded, path, options, progress=progress)
    return open_run(path)


def open_run(folder: str | Path) -> Run:
    """Open a run's folder, or the run of a name below `runs/`; it may be running.

    Raises:
        NoRunError: There is none.
    """
    from eegtune.execution.store import NoRunError, RunStore

    for path in (Path(folder), Path("runs") / folder):
        if path.is_dir():
            RunStore.open(path).close()
            return Run(path)
    raise NoRunError(Path(folder), "there is no such folder")


class Run:
    """A run in its folder. Everything is read when it is asked for, so it may still be running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        return f"<Run {self.folder}: {self.status}>"

    def _repr_html_(self) -> str:
        """Show the best trials as a table in a notebook."""
        from html import escape

        frame, column = self.trials(), f"metric.{self.metric}"
        if column in frame:  # it is not while no trial has a result
            frame = frame.sort_values(column, ascending=not self._maximizes)
        shown = frame.head(10)
        return f"<b>{escape(repr(self))}</b>{shown.to_html(index=False)}"

    @property
    def experiment(self) -> Experiment:
        """The Experiment as it is run."""
        from eegtune.execution.store import RunStore

        with RunStore.open(self.folder) as store:
            return store.experiment

    @property
    def status(self) -> str:
        """How it stands, in Katib's words: Running, Succeeded, Failed."""
        from eegtune.execution.store import RunStore

        with RunStore.open(self.folder) as store:
            return str(store.state.condition)

    @property
    def metric(self) -> str:
        """The objective metric."""
        return self.experiment.spec.objective.objective_metric_name

    @property
    def best(self) -> dict[str, Value]:
        """The best configuration: numbers, texts and truth values by parameter.

        Raises:
            ValueError: No trial has a result yet.
        """
        from eegtune.report.exports.typed import typed_values

        return typed_values(self.experiment, self._best().assignments)

    @property
    def best_metrics(self) -> Mapping[str, float]:
        """The metrics of the best configuration's trial.

        Raises:
            ValueError: No trial has a result yet.
        """
        metrics: Mapping[str, float] = self._best().metrics
        return metrics

    def trials(self) -> Any:
        """Return all trials as a pandas DataFrame, one row a trial.

        Columns: `name`, `number`, `status`, `parameter.*`, `metric.*`, `started`, `finished`,
        `seconds`.
        """
        import pyarrow

        from eegtune.execution.store import RunStore
        from eegtune.report.exports.table import trial_columns

        with RunStore.open(self.folder) as store:
            return pyarrow.table(trial_columns(store.experiment, store.trials())).to_pandas()

    def curve(self, trial: str) -> Any:
        """Return all that a trial reported: a DataFrame of `metric`, `report`, `value`, `time`.

        Raises:
            ValueError: There is no such trial.
        """
        import pandas

        from eegtune.execution.store import RunStore
        from eegtune.execution.summary import find_trial

        with RunStore.open(self.folder) as store:
            points = store.metric_log(find_trial(store.trials(), trial).name)
        rows = [(p.name, p.report, p.value, p.time) for p in points]
        return pandas.DataFrame(rows, columns=["metric", "report", "value", "time"])

    def figure(self, name: str = "history") -> Any:
        """Return a figure of the report as a plotly Figure, which notebooks show inline.

        Args:
            name: `history`, `importance`, `winner`, `parallel`, `curves`, `timeline`,
                `slices:PARAMETER` …; an unknown name says which there are.

        Raises:
            ValueError: There is no such figure, or too little to draw it.
        """
        from eegtune.report.figures.inline import inline_figure

        return inline_figure(self.folder, name)

    def report(self) -> Path:
        """Write the report and the exports; return report.html.

        Raises:
            OSError: It cannot be written.
        """
        from eegtune.report import write_report

        written = write_report(self.folder, is_run=False)
        found = [path for path in written.files if path.name == "report.html"]
        if not found:
            raise OSError("; ".join(written.notes))
        return found[0]

    @property
    def _maximizes(self) -> bool:
        return self.experiment.spec.objective.type == "maximize"

    def _best(self) -> Any:
        from eegtune.execution.best import chosen_trial
        from eegtune.execution.store import RunStore

        with RunStore.open(self.folder) as store:
            best = chosen_trial(store.experiment, (r.trial for r in store.trials()))
        if best is None:
            raise ValueError(f"{self.folder}: no trial has a result yet")
        return best


def with_counts(
    experiment: Experiment, max_trials: int | None, parallel: int | None
) -> Experiment:
    """Return an Experiment with other counts; those that must not exceed them follow.

    Raises:
        ValueError: A count below 1.
    """
    for name, count in (("max_trials", max_trials), ("parallel", parallel)):
        if count is not None and count < 1:
            raise ValueError(f"{name} is {count}; it must be at least 1")
    if max_trials is not None:
        at_once = min(experiment.spec.parallel_trial_count, max_trials)
        failed = experiment.spec.max_failed_trial_count
        experiment = experiment.with_spec(
            max_trial_count=max_trials,
            parallel_trial_count=at_once,
            max_failed_trial_count=None if failed is None else min(failed, max_trials),
        )
    if parallel is not None:
        experiment = experiment.with_spec(parallel_trial_count=parallel)
    return experiment
