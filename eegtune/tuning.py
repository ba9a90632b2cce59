"""`eegtune.tune`: an Experiment of a plain function or a LightningModule, here or on a cluster."""

from __future__ import annotations

import inspect
import pickle
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from eegtune.spec import load_experiment_text
from eegtune.spec.generation import plan_from_command, write_plan
from eegtune.tuned_module import ModuleTraining, is_lightning_module, takes
from eegtune.tuned_pod import VARIABLE, own_image, with_function

if TYPE_CHECKING:
    from eegtune.api import Run
    from eegtune.places import On

Space = Mapping[str, str | Sequence[Any]]


def tune(
    function: Callable[..., Any],
    space: Space,
    *,
    metric: str = "score",
    direction: Literal["maximize", "minimize"] = "maximize",
    trials: int = 40,
    parallel: int = 1,
    algorithm: str = "multivariate-tpe",
    name: str | None = None,
    folder: str | Path | None = None,
    fresh: bool = False,
    progress: bool = True,
    data: Any = None,
    max_epochs: int = 20,
    patience: int | None = None,
    on: On = "here",
    image: str | None = None,
    namespace: str | None = None,
    context: str | None = None,
    gpus: int = 0,
) -> Run:
    """Find the arguments with which a function's result is best; return the run.

    Each trial calls the function in a process of its own. It returns a number, or metrics by
    name; a generator may yield them, one report an epoch. The same call goes on with a run that
    was interrupted.

    For example `tune(train, {"lr": "1e-5..1e-2:log", "act": ["relu", "gelu"]}).best`.

    A LightningModule's class is trained with `data` for `max_epochs`; what it logs in an epoch is
    the report: `tune(MyModule, {"lr": "1e-5..1e-2:log"}, data=(train, validation),
    metric="val_loss", direction="minimize")`.

    Args:
        function: What is tuned; it takes the parameters as keyword arguments.
        space: By parameter a range `low..high`, with `:log` or `:step=…` behind it, or a list.
        metric: The objective's name; that of a bare number.
        direction: Whether the most or the least is best.
        trials: How many trials.
        parallel: How many at once.
        algorithm: The search.
        name: The run's name; by default the function's.
        folder: Where the run is kept; `runs/NAME` by default.
        fresh: Whether an earlier run in the folder is moved aside first.
        progress: Whether progress is shown: a table in a notebook, else a line a trial.
        data: Of a LightningModule: batches to train on and to validate with, or a function that
            returns both; it may take parameters of the space, such as `batch_size`.
        max_epochs: Of a LightningModule: how long it is trained.
        patience: Of a LightningModule: after how many epochs without a better metric it ends.
        on: Where trials run: `here`, as Jobs (`kubernetes`), or on `katib`. The function goes
            there by value, with all that it refers to in its own module and notebook.
        image: Of a cluster's trials: one with eegtune, this Python and what the function imports;
            by default eegtune's own.
        namespace: Of the cluster.
        context: Of the kubeconfig.
        gpus: GPUs of a trial, on a cluster.

    Raises:
        ValueError: The space cannot be read, the function does not take its parameters, or it is
            too large to be sent to a cluster.
    """
    from eegtune.api import run

    whole = _callable(function, data, space, metric, direction, max_epochs, patience)
    title = name or function.__name__.strip("_<>").replace("_", "-").lower() or "tuned"
    path = Path(folder) if folder is not None else Path("runs") / title
    is_here = on == "here"
    stored = path.absolute().parent / f".{path.name}.function.pickle"
    pickled = _pickled(whole, space, metric, is_here)
    plan = plan_from_command(
        _command(str(stored) if is_here else f"env:{VARIABLE}", space),
        image="none" if is_here else image or own_image(isinstance(whole, ModuleTraining)),
        metric=metric, objective_type=direction, algorithm=algorithm, name=title,
        made_by="eegtune.tune",
    )  # fmt: skip
    text = write_plan(replace(plan, gpus=gpus, restricted=not is_here))
    experiment = load_experiment_text(text, f"tune({function.__name__})")
    if is_here:
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_bytes(pickled)
    else:
        experiment = with_function(experiment, pickled)
    return run(
        experiment, path, max_trials=trials, parallel=min(parallel, trials), fresh=fresh,
        progress=progress, on=on, namespace=namespace, context=context,
    )  # fmt: skip


def _callable(
    function: Callable[..., Any], data: Any, space: Space, metric: str, direction: str,
    max_epochs: int, patience: int | None,
) -> Callable[..., Any]:  # fmt: skip
    """Return what a trial calls: the function, or the training of a LightningModule."""
    if is_lightning_module(function):
        training = ModuleTraining(function, data, metric, direction, max_epochs, patience)
        _check_module(training, space)
        return training
    if data is not None:
        raise ValueError("data is for a LightningModule; a function brings its own")
    _check(function, space)
    return function


def _command(source: str, space: Space) -> str:
    words = [source, *(f"--{name}={{{name}:{_written(each)}}}" for name, each in space.items())]
    return " ".join(["python3 -u -m eegtune.tuned_function", *map(shlex.quote, words)])


def _check(function: Callable[..., Any], space: Space) -> None:
    if not space:
        raise ValueError("the space is empty; give at least one parameter")
    parameters = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in space:
        if name not in parameters and not takes_any:
            raise ValueError(
                f"the space has {name!r}, which {function.__name__} does not take; it takes "
                f"{', '.join(parameters) or 'nothing'}"
            )
    needed = [p.name for p in parameters.values()
              if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
              and p.name not in space]  # fmt: skip
    if needed:
        raise ValueError(f"{function.__name__} needs {', '.join(needed)}; put it into the space")


def _check_module(training: ModuleTraining, space: Space) -> None:
    if not space:
        raise ValueError("the space is empty; give at least one parameter")
    title = training.module.__name__
    if training.data is None:
        raise ValueError(f"{title} is a LightningModule; give data=(training, validation)")
    for name in space:
        if not takes(training.module, name) and not takes(training.data, name):
            raise ValueError(
                f"the space has {name!r}, which neither {title} nor its data take; {title} takes "
                f"{', '.join(inspect.signature(training.module).parameters) or 'nothing'}"
            )


def _choices(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return the values of a list by how they are written."""
    written = {_text(value): value for value in values}
    if len(written) != len(values) or len(values) < 2:
        raise ValueError(f"{name} is {list(values)!r}; give at least two values that differ")
    return written


def _written(values: str | Sequence[Any]) -> str:
    return values if isinstance(values, str) else "|".join(_text(value) for value in values)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pickled(function: Callable[..., Any], space: Space, metric: str, is_here: bool) -> bytes:
    """Return the function by value, so that a script or notebook need not be importable."""
    cloudpickle: Any = import_module("cloudpickle")

    choices = {name: _choices(name, values) for name, values in space.items()
               if not isinstance(values, str)}  # fmt: skip
    owner = function.module if isinstance(function, ModuleTraining) else function
    module = inspect.getmodule(owner)
    if module is not None and module.__name__ in sys.modules and module.__name__ != "__main__":
        cloudpickle.register_pickle_by_value(module)
    here = [path for path in sys.path if path] if is_here else []  # a pod has folders of its own
    stored = {"function": cloudpickle.dumps(function), "choices": choices, "metric": metric,
              "path": here, "python": sys.version_info[:2]}  # fmt: skip
    return pickle.dumps(stored)
