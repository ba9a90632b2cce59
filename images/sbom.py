"""Print what this image consists of, as CycloneDX 1.5 JSON: Python's and Debian's packages.

Everything is read from what is installed: no network, no tool beside Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from typing import Any

Component = dict[str, Any]


def main() -> None:
    """Print the list, sorted, so that the same content gives the same text."""
    components = sorted([*python_packages(), *debian_packages()], key=lambda each: each["purl"])
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "eegtune"}},
        "components": components,
    }
    json.dump(document, sys.stdout, indent=1)


def python_packages() -> Iterator[Component]:
    """Yield the distributions that this interpreter sees."""
    for distribution in distributions():
        name = distribution.metadata["Name"].lower().replace("_", "-")
        yield {
            "type": "library",
            "name": name,
            "version": distribution.version,
            "purl": f"pkg:pypi/{name}@{distribution.version}",
            "licenses": [{"license": {"name": licence_of(distribution)}}],
        }


def licence_of(distribution: Distribution) -> str:
    """Return a distribution's licence in a few words."""
    metadata = distribution.metadata
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in metadata.get_all("Classifier") or []
        if each.startswith("License :: ")
    ]
    given = metadata.get("License-Expression") or metadata.get("License") or ""
    short = given.strip().partition("\n")[0][:80]
    return metadata.get("License-Expression") or ", ".join(classifiers) or short or "not stated"


def debian_packages() -> Iterator[Component]:
    """Yield the installed Debian packages; none where this is no Debian."""
    try:
        output = subprocess.run(
            ["dpkg-query", "-Wf", "${Package}\t${Version}\t${Architecture}\n"],
            capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
    except FileNotFoundError:
        return
    for line in output.splitlines():
        name, version, architecture = line.split("\t")
        yield {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:deb/debian/{name}@{version}?arch={architecture}",
        }


if __name__ == "__main__":
    main()
