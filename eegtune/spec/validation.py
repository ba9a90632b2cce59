"""Validate files: read all, check each Experiment, mend what is safe to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eegtune.spec.case import Surroundings
from eegtune.spec.checking import Tree, Verdict, check_tree, split_documents
from eegtune.spec.edits import Edit, apply_edits
from eegtune.spec.finding import Finding, Severity, SpecError
from eegtune.spec.katib_config import KatibConfig, shipped_config
from eegtune.spec.reports import FileReport, of_error, of_verdict

_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name and content, or the reason why it has none."""

    name: str
    data: bytes = b""
    error: SpecError | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    source: Source
    trees: tuple[Tree, ...]
    around: Surroundings | None
    error: SpecError | None


def expand_names(names: Sequence[str]) -> Iterator[str]:
    """Replace folders by the YAML and JSON files below them."""
    for name in names:
        path = Path(name)
        if name != "-" and path.is_dir():
            yield from sorted(str(p) for p in path.rglob("*") if p.suffix in _SUFFIXES)
        else:
            yield name


def validate_sources(
    sources: Iterable[Source],
    config: KatibConfig | None = None,
    namespace_labels: Mapping[str, str] | None = None,
    against: Sequence[Source] = (),
    also: Callable[[Verdict], Iterable[Finding]] = lambda verdict: (),
) -> list[FileReport]:
    """Return a report for each Experiment, and for each file that cannot be read.

    ConfigMaps and Namespaces in any of the files are known to the Experiments of all.

    Args:
        sources: The files.
        config: Katib's configuration; by default the one that it ships.
        namespace_labels: Labels of the namespace that the Experiments go to.
        against: Files with the Experiments as they are in the cluster.
        also: Further findings on an Experiment in which nothing is refused or broken.

    Raises:
        SpecError: A file of `against` cannot be read.
    """
    read = [_read(source) for source in sources]
    around = _surroundings(read, config or shipped_config(), namespace_labels)
    around = replace(around, previous=_previous(against, around))
    reports = []
    for item in read:
        lines = _lines(item.source.data)
        if item.error is not None:
            reports.append(of_error(item.error, lines))
        for tree in item.trees:
            verdict = check_tree(tree, around)
            more = tuple(also(verdict)) if verdict.is_fine else ()
            verdict = replace(verdict, findings=verdict.findings + more)
            reports.append(of_verdict(verdict, lines))
    if not reports:
        reports = [of_error(_nothing(item.source.name)) for item in read]
    return reports


def fix_source(source: Source, config: KatibConfig | None = None) -> tuple[str, int]:
    """Return a file's text with what is safe to mend mended, and how many findings that were.

    A mended file may show further findings (a misspelt field hides what is below it), so it is
    looked at again, up to five times.

    Raises:
        SpecError: It cannot be read.
    """
    text, fixed = source.data.decode("utf-8-sig"), 0
    for _ in range(_MOST_ROUNDS):
        trees, around = split_documents(source.name, text)
        around = replace(around, config=config or around.config)
        new, count = _fix_trees(text, trees, around)
        if new == text or _is_worse(source.name, new):
            break
        text, fixed = new, fixed + count
    return text, fixed


def _fix_trees(text: str, trees: Sequence[Tree], around: Surroundings) -> tuple[str, int]:
    fixed = 0
    # From the last document to the first, so that lines of earlier ones stay where they are.
    for tree in reversed(trees):
        verdict = check_tree(tree, around)
        renames, others = _unique(verdict)
        # Renames first, by themselves: they change what else is missing.
        new, made = apply_edits(text, verdict.root, renames)
        if not made:
            new, made = apply_edits(text, verdict.root, others)
        text, fixed = new, fixed + len(made)
    return text, fixed


def _unique(verdict: Verdict) -> tuple[list[Edit], list[Edit]]:
    """Return renames and other edits, at most one a path."""
    seen: dict[tuple[str | int, ...], Edit] = {}
    for edit in verdict.edits.values():
        seen.setdefault(edit.path, edit)
    renames = [edit for edit in seen.values() if edit.rename is not None]
    return renames, [edit for edit in seen.values() if edit.rename is None]


def _is_worse(name: str, text: str) -> bool:
    try:
        split_documents(name, text)
    except SpecError:
        return True
    return False


def _read(source: Source) -> _Read:
    if source.error is not None:
        return _Read(source, (), None, source.error)
    try:
        trees, around = split_documents(source.name, source.data)
    except SpecError as error:
        return _Read(source, (), None, error)
    return _Read(source, tuple(trees), around, None)


def _surroundings(
    read: Sequence[_Read], config: KatibConfig, labels: Mapping[str, str] | None
) -> Surroundings:
    found = [item.around for item in read if item.around is not None]
    return Surroundings(
        config,
        {key: data for around in found for key, data in around.config_maps.items()},
        {key: data for around in found for key, data in around.namespaces.items()},
        labels,
    )


def _previous(sources: Sequence[Source], around: Surroundings) -> dict[str, dict[str, Any]]:
    """Return what the cluster holds, by name: defaulted spec and status."""
    found = {}
    for source in sources:
        if source.error is not None:
            raise source.error
        for tree in split_documents(source.name, source.data)[0]:
            verdict, status = check_tree(tree, around), tree[1].child("status")
            plain = status.plain() if status is not None else {}
            known = plain if isinstance(plain, dict) else {}
            found[verdict.name] = {"spec": verdict.document["spec"], "status": known}
    return found


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", "replace").splitlines()


def _nothing(name: str) -> SpecError:
    finding = Finding(
        "no-experiment", Severity.UNREADABLE, (),
        "No document here is an Experiment (kind: Experiment, apiVersion: kubeflow.org/v1beta1).",
        "Give a file that holds one; `eegtune init` writes one.",
    )  # fmt: skip
    return SpecError(name, [finding])
