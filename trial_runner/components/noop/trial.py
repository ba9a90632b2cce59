"""Do nothing."""

from __future__ import annotations

import time
from importlib import import_module

from trial_runner.arguments import Arguments
from trial_runner.reporting import report

_HEAVY = ("torch", "mne", "sklearn.linear_model")


def run(arguments: Arguments) -> None:
    """Report the number that was given."""
    if arguments.options["imports"] == "true":
        for name in _HEAVY:
            import_module(name)
    time.sleep(float(arguments.options["seconds"]))
    report({"score": arguments.number("x")})
