"""From a file's text to its Experiments, each with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from eegtune.spec.case import Case, Surroundings
from eegtune.spec.decode import Decoder
from eegtune.spec.defaults import apply_defaults
from eegtune.spec.edits import Edit
from eegtune.spec.finding import Finding, Path, Severity
from eegtune.spec.katib_config import KatibConfig, shipped_config
from eegtune.spec.nodes import Node, shortened
from eegtune.spec.reader import read_trees
from eegtune.spec.rules.catalogue import RULES
from eegtune.spec.rules.rule import Problem, Rule

_MOST_PROBLEMS = 100  # of one rule; the rest is more of the same
_OTHER_KATIB_KINDS = (
    "Trial", "Suggestion", "TFJob", "PyTorchJob", "MPIJob", "XGBoostJob", "PaddleJob", "JAXJob",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one Experiment.

    Attributes:
        source: The file's name.
        name: The Experiment's name.
        findings: All that was found, in the file's order.
        document: Metadata and defaulted spec, as Katib's validating webhook sees them.
        root: Its tree.
        edits: The safe fix of each finding that has one, by the finding's position in `findings`.
        config_maps: ConfigMaps given beside it, by namespace and name.
    """

    source: str
    name: str
    findings: tuple[Finding, ...]
    document: Mapping[str, Any]
    root: Node
    edits: Mapping[int, Edit]
    config_maps: Mapping[tuple[str, str], Mapping[str, str]]

    @property
    def accepted(self) -> bool:
        """The webhook's own answer."""
        return all(finding.severity is not Severity.REFUSED for finding in self.findings)

    @property
    def is_fine(self) -> bool:
        """Whether nothing is worse than poor."""
        return not any(finding.severity.is_error for finding in self.findings)


Tree = tuple[str, Node, list[Finding]]


def read_files(texts: Iterable[tuple[str, str | bytes]]) -> tuple[list[Tree], Surroundings]:
    """Read texts by name; return Experiments' trees, and what the other documents tell.

    Raises:
        SpecError: A text cannot be read.
    """
    trees: list[Tree] = []
    surroundings = Surroundings(shipped_config(), {}, {})
    for source, text in texts:
        found, around = split_documents(source, text)
        trees += found
        surroundings = replace(
            surroundings,
            config_maps={**surroundings.config_maps, **around.config_maps},
            namespaces={**surroundings.namespaces, **around.namespaces},
        )
    return trees, surroundings


def split_documents(source: str, text: str | bytes) -> tuple[list[Tree], Surroundings]:
    """Read one text; see `read_files`."""
    trees: list[Tree] = []
    config_maps: dict[tuple[str, str], dict[str, str]] = {}
    namespaces: dict[str, dict[str, str]] = {}
    for root, findings in read_trees(text, source):
        for node in _items(root):
            kind = _text(node, "kind")
            if _is_experiment(node, kind):
                trees.append((source, node, findings))
            elif kind == "ConfigMap":
                config_maps[_key(node)] = _texts(node.child("data"))
            elif kind == "Namespace":
                namespaces[_key(node)[1]] = _texts(node.nearest(("metadata",)).child("labels"))
    return trees, Surroundings(shipped_config(), config_maps, namespaces)


def check_tree(tree: Tree, around: Surroundings) -> Verdict:
    """Return everything that is wrong with one Experiment."""
    source, root, read_findings = tree
    decoder = Decoder()
    metadata = _decode_metadata(decoder, root)
    spec_node = root.child("spec") or Node({}, root.line, root.column)
    spec = apply_defaults(decoder.decode("ExperimentSpec", spec_node, ("spec",)))
    _decode_status(decoder, root)
    _report_top_level(decoder, root)
    case = Case(root, metadata, spec, around)
    pairs: list[tuple[Finding, Edit | None]] = [(f, None) for f in read_findings]
    pairs += [(finding, decoder.edits.get(i)) for i, finding in enumerate(decoder.findings)]
    at_fault = _at_fault(decoder.findings)
    for rule in RULES:
        pairs += _apply(rule, case, at_fault)
    pairs.sort(key=lambda pair: (pair[0].line, pair[0].column))
    findings = tuple(finding for finding, _ in pairs)
    edits = {i: edit for i, (_, edit) in enumerate(pairs) if edit is not None}
    document = {"metadata": metadata, "spec": spec}
    return Verdict(source, case.name, findings, document, root, edits, around.config_maps)


