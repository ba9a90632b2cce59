"""How far a transfer is, said on stderr."""

from __future__ import annotations

import sys
import time

_PAUSE_SECONDS, _PAUSE_ON_TERMINAL_SECONDS = 10.0, 0.5


class TransferProgress:
    """Say how far it is: every half second on a terminal, else every ten seconds."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._said = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Take how many bytes have come, and of how many (0 where not known)."""
        now = time.monotonic()
        is_last = total > 0 and done >= total
        pause = _PAUSE_ON_TERMINAL_SECONDS if self._on_terminal else _PAUSE_SECONDS
        if now - self._said < pause and not is_last:
            return
        self._said = now
        share = f" of {size_text(total)} ({done / total:.0%})" if total else ""
        end = "\r" if self._on_terminal and not is_last else "\n"
        print(f"{size_text(done)}{share}", end=end, file=sys.stderr, flush=True)


def size_text(count: int | None) -> str:
    """Return a number of bytes for people.

    >>> size_text(1536), size_text(None)
    ('1.5 kB', '?')
    """
    if count is None:
        return "?"
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
