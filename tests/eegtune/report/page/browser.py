"""Opening pages in the Chromium that the machine has, without any driver."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-unsafe-swiftshader", "--hide-scrollbars", "--enable-logging=stderr",
    "--virtual-time-budget=60000",
)  # fmt: skip


def chromium() -> str | None:
    """Return the browser's path; None where there is none."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Visit:
    """What a page came to.

    Attributes:
        dom: The document after its scripts ran.
        errors: Lines of the console that are errors.
    """

    dom: str
    errors: tuple[str, ...]

    @property
    def drawn(self) -> int:
        """How many figures were drawn."""
        return len(re.findall(r'<div class="drawing[^>]*data-drawn="true"', self.dom))

    @property
    def figures(self) -> int:
        """How many places for figures there are."""
        return len(re.findall(r'<div class="drawing', self.dom))


def visit(page: Path, profile: Path, width: int, *, dark: bool = False) -> Visit:
    """Open a page and wait for its scripts."""
    program = chromium()
    assert program is not None
    scheme = ("--blink-settings=preferredColorScheme=0",) if dark else ()
    done = subprocess.run(
        [
            program, *_FLAGS, *scheme, f"--user-data-dir={profile}", f"--window-size={width},900",
            "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    errors = [line for line in console if "GL Driver Message" not in line]
    return Visit(done.stdout, tuple(errors))