def check_text(
    text: str | bytes, source: str = "<text>", config: KatibConfig | None = None
) -> list[Verdict]:
    """Return the verdict on each Experiment of a text.

    Raises:
        SpecError: The text cannot be read.
    """
    trees, around = split_documents(source, text)
    if config is not None:
        around = replace(around, config=config)
    return [check_tree(tree, around) for tree in trees]


def _apply(rule: Rule, case: Case, at_fault: set[Path]) -> Iterator[tuple[Finding, Edit | None]]:
    if rule.check is None:
        return
    for problem in islice(rule.check(case), _MOST_PROBLEMS):
        # What could not be decoded is empty by now; that it is missing is not news.
        if problem.path not in at_fault:
            yield _finding(rule, problem, case.root), problem.edit


def _at_fault(findings: Iterable[Finding]) -> set[Path]:
    """Return the places of what could not be decoded, and what directly holds them."""
    places = {finding.path for finding in findings if finding.rule == "wrong-type"}
    return places | {path[:-1] for path in places if len(path) > 1}


def _finding(rule: Rule, problem: Problem, root: Node) -> Finding:
    node = root.nearest(problem.path)
    value = node.shown
    exact = root.nearest(problem.path[:-1]) is not node or not problem.path
    if problem.at_key or not exact:
        node = _key_of(root, problem.path) or node
    return Finding(
        rule.id, problem.severity or rule.severity, problem.path,
        f"{shortened(_sentence(problem.message))} {rule.reason}",
        problem.fix or rule.fix, node.line, node.column, node.width, value if exact else None,
        rule.only_on_katib,
    )  # fmt: skip


def _sentence(text: str) -> str:
    """Begin with a capital letter, unless the first word is the name of a field or the like."""
    first = text.partition(" ")[0].rstrip(".,:;")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def _key_of(root: Node, path: Path) -> Node | None:
    """Return the key node of the last mapping entry on a path that exists."""
    found, node = None, root
    for part in path:
        if isinstance(node.value, dict) and part in node.value:
            found = node.value[str(part)].key
        below = node.child(part)
        if below is None:
            break
        node = below
    return found


def _decode_metadata(decoder: Decoder, root: Node) -> dict[str, Any]:
    node = root.child("metadata")
    if node is None:
        return {}
    before = len(decoder.findings)
    metadata = decoder.decode("ObjectMeta", node, ("metadata",))
    for index in range(before, len(decoder.findings)):
        finding = decoder.findings[index]
        if finding.rule == "unknown-field":
            decoder.findings[index] = replace(
                finding, rule="unknown-metadata", severity=Severity.REFUSED,
                message=f"The API server knows no field {finding.path[-1]!r} here.",
            )  # fmt: skip
    return dict(metadata) if isinstance(metadata, dict) else {}


def _decode_status(decoder: Decoder, root: Node) -> None:
    """Report what of a status cannot be decoded; what else it says is Katib's business."""
    node, before = root.child("status"), len(decoder.findings)
    if node is None:
        return
    decoder.decode("ExperimentStatus", node, ("status",))
    wrong = [finding for finding in decoder.findings[before:] if finding.rule == "wrong-type"]
    for index in range(before, len(decoder.findings)):
        decoder.edits.pop(index, None)
    decoder.findings[before:] = wrong


def _report_top_level(decoder: Decoder, root: Node) -> None:
    known = ("apiVersion", "kind", "metadata", "spec", "status")
    if isinstance(root.value, dict):
        for name, entry in root.value.items():
            if name not in known:
                decoder.report_unknown(name, entry, (), list(known))


def _items(root: Node) -> Iterator[Node]:
    """Yield a document, or the items of a List."""
    items = root.child("items")
    if _text(root, "kind").endswith("List") and items and isinstance(items.value, list):
        for item in items.value:
            yield from _items(item)
    else:
        yield root


def _is_experiment(node: Node, kind: str) -> bool:
    version = _text(node, "apiVersion")
    group = version.rpartition("/")[0]
    if kind == "Experiment" and group in ("kubeflow.org", ""):
        return True
    if group == "kubeflow.org" and kind not in _OTHER_KATIB_KINDS:
        return True
    return not kind and isinstance(node.value, dict) and "spec" in node.value


def _text(node: Node, key: str) -> str:
    child = node.child(key)
    return child.value if child is not None and isinstance(child.value, str) else ""


def _key(node: Node) -> tuple[str, str]:
    metadata = node.child("metadata") or node
    return _text(metadata, "namespace") or "default", _text(metadata, "name")


def _texts(node: Node | None) -> dict[str, str]:
    plain = node.plain() if node is not None else None
    return {key: str(value) for key, value in plain.items()} if isinstance(plain, dict) else {}
