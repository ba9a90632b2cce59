"""A campaign's folder: the campaign as it is run, how its phases ended, and their runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eegtune.campaign.document import CampaignError


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    """Where a campaign keeps what."""

    path: Path

    @property
    def campaign(self) -> Path:
        """The campaign as it is run."""
        return self.path / "campaign.yaml"

    @property
    def endings(self) -> Path:
        """How phases ended."""
        return self.path / "phases.json"

    @property
    def lock(self) -> Path:
        """The file that the process that runs the campaign holds locked."""
        return self.path / "campaign.lock"

    def phase(self, name: str) -> Path:
        """Return the run folder of a phase."""
        return self.path / "phases" / name


def read_endings(folder: CampaignFolder) -> dict[str, str]:
    """Return by phase why it ended; phases that have not are absent.

    Raises:
        CampaignError: The file is damaged.
    """
    try:
        found: Any = json.loads(folder.endings.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CampaignError(
            f"{folder.endings} cannot be read ({error}); delete it, and phases that have ended "
            "are found to have ended again"
        ) from None
    return {str(name): str(why) for name, why in found.items()}


def write_endings(folder: CampaignFolder, endings: Mapping[str, str]) -> None:
    """Keep why phases ended: the file is whole at any instant."""
    replace_file(folder.endings, json.dumps(dict(endings), indent=2, ensure_ascii=False) + "\n")


def replace_file(path: Path, text: str) -> None:
    """Write a file that is the old one or the new one at any instant."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
