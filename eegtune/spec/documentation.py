"""docs/validation.md, from the rules."""

from __future__ import annotations

from collections.abc import Iterator

from eegtune.spec.rules.catalogue import TOPICS
from eegtune.spec.rules.rule import Rule

_HEAD = """\
# What `eegtune validate` says

This page is made from the rules in `eegtune/spec/rules` (`python -m eegtune.spec.documentation`).

A finding is
- **refused**: Katib's webhook or the API server says no;
- **broken**: it is admitted, and will not work;
- **poor**: it works, at a cost;
- **unreadable**: the file is not even a YAML document.

Each names its rule, its place and a fix. `eegtune validate --fix` makes the safe ones in the file
and leaves everything else, comments included, as it was. `eegtune run` refuses what is refused or
broken, except where the last column says *cluster*: that concerns Katib's cluster only.

| exit code | meaning |
| --- | --- |
| 0 | nothing worse than poor |
| 1 | something refused or broken |
| 2 | a file cannot be read |

`accepted` in the JSON output is the webhook's own answer. It depends on the cluster:
`--katib-config` says which algorithms and collectors Katib knows (`stock`: what it ships;
`eegtune`: with eegtune's services; or a file), `--namespace-labels` what the namespace carries.
ConfigMaps and Namespaces among the files are taken into account.
"""


def validation_page() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *_tables())) + "\n"


def _tables() -> Iterator[str]:
    for topic, rules in TOPICS.items():
        yield f"## {topic}\n"
        yield "| rule | severity | what happens | fix | where |"
        yield "| --- | --- | --- | --- | --- |"
        yield from (_row(rule) for rule in rules)
        yield ""


def _row(rule: Rule) -> str:
    where = "cluster" if rule.only_on_katib else ""
    cells = (f"`{rule.id}`", str(rule.severity), rule.reason, rule.fix, where)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(validation_page(), end="")
