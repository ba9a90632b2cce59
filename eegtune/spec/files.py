"""Reading files."""

from __future__ import annotations

from pathlib import Path

from eegtune.spec.finding import Finding, Severity, SpecError


def read_bytes(path: str | Path) -> bytes:
    """Read a file.

    Raises:
        SpecError: It cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        finding = Finding(
            "no-file", Severity.UNREADABLE, (), f"The file cannot be read: {reason}.",
            "Check its name and permissions.",
        )  # fmt: skip
        raise SpecError(str(path), [finding]) from None
