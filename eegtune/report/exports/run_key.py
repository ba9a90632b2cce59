"""Which run something was exported from, so that a second export is known as one."""

from __future__ import annotations

import hashlib

from eegtune.report.material import Material


def run_key(material: Material) -> str:
    """Return the same text for the same run, wherever its folder is and however far it went."""
    started = material.state.start_time.isoformat() if material.state.start_time else ""
    first = material.records[0].name if material.records else ""
    text = "\0".join((material.experiment.name, started, first))
    return hashlib.sha256(text.encode()).hexdigest()[:20]
