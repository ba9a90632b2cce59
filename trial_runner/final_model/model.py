"""A folder that holds a trained model: facts as JSON, numbers beside them, all with their hash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial_runner.arguments import Arguments, parse_arguments
from trial_runner.components import get_component
from trial_runner.errors import DataError, DataNotFoundError
from trial_runner.hyperparameters import format_value
from trial_runner.reporting import artefacts_folder, is_first_process, note

FOLDER, FACTS, ARRAYS = "model", "model.json", "arrays.npz"
_FORMAT = 1
# Where the training data lay, and what only a trial needs, is no part of a model.
_NOT_KEPT = ("data", "data_root", "cache", "trial_name", "split", "seeds", "resume_from",
             "transitions", "weights", "configuration")  # fmt: skip
_PACKAGES = ("numpy", "scipy", "mne", "scikit-learn", "lightgbm", "xgboost", "flaml", "torch",
             "braindecode")  # fmt: skip


@dataclass(frozen=True, slots=True)
class FinalModel:
    """A model that was kept.

    Attributes:
        folder: Where it lies.
        component: The component that trained it.
        arguments: Text of each hyperparameter and option, by name.
        classes: Names of the classes, in the order of the probabilities.
        takes: What a recording must be; JSON values whose meaning is the component's.
        files: SHA-256 of each file, by name.
        versions: Of the packages that it was trained with.
    """

    folder: Path
    component: str
    arguments: Mapping[str, str]
    classes: tuple[str, ...]
    takes: Mapping[str, Any]
    files: Mapping[str, str]
    versions: Mapping[str, str]

    def trained_with(self) -> Arguments:
        """Return the arguments of its training; `data` is a word that stands for none."""
        component = get_component(self.component)
        required = {one.name for one in component.options if one.default is None}
        words = [f"--{name}={text}" for name, text in self.arguments.items()]
        return parse_arguments(component, [*words, *(f"--{name}=none" for name in required)])

    def file(self, name: str) -> Path:
        """Return the path of one of its files.

        Raises:
            DataError: It is absent, or not the one that was written.
        """
        path = self.folder / name
        if not path.is_file():
            raise DataError(
                f"{self.folder} lacks {name}: the model is not complete; copy it again"
            )
        if _digest(path) != self.files.get(name):
            raise DataError(
                f"{path} is not as it was written (its SHA-256 differs from that in {FACTS}); "
                "copy the model again"
            )
        return path

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return its arrays.

        Raises:
            DataError: They are damaged.
        """
        with np.load(self.file(ARRAYS), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def unpickled(self, name: str) -> Any:
        """Return the object of a joblib file. Whoever wrote it may run code here.

        Raises:
            DataError: It is damaged, or of other versions of its packages that cannot read it.
        """
        path, different = self.file(name), self._different()
        try:
            return import_module("joblib").load(path)
        except Exception as error:  # unpicklers fail in all ways
            raise DataError(
                f"{path} cannot be read ({type(error).__name__}); it was written with "
                f"{', '.join(different) or 'the versions that are installed'}"
            ) from None

    def _different(self) -> list[str]:
        """Say which packages have another version now; return those of the training."""
        now = _versions()
        changed = [name for name, then in self.versions.items() if now.get(name) != then]
        if changed:
            told = ", ".join(f"{n} {self.versions[n]} (now {now.get(n, 'none')})" for n in changed)
            note(f"the model was trained with {told}")
        return [f"{name} {self.versions[name]}" for name in changed]


def keep_model(
    arguments: Arguments,
    classes: Sequence[str],
    takes: Mapping[str, Any],
    write: Callable[[Path], None],
) -> None:
    """Leave a model in the artefacts' folder, complete or not at all.

    Args:
        arguments: Of the trial.
        classes: Names of the classes.
        takes: What a recording must be.
        write: Writes the model's files into a folder.
    """
    if not is_first_process():
        return
    parent = artefacts_folder()
    building = Path(tempfile.mkdtemp(prefix=".model.", dir=parent))
    try:
        write(building)
        facts = {
            "format": _FORMAT,
            "component": arguments.component.name,
            "arguments": _texts(arguments),
            "classes": list(classes),
            "takes": dict(takes),
            "files": {path.name: _digest(path) for path in sorted(building.iterdir())},
            "versions": _versions(),
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (building / FACTS).write_text(text, encoding="utf-8")
        building.chmod(0o777 & ~_umask())
        shutil.rmtree(parent / FOLDER, ignore_errors=True)
        building.replace(parent / FOLDER)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    note(f"the trained model is in {parent / FOLDER}")


def keep_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays into a model's folder."""
    named: dict[str, Any] = dict(arrays)
    np.savez(folder / ARRAYS, **named)


def keep_pickled(folder: Path, name: str, value: Any) -> None:
    """Write an object of scikit-learn, LightGBM and the like into a model's folder."""
    import_module("joblib").dump(value, folder / name)


def read_model(folder: Path) -> FinalModel:
    """Read a model's facts; its files are checked when they are opened.

    Raises:
        DataNotFoundError: There is no model in the folder.
        DataError: It is damaged, or of a later eegtune.
    """
    path = folder / FACTS
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = FinalModel(
            folder, facts["component"], facts["arguments"], tuple(facts["classes"]),
            facts["takes"], facts["files"], facts["versions"],
        )  # fmt: skip
    except (FileNotFoundError, NotADirectoryError):
        raise DataNotFoundError(
            f"{folder} holds no model (no {FACTS}); `eegtune evaluate RUN` leaves one in the run"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({type(error).__name__}); copy it again") from None
    if facts.get("format") != _FORMAT:
        raise DataError(f"{path} is of format {facts.get('format')}; this eegtune reads {_FORMAT}")
    return found


def _texts(arguments: Arguments) -> dict[str, str]:
    values = {name: format_value(value) for name, value in arguments.hyperparameters.items()}
    options = {n: t for n, t in arguments.options.items() if n not in _NOT_KEPT and t}
    return values | options


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
