"""What a trial of `eegtune.tune` runs: the pickled function with the trial's values."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def main(words: list[str]) -> int:
    """Call the function in the file `words[0]` with `--name=value` of the other words."""
    stored = pickle.loads(Path(words[0]).read_bytes())
    sys.path[:0] = stored["path"]
    function = pickle.loads(stored["function"])
    values = dict(word.removeprefix("--").split("=", 1) for word in words[1:])
    arguments = {name: _value(stored["choices"].get(name), text) for name, text in values.items()}
    for metrics in _results(function(**arguments), stored["metric"]):
        line = " ".join(f"{name}={float(value)!r}" for name, value in metrics.items())
        print(line, flush=True)
    return 0


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
