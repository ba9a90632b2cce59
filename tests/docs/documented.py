"""The `eegtune` commands that the docs show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md"]
_SHOWN = re.compile(r"(?:^|`|\$ |&& |^    )(eegtune (?:[^`\n\\]|\\\n|\\.)*)", re.MULTILINE)
_ENDS = {"|", "||", "&&", ">", ">>", "<", ";", "&", "→"}


class Command(NamedTuple):
    """A command in a page."""

    page: str
    words: tuple[str, ...]


def commands(page: Path) -> list[Command]:
    """Return all commands of a page, without shell syntax."""
    text = page.read_text("utf-8")
    found = [_words(match.group(1)) for match in _SHOWN.finditer(text)]
    name = page.relative_to(ROOT).as_posix()
    return list(dict.fromkeys(Command(name, words) for words in found if words[1:]))


def blocks(page: Path) -> list[str]:
    """Return the ```bash blocks of a page."""
    return re.findall(r"^```bash\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def _words(text: str) -> tuple[str, ...]:
    text = re.sub(r"\\\n\s*", " ", text).replace("[", " ").replace("]", " ")
    try:
        words = shlex.split(text, comments=True)
    except ValueError:  # prose goes on after the command
        words = text.split()
    end = next((n for n, word in enumerate(words) if word in _ENDS), len(words))
    return tuple(words[:end])
