"""Whether a template converts to Kubernetes' Job without loss, as Katib's webhook checks it.

Katib converts the rendered template to the typed Job, writes that as JSON again, and refuses the
template when anything of it is missing or different there: unknown fields, and also empty values
that the type drops. Only below `resources.limits` and `resources.requests` may values differ,
since quantities are written in their canonical form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eegtune.spec.decode import Decoder, close_names
from eegtune.spec.finding import Path
from eegtune.spec.go_types import is_struct, struct
from eegtune.spec.nodes import plain_tree

_FREE = (("resources", "limits"), ("resources", "requests"))


@dataclass(frozen=True, slots=True)
class JobProblem:
    """One thing that does not survive the conversion.

    Attributes:
        path: Where, within the Job.
        message: What.
        fix: What to write instead.
        rename: The key that was probably meant.
        at_key: Whether the key is at fault, not its value.
    """

    path: Path
    message: str
    fix: str
    rename: str | None = None
    at_key: bool = False


def job_problems(job: dict[str, Any]) -> list[JobProblem]:
    """Return what the webhook would refuse a Job for."""
    decoder = Decoder()
    after = decoder.decode("Job", plain_tree(job), ())
    wrong = [
        JobProblem(
            f.path, f.message.replace("Katib refuses to decode it", "Katib refuses it"), f.fix
        )
        for f in decoder.findings
        if f.severity.is_error and f.rule != "unknown-field"
    ]
    return wrong or list(_lost(job, after, (), "Job"))


def _lost(before: Any, after: Any, path: Path, type_name: str) -> Iterator[JobProblem]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            below = (*path, key)
            if key in after:
                yield from _lost(value, after[key], below, _type_below(type_name, key))
            elif not _is_free(path):
                yield _dropped(below, value, type_name)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        inner = type_name.removeprefix("[]")
        for index, value in enumerate(before):
            yield from _lost(value, after[index], (*path, index), inner)
    elif before != after and not _is_free(path[:-1]):
        yield JobProblem(
            path, f"{before!r} would be written as {after!r}; Katib refuses the difference.",
            f"Write {after!r}.",
        )  # fmt: skip


def _dropped(path: Path, value: Any, type_name: str) -> JobProblem:
    key = str(path[-1])
    fields = struct(type_name) if is_struct(type_name) else {}
    if key in fields:
        return JobProblem(
            path, f"{key} is empty ({value!r}), which a Job drops; Katib refuses the difference.",
            "Remove it.", at_key=True,
        )  # fmt: skip
    same = [name for name in fields if name.lower() == key.lower()]
    guesses = same or close_names(key, fields)
    near = guesses[0] if guesses else None
    fix = f"Did you mean {near}?" if near else f"Allowed here: {', '.join(sorted(fields))}."
    rename = near if near and near not in path else None
    return JobProblem(path, f"a {_kind(type_name)} has no field {key!r}.", fix, rename, True)


def _is_free(path: Path) -> bool:
    return any(path[i : i + 2] in _FREE for i in range(len(path) - 1))


def _kind(type_name: str) -> str:
    return type_name.removesuffix("Spec") or type_name


def _type_below(type_name: str, key: str) -> str:
    if type_name.startswith("map[string]"):
        return type_name.removeprefix("map[string]").lstrip("*")
    if not is_struct(type_name) or key not in struct(type_name):
        return ""
    return struct(type_name)[key].type.lstrip("*")
