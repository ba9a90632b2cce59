"""Keep freed memory for the next matrices, instead of handing it back to the system.

A training loop of small models makes and frees matrices of some hundred KiB in each step. glibc
takes such sizes from the system and returns them each time, and the kernel clears them anew: a
fifth of the time of a step.
"""

from __future__ import annotations

import ctypes
import sys

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_NEVER_BYTES = 2**31 - 1
_GROW_BYTES = 64 * 2**20
_LARGEST_MMAP_THRESHOLD_BYTES = 32 * 2**20  # glibc refuses more


def keep_freed_memory() -> bool:
    """Ask the C library of this process for it; return whether it agreed (glibc only)."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = {
        _MMAP_THRESHOLD: _LARGEST_MMAP_THRESHOLD_BYTES,
        _TRIM_THRESHOLD: _NEVER_BYTES,
        _TOP_PAD: _GROW_BYTES,
    }
    agreed = [mallopt(option, value) for option, value in wanted.items()]  # each is asked
    return all(agreed)
