"""What differs between the Experiment of a run and the one that shall go on with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from eegtune.spec.experiment import Experiment

EDITABLE = ("parallelTrialCount", "maxTrialCount", "maxFailedTrialCount")
_ABSENT = "(not there)"


class ChangedExperimentError(Exception):
    """The Experiment is not the one that was run in this folder."""

    def __init__(self, folder: object, differences: list[str]) -> None:
        self.differences = differences
        shown = "\n".join(f"  {line}" for line in differences)
        super().__init__(
            f"{folder} holds a run of another Experiment:\n{shown}\n"
            f"Only {', '.join(EDITABLE)} may change. Use another --dir, or --fresh to move the "
            "old run aside and start anew"
        )


def differences(before: Experiment, after: Experiment) -> list[str]:
    """Return one line for each difference that a run may not have, as `path: before -> after`."""
    old = {"name": before.name, **_flat(before.spec.to_dict(), "spec")}
    new = {"name": after.name, **_flat(after.spec.to_dict(), "spec")}
    return [
        f"{path}: {old.get(path, _ABSENT)} -> {new.get(path, _ABSENT)}"
        for path in dict.fromkeys([*old, *new])
        if old.get(path) != new.get(path) and path.removeprefix("spec.") not in EDITABLE
    ]


def _flat(node: object, path: str) -> dict[str, object]:
    return dict(_leaves(node, path))


def _leaves(node: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(node, Mapping) and node:
        for key, child in node.items():
            yield from _leaves(child, f"{path}.{key}")
    elif isinstance(node, (list, tuple)) and node:
        for index, child in enumerate(node):
            yield from _leaves(child, f"{path}[{index}]")
    else:
        yield path, node
