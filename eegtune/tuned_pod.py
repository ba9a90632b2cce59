"""How `eegtune.tune` sends a function to a cluster: in variables of the trials' container."""

from __future__ import annotations

import base64
import zlib

from eegtune import __version__
from eegtune.spec import Experiment

VARIABLE = "EEGTUNE_FUNCTION"
# Linux takes 128 KiB a variable; an object of a cluster about 1.5 MB, twice in Katib's (the
# Experiment, and the annotation of who applied it).
_PART = 100_000
_MOST = 500_000


def own_image(has_torch: bool) -> str:
    """Return our image that can run a function, or a LightningModule."""
    return f"eegtune/{'torch' if has_torch else 'signal'}:{__version__}"


def with_function(experiment: Experiment, pickled: bytes) -> Experiment:
    """Return an Experiment whose trials find a function in their variables.

    Raises:
        ValueError: The function is too large; what it holds is part of it.
    """
    text = base64.b64encode(zlib.compress(pickled, 9)).decode("ascii")
    if len(text) > _MOST:
        raise ValueError(
            f"the function takes {len(text) / 1e6:.1f} MB with the data that it holds, of at most "
            f"{_MOST / 1e6:.1f}; let it read its data itself: from a volume, or from S3"
        )
    parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    variables = [{"name": f"{VARIABLE}_{n}", "value": part} for n, part in enumerate(parts)]
    body = experiment.to_dict()
    pod = body["spec"]["trialTemplate"]["trialSpec"]["spec"]["template"]["spec"]
    pod["containers"][0]["env"] = variables
    return Experiment.model_validate(body)
