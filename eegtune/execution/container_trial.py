"""The process of a trial in a container: runs it in the foreground, then says and cleans up.

    python -m eegtune.execution.container_trial RUNTIME NAME RUNTIME run …

A signal to our group reaches the runtime's client, which hands it to the container; this process
waits for the end. It exits with the container's exit code and says on standard error where the
kernel killed it for want of memory, which an exit code does not tell.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence

from eegtune.execution.container_command import remove_words
from eegtune.execution.memory import likely_cause_of_kill, out_of_memory_kills

_EXIT_NOT_FOUND = 127
_EXIT_KILLED = 128 + signal.SIGKILL


def main(words: Sequence[str]) -> int:
    """Run a container to its end; return its exit code."""
    runtime, name, *command = words
    signal.signal(signal.SIGTERM, lambda *_: None)
    kills = out_of_memory_kills()
    try:
        with subprocess.Popen(command) as client:
            code = client.wait()
    except OSError as error:
        print(f"{runtime}: {error.strerror}", file=sys.stderr)
        return _EXIT_NOT_FOUND
    if code and _was_out_of_memory(runtime, name):
        print("out of memory (OOMKilled): the container exceeded its limit", file=sys.stderr)
    elif code == _EXIT_KILLED and likely_cause_of_kill(kills):
        print(likely_cause_of_kill(kills), file=sys.stderr)
    subprocess.run(remove_words(runtime, name), capture_output=True, check=False)
    return code if code >= 0 else 128 - code


def _was_out_of_memory(runtime: str, name: str) -> bool:
    words = [runtime, "inspect", "--format", "{{.State.OOMKilled}}", name]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() == "true"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
