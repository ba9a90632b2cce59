"""What a trial of `eegtune.tune` runs: the pickled function with the trial's values.

The first word is the function's file; in a pod `env:NAME`: it comes in variables NAME_0, NAME_1 …
"""

from __future__ import annotations

import base64
import os
import pickle
import sys
import zlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import count, takewhile
from pathlib import Path
from typing import Any


def main(words: list[str]) -> int:
    """Call the function that `words[0]` names with `--name=value` of the other words."""
    variable = words[0].removeprefix("env:")
    is_in_pod = variable != words[0]
    stored = pickle.loads(_from_variables(variable) if is_in_pod else Path(words[0]).read_bytes())
    if stored["python"] != sys.version_info[:2]:
        needed, there = (".".join(map(str, v)) for v in (stored["python"], sys.version_info[:2]))
        print(f"the function is of Python {needed}, the image has {there}", file=sys.stderr)
        return 1
    sys.path[:0] = stored["path"]
    function = pickle.loads(stored["function"])
    values = dict(word.removeprefix("--").split("=", 1) for word in words[1:])
    arguments = {name: _value(stored["choices"].get(name), text) for name, text in values.items()}
    for metrics in _results(function(**arguments), stored["metric"]):
        line = " ".join(f"{name}={float(value)!r}" for name, value in metrics.items())
        print(line, flush=True)
    if is_in_pod:  # Katib fails a trial that ends before its collector has started
        collector: Any = import_module("trial_runner.collector")
        collector.wait_for_collector()
    return 0


def _from_variables(name: str) -> bytes:
    parts = takewhile(
        lambda text: text is not None, (os.environ.get(f"{name}_{n}") for n in count())
    )
    return zlib.decompress(base64.b64decode("".join(filter(None, parts))))


def _value(choices: Mapping[str, Any] | None, text: str) -> Any:
    """Return a value as the space has it: the very object of a list, else a number."""
    if choices is not None:
        return choices[text]
    return float(text) if any(letter in text for letter in ".eEn") else int(text)


def _results(result: Any, metric: str) -> Iterator[Mapping[str, Any]]:
    """Return metrics by report: of a generator each yield, else the one result."""
    if result is None:  # a LightningModule's training has reported by itself
        return
    if isinstance(result, Mapping):
        yield result
    elif isinstance(result, Iterator):
        for each in result:
            yield each if isinstance(each, Mapping) else {metric: each}
    else:
        yield {metric: result}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
