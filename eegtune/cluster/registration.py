"""Register our services in an installed Katib, and take them out again.

Katib reads which image serves which algorithm from one ConfigMap of its own. It belongs to whoever
installed Katib, so entries are merged into it rather than written over it, comments stay, and an
annotation remembers what was there before: `unregister` gives exactly that back.

Runs as a hook of the chart: python -m eegtune.cluster.registration register --entries FILE
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping, MutableSequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from eegtune.cluster.katib.in_cluster import ApiError, ClusterApi

KEY = "katib-config.yaml"
SECTIONS = ("suggestions", "earlyStoppings")
ATTEMPTS = 5

Entries = Mapping[str, list[dict[str, Any]]]
"""For each of SECTIONS, entries as Katib reads them; each has an `algorithmName`."""

Before = dict[str, dict[str, Any]]
"""For each section and algorithm that we registered, what Katib had: an entry, or None."""


class Registered(NamedTuple):
    """A KatibConfig with entries of ours, and what they took the place of."""

    text: str
    before: Before


def register(text: str, entries: Entries, before: Before, replace: bool) -> Registered:
    """Return a KatibConfig with the entries.

    Args:
        text: The KatibConfig as it is.
        entries: What to register.
        before: What an earlier registration found; that one is undone first.
        replace: Whether an entry that Katib has under the same name gives way.

    Raises:
        ValueError: The text is no KatibConfig.
    """
    document = _parse(text)
    _undo(document, before)
    found: Before = {}
    for section in SECTIONS:
        wanted = entries.get(section) or []
        present = document["runtime"].setdefault(section, []) if wanted else []
        for entry in wanted:
            name = entry["algorithmName"]
            index = _index(present, name)
            if index is not None and not replace:
                continue
            found.setdefault(section, {})[name] = None if index is None else _plain(present[index])
            if index is None:
                present.append(entry)
            else:
                present[index] = entry
    return Registered(_write(document), found)


def unregister(text: str, before: Before) -> str:
    """Return the KatibConfig as it was before a registration, other edits since then kept.

    Raises:
        ValueError: The text is no KatibConfig.
    """
    document = _parse(text)
    _undo(document, before)
    return _write(document)


def _undo(document: MutableMapping[str, Any], before: Before) -> None:
    for section, entries in before.items():
        present = document["runtime"].get(section) or []
        for name, original in entries.items():
            index = _index(present, name)
            if index is None:
                continue
            if original is None:
                del present[index]
            else:
                present[index] = original
        if not present:
            document["runtime"].pop(section, None)


def _index(entries: MutableSequence[Any], name: str) -> int | None:
    """Return where an algorithm's entry is; the last counts, as for Katib."""
    found = [i for i, entry in enumerate(entries) if entry.get("algorithmName") == name]
    return found[-1] if found else None


def _parse(text: str) -> MutableMapping[str, Any]:
    document = _yaml().load(text)
    if not isinstance(document, MutableMapping) or document.get("kind") != "KatibConfig":
        raise ValueError(f"{KEY} holds no object of kind KatibConfig")
    if not isinstance(document.setdefault("runtime", {}), MutableMapping):
        raise ValueError(f"{KEY}: runtime is {document['runtime']!r}, not a mapping")
    return document


def _plain(value: Any) -> Any:
    """Return ruamel's mappings and lists as plain ones."""
    return json.loads(json.dumps(value))


def _write(document: MutableMapping[str, Any]) -> str:
    from io import StringIO

    stream = StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.explicit_start = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def change(api: ClusterApi, path: str, owner: str, entries: Entries | None, replace: bool) -> str:
    """Register entries in the ConfigMap at this path, or unregister where there are none.

    Returns:
        What was done, in a sentence.

    Raises:
        ApiError: The ConfigMap cannot be read or changed.
        ValueError: It holds no KatibConfig.
    """
    annotation = f"eegtune.dev/{owner}-found"
    for attempt in range(1, ATTEMPTS + 1):
        config = api.get(path)
        text = (config.get("data") or {}).get(KEY, "")
        before = json.loads((config["metadata"].get("annotations") or {}).get(annotation) or "{}")
        after = register(text, entries or {}, before, replace) if entries else None
        note = json.dumps(after.before) if after else None
        patch = {
            "metadata": {
                "resourceVersion": config["metadata"]["resourceVersion"],
                "annotations": {annotation: note},
            },
            "data": {KEY: after.text if after else unregister(text, before)},
        }
        try:
            api.merge(path, patch)
        except ApiError as error:
            if error.status == 409 and attempt < ATTEMPTS:
                continue  # someone else changed it between our reading and writing
            raise
        break
    return _said(after.before if after else None)


def _said(registered: Before | None) -> str:
    if registered is None:
        return "Katib's configuration is as it was before."
    names = [name for section in SECTIONS for name in registered.get(section, {})]
    return f"Katib now finds: {', '.join(names) or 'nothing new'}."


@click.command()
@click.argument("action", type=click.Choice(["register", "unregister"]))
@click.option("--namespace", default="kubeflow", show_default=True, help="Where Katib is.")
@click.option("--config-map", default="katib-config", show_default=True, help="Its ConfigMap.")
@click.option("--owner", default="eegtune", show_default=True, help="The release's name.")
@click.option("--entries", type=click.Path(path_type=Path), help="What to register, as YAML.")
@click.option("--replace", is_flag=True, help="Take the place of entries of the same name.")
def main(
    action: str, namespace: str, config_map: str, owner: str, entries: Path | None, replace: bool
) -> None:
    """Change Katib's configuration from within the cluster."""
    import os

    import yaml

    given = yaml.safe_load(entries.read_text("utf-8")) if entries else None
    if action == "register" and not given:
        raise click.UsageError("--entries must name a file with the entries to register")
    path = f"/api/v1/namespaces/{namespace}/configmaps/{config_map}"
    try:
        api = ClusterApi.of_this_pod(os.environ)
        click.echo(change(api, path, owner, given if action == "register" else None, replace))
    except ApiError as error:
        if action == "unregister" and error.status == 404:
            click.echo(f"Katib's {config_map} in {namespace} is gone; there is nothing to undo.")
            return
        raise click.ClickException(f"{config_map} in {namespace}: {error}") from error
    except ValueError as error:
        raise click.ClickException(f"{config_map} in {namespace}: {error}") from error


if __name__ == "__main__":
    main()
