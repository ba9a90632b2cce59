"""A run as a study in an Optuna storage, for its dashboard and its analyses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_KEY = "eegtune.run"


def export_to_optuna(folder: Path, target: str) -> str:
    """Copy a run into an Optuna storage; an earlier export of the same run is replaced.

    Args:
        folder: The run's folder.
        target: A database URL such as `sqlite:///trials.db`, or a file for one.

    Returns:
        The study's name.

    Raises:
        NoRunError: There is no run in the folder.
        ValueError: The storage cannot be opened, or holds another study of this name.
    """
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    from eegtune.report.exports.run_key import run_key
    from eegtune.report.live_storage import RunStorage
    from eegtune.report.reading import read_material

    material = read_material(folder)
    name, key = material.experiment.name, run_key(material)
    url = target if "://" in target else f"sqlite:///{target}"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage: Any = optuna.storages.RDBStorage(url)
        known = {study.study_name: study for study in storage.get_all_studies()}
        if name in known:
            if storage.get_study_user_attrs(known[name]._study_id).get(_KEY) != key:
                raise ValueError(f"{url} holds another study {name!r}; use another storage")
            optuna.delete_study(study_name=name, storage=storage)
        optuna.copy_study(
            from_study_name=name, from_storage=RunStorage(folder), to_storage=storage,
            to_study_name=name,
        )  # fmt: skip
        optuna.load_study(study_name=name, storage=storage).set_user_attr(_KEY, key)
    except SQLAlchemyError as error:
        raise ValueError(f"{url}: {str(error).splitlines()[0]}") from None
    return name
