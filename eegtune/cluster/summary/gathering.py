"""Where an Experiment's results come from: a run's folder, or Katib's objects and database."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from eegtune.cluster.jobs.runner import IDENTITY_FILE
from eegtune.cluster.katib.client.follow import NotThereError, Place, follow
from eegtune.execution.records import RunCondition, RunState
from eegtune.execution.run_folder import RunFolder
from eegtune.execution.store import NoRunError, RunStore

_OVER = (RunCondition.SUCCEEDED, RunCondition.FAILED)
_POLL_SECONDS = 2.0


def gather(
    place: Place,
    name: str,
    folder: Path,
    *,
    waits: bool,
    is_told_to_stop: Callable[[], bool] = lambda: False,
) -> RunState:
    """See to it that the folder holds the Experiment's results; return how it stands.

    Where Katib has an Experiment of this name its trials and logs are pulled into the folder;
    else the folder holds a run of Jobs already.

    Raises:
        NotThereError: There is neither.
        KubeError: The cluster cannot be asked.
    """
    while True:
        # Asked again while waiting: the Experiment may be made after its summary.
        if not (folder / IDENTITY_FILE).exists() and _is_on_katib(place, name):
            return follow(
                place, name, folder, until_its_end=waits, is_told_to_stop=is_told_to_stop
            )
        state = _state_in(folder)
        if state is None and not waits:
            raise NotThereError(
                f"Katib has no Experiment {name!r} in namespace {place.namespace}, and {folder} "
                "holds no run. Name the namespace with -n, or the run's folder with --dir"
            )
        if not waits or is_told_to_stop() or (state is not None and state.condition in _OVER):
            return state or RunState(RunCondition.RUNNING)
        time.sleep(_POLL_SECONDS)


def _is_on_katib(place: Place, name: str) -> bool:
    kube = place.kube
    return kube.has_katib() and (
        kube.katib_object("experiments", place.namespace, name) is not None
    )


def _state_in(folder: Path) -> RunState | None:
    if not RunFolder(folder).database.exists():
        return None
    try:
        with RunStore.open(folder) as store:
            return store.state
    except NoRunError:
        return None


def files_of(folder: Path) -> dict[str, Path]:
    """Return what is put into storage: report, exports and what every trial printed, by name."""
    run = RunFolder(folder)
    whole = (
        run.experiment, run.best, run.best_hyperparameters, run.trials_table, run.report,
        run.provenance, folder / "controller.log",
    )  # fmt: skip
    found = {path.name: path for path in whole if path.is_file()}
    for path in sorted(run.trials.glob("*/stdout.log")):
        found[str(path.relative_to(folder))] = path
    return found
