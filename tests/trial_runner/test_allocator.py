from __future__ import annotations

import resource
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from trial_runner.allocator import keep_freed_memory

agreed = keep_freed_memory() if sys.argv[1] == "keep" else None
import numpy as np

def faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

[np.ones(100_000) for _ in range(9)]
before = faults()
for _ in range(50):
    [np.ones(100_000) for _ in range(9)]
print(agreed, faults() - before)
"""


def _page_faults(mode: str) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True
    )
    agreed, faults = done.stdout.split()
    return agreed, int(faults)


@pytest.mark.skipif(sys.platform != "linux", reason="an option of glibc")
def test_a_matrix_of_the_size_of_one_just_freed_costs_no_new_pages() -> None:
    agreed, faults = _page_faults("keep")
    if agreed != "True":
        pytest.skip("this C library has no mallopt")
    pages = 9 * 800_000 // resource.getpagesize()
    assert faults < pages
