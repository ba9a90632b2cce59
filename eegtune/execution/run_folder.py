"""Where the files of a run are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrialFolder:
    """The folder of one trial."""

    path: Path

    @property
    def stdout(self) -> Path:
        """What the trial wrote to standard output."""
        return self.path / "stdout.log"

    @property
    def stderr(self) -> Path:
        """What the trial wrote to standard error."""
        return self.path / "stderr.log"

    @property
    def artefacts(self) -> Path:
        """What the trial keeps (`$ARTEFACTS`)."""
        return self.path / "artefacts"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run: `runs/NAME`."""

    path: Path

    @property
    def experiment(self) -> Path:
        """The Experiment as it was run."""
        return self.path / "experiment.yaml"

    @property
    def database(self) -> Path:
        """The run's SQLite database."""
        return self.path / "run.db"

    @property
    def lock(self) -> Path:
        """The file that the process that runs the Experiment holds locked."""
        return self.path / "run.lock"

    @property
    def runner_log(self) -> Path:
        """What the process that starts trials had to say."""
        return self.path / "runner.log"

    @property
    def checkpoints(self) -> Path:
        """`$CHECKPOINTS` of all trials; each finds its own below, by a key of its arguments."""
        return self.path / "checkpoints"

    @property
    def trials(self) -> Path:
        """The folder that holds the trials' folders."""
        return self.path / "trials"

    @property
    def report(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def best(self) -> Path:
        """The best configuration, as an Experiment would write it."""
        return self.path / "best.yaml"

    @property
    def best_hyperparameters(self) -> Path:
        """The best configuration, for programs."""
        return self.path / "best_hyperparameters.json"

    @property
    def trials_table(self) -> Path:
        """All trials as a table."""
        return self.path / "trials.parquet"

    @property
    def provenance(self) -> Path:
        """Code, packages, data and machine of the run."""
        return self.path / "provenance.json"

    def trial(self, name: str) -> TrialFolder:
        """Return the folder of a trial."""
        return TrialFolder(self.trials / name)
