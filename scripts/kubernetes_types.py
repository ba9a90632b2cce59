"""Write eegtune/spec/kubernetes_types.json from the Go source of the Kubernetes API.

Usage: python scripts/kubernetes_types.py core/v1/types.go batch/v1/types.go meta/v1/types.go

The files are those of k8s.io/api and k8s.io/apimachinery at the version of Katib's go.mod. Only
names, types and `omitempty` are taken, of what a Job, a container and an HTTP probe reach.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOTS = ("Job", "Container", "HTTPGetAction", "ObjectMeta")
SCALARS = {
    "resource.Quantity": "Quantity",
    "intstr.IntOrString": "IntOrString",
    "metav1.Time": "Time",
    "Time": "Time",
    "MicroTime": "Time",
    "int": "int64",
    "types.UID": "string",
    "FieldsV1": "any",
    "URIScheme": "string",
}
STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
ALIAS = re.compile(r"^type (\w+) (string|int32|map\[\w+\][\w.]+)$", re.M)
FIELD = re.compile(r"^\t(\w+)?\s*([\w.\[\]*]+)?\s*`json:\"([^\"]*)\"", re.M)


def main() -> None:
    """Read the Go files named on the command line and write the table."""
    text = "\n".join(Path(name).read_text("utf-8") for name in sys.argv[1:])
    structs, aliases = dict(STRUCT.findall(text)), dict(ALIAS.findall(text))
    table: dict[str, dict[str, str]] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        if name in table or name not in structs:
            continue
        table[name] = fields_of(name, structs, aliases)
        waiting += [re.sub(r"[?*]|\[\]|map\[string\]", "", kind) for kind in table[name].values()]
    target = Path(__file__).parents[1] / "eegtune" / "spec" / "kubernetes_types.json"
    target.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n", "utf-8")


def fields_of(name: str, structs: dict[str, str], aliases: dict[str, str]) -> dict[str, str]:
    """Return a struct's fields, those of embedded structs among them."""
    result: dict[str, str] = {}
    for go_name, go_type, tag in FIELD.findall(structs[name]):
        json_name, *options = tag.split(",")
        if "inline" in options:
            embedded = (go_type or go_name).split(".")[-1]
            result |= fields_of(embedded, structs, aliases)
        elif json_name != "-":
            result[json_name] = spell(go_type, aliases) + ("?" if "omitempty" in options else "")
    return result


def spell(go_type: str, aliases: dict[str, str]) -> str:
    """Write a Go type as go_types.py reads it."""
    for prefix in ("*", "[]"):
        if go_type.startswith(prefix):
            inner = go_type.removeprefix(prefix)
            return "string" if go_type == "[]byte" else prefix + spell(inner, aliases)
    if go_type.startswith("map["):
        return "map[string]" + spell(go_type.partition("]")[2], aliases)
    if go_type in SCALARS:
        return SCALARS[go_type]
    short = go_type.split(".")[-1]
    return spell(aliases[short], aliases) if short in aliases else short


if __name__ == "__main__":
    main()
