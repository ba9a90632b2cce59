"""The state of a git repository: commit, and what was changed but not committed."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

from eegtune.report.redaction import HIDDEN, is_secret_name

_SECONDS = 5
_MOST_CHARACTERS = 100_000
_MOST_UNTRACKED = 100
_ASSIGNED = re.compile(r"""(?P<head>["']?(?P<name>[\w.-]+)["']?\s*[:=]\s*)(?P<value>\S.*)""")
_SECRET_FILE = re.compile(r"(^|/)(\.env[\w.]*|.*\.(pem|key|p12|pfx)|id_[a-z0-9]+|\.netrc)$")


def repository_state(folder: Path) -> dict[str, Any]:
    """Return commit and changes of the repository around a folder; nothing where there is none.

    Returns:
        `commit`, `is_dirty` (None where git does not say) and, where it is, `diff` (or only its
        `diff_sha256` where it is over 100,000 characters) and `untracked` (names). Values that are
        assigned to names which speak of secrets are hidden, files that hold keys left out.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    changes = _git(folder, "status", "--porcelain")
    found: dict[str, Any] = {
        "commit": commit.strip(),
        "is_dirty": None if changes is None else bool(changes.strip()),
    }
    return {**found, **_changes(folder)} if found["is_dirty"] else found


def _changes(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    diff = _git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff", "--no-textconv") or ""
    if diff:
        found["diff_sha256"] = hashlib.sha256(diff.encode()).hexdigest()
        clean = without_secrets(diff)
        if len(clean) <= _MOST_CHARACTERS:
            found["diff"] = clean
    untracked = (_git(folder, "ls-files", "--others", "--exclude-standard") or "").splitlines()
    if untracked:
        found["untracked"] = untracked[:_MOST_UNTRACKED]
    return found


def without_secrets(diff: str) -> str:
    r"""Return a diff without the files that hold keys, and without what is assigned to secrets.

    >>> print(without_secrets('+++ b/a.py\n+api_key = "abc"\n+rate = 1'))
    +++ b/a.py
    +api_key = [hidden]
    +rate = 1
    """
    kept, hides = [], False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            hides = bool(_SECRET_FILE.search(line.rpartition(" b/")[2]))
            kept.append(line)
        elif not hides:
            kept.append(_hidden(line))
    return "\n".join(kept)


def _hidden(line: str) -> str:
    if line[:4] in ("+++ ", "--- "):
        return line
    return _ASSIGNED.sub(
        lambda found: f"{found['head']}{HIDDEN}" if is_secret_name(found["name"])
        else found.group(),
        line,
    )  # fmt: skip


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
