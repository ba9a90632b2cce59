"""From a file to typed Experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from eegtune.spec.decode import Decoder
from eegtune.spec.defaults import apply_defaults
from eegtune.spec.experiment import Experiment
from eegtune.spec.finding import Finding, Severity, SpecError
from eegtune.spec.nodes import Node
from eegtune.spec.reader import read_trees


def load_experiment(path: str | Path) -> Experiment:
    """Read the one Experiment of a file.

    Raises:
        SpecError: There is no such file, or it holds no usable Experiment.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        finding = Finding(
            "no-file", Severity.UNREADABLE, (),
            f"the file cannot be read: {error.strerror or error}.", "Check the name.",
        )  # fmt: skip
        raise SpecError(str(path), [finding]) from None
    return load_experiment_text(data, str(path))


def load_experiment_text(text: str | bytes, source: str = "<text>") -> Experiment:
    """Read the one Experiment of a text.

    Raises:
        SpecError: It holds no usable Experiment, or several.
    """
    trees = read_trees(text, source)
    roots = [node for node, _ in trees if _is_experiment(node)]
    if len(roots) != 1:
        finding = Finding(
            "one-experiment", Severity.UNREADABLE, (),
            f"there are {len(roots)} Experiments here; expected one.",
            "Give a file with one document of kind Experiment (kubeflow.org/v1beta1).",
        )  # fmt: skip
        raise SpecError(source, [finding])
    return _typed(roots[0], source)


def _is_experiment(node: Node) -> bool:
    kind = node.child("kind")
    return kind is not None and kind.value == "Experiment"


def _typed(root: Node, source: str) -> Experiment:
    decoder = Decoder()
    spec_node = root.child("spec") or Node({}, root.line, root.column)
    spec = apply_defaults(decoder.decode("ExperimentSpec", spec_node, ("spec",)))
    metadata = root.child("metadata")
    document = {
        "metadata": metadata.plain() if metadata else {},
        "spec": spec,
    }
    findings = [finding for finding in decoder.findings if finding.severity.is_error]
    if findings:
        raise SpecError(source, findings)
    try:
        return Experiment.model_validate(document)
    except ValidationError as error:
        raise SpecError(source, [_from_pydantic(item, root) for item in error.errors()]) from None


def _from_pydantic(item: Any, root: Node) -> Finding:
    path = tuple(item["loc"])
    node = root.nearest(path)
    return Finding(
        "not-usable", Severity.REFUSED, path, f"{item['msg']}.", "Correct it.",
        node.line, node.column, node.width, item.get("input"),
    )  # fmt: skip


def dump_experiment(experiment: Experiment) -> str:
    """Write an Experiment as YAML that loads to the same Experiment."""
    import yaml

    document = {"apiVersion": experiment.api_version, "kind": experiment.kind}
    document |= experiment.to_dict()
    return yaml.dump(_plain(document), Dumper=_Dumper(), sort_keys=False, allow_unicode=True, width=99)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _Dumper() -> Any:
    """Return a dumper that quotes every text that Go would not read as text."""
    import yaml

    from eegtune.spec.scalars import resolve_plain

    class Quoting(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def represent(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = None if resolve_plain(text) == text and isinstance(resolve_plain(text), str) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Quoting.add_representer(str, represent)
    return Quoting
