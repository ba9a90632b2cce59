"""Large pages for what a process has imported, so that its forks start and end faster.

A fork copies the page table, and its end takes it down: 100,000 pages of 4 KiB after `import
torch`, which costs more than all else about a short trial. The kernel (Linux 6.1 and later)
gathers them into pages of 2 MiB on request; one page takes it some milliseconds.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator

_PAGE_BYTES = 2 * 2**20
_MADV_COLLAPSE = 25  # of <linux/mman.h>
_OWN_MEMORY = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(\[heap\])?")


def collapsible_pages(maps: str) -> Iterator[int]:
    """Yield the addresses of whole large pages in memory that belongs to no file.

    Args:
        maps: What Linux says of a process in `/proc/PID/maps`.
    """
    for line in maps.splitlines():
        match = _OWN_MEMORY.fullmatch(line.rstrip())
        if match:
            start, end = int(match[1], 16), int(match[2], 16)
            first = -(-start // _PAGE_BYTES) * _PAGE_BYTES
            yield from range(first, end - _PAGE_BYTES + 1, _PAGE_BYTES)


def own_large_pages() -> Iterator[int]:
    """Return the addresses of this process's own; none where the system does not list them."""
    try:
        with open("/proc/self/maps") as maps:
            return collapsible_pages(maps.read())
    except OSError:
        return iter(())


def collapse(address: int) -> bool:
    """Gather this process's memory from `address` on into one large page; False where not."""
    return _LIBC is not None and _LIBC.madvise(address, _PAGE_BYTES, _MADV_COLLAPSE) == 0


def _libc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return libc


_LIBC = _libc()
