"""kubectl and helm, as users call them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[3]


class CommandError(AssertionError):
    """A command failed; its message is what the command said."""


def call(*words: str, text: str | None = None, timeout_seconds: float = 180) -> str:
    """Run a command and return what it printed.

    Raises:
        CommandError: It failed.
    """
    done = subprocess.run(
        words, input=text, capture_output=True, text=True, timeout=timeout_seconds, cwd=PROJECT
    )
    if done.returncode:
        raise CommandError(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def kubectl(*words: str, text: str | None = None, timeout_seconds: float = 180) -> str:
    """Run kubectl."""
    return call("kubectl", *words, text=text, timeout_seconds=timeout_seconds)


def helm(*words: str, timeout_seconds: float = 300) -> str:
    """Run helm."""
    return call("helm", *words, timeout_seconds=timeout_seconds)


def get(kind: str, *words: str) -> Any:
    """Return an object, or the items of a list."""
    found = json.loads(kubectl("get", kind, *words, "-o", "json"))
    return found.get("items", found)


def apply(*objects: dict[str, Any], dry_run: bool = False) -> str:
    """Apply objects as the API server sees them; fields that it does not know are errors."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    words = ["apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"]
    return kubectl(*words, *(["--dry-run=server"] if dry_run else []), text=text)
