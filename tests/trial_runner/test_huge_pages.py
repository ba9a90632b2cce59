from __future__ import annotations

import mmap
import re
import sys
from pathlib import Path

import pytest

from trial_runner.huge_pages import collapse, collapsible_pages, own_large_pages

MAPS = """\
55d0c0000000-55d0c0100000 rw-p 00000000 00:00 0                          [heap]
55d0c0200000-55d0c0700000 rw-p 00000000 00:00 0                          [heap]
7f0000100000-7f0000600000 rw-p 00000000 00:00 0
7f0001000000-7f0001400000 r-xp 00000000 00:00 0
7f0002000000-7f0002400000 rw-p 00000000 08:01 12345                      /usr/lib/libtorch.so
7f0003000000-7f0003400000 rw-s 00000000 00:01 1                          /dev/zero (deleted)
7ffc00000000-7ffc00400000 rw-p 00000000 00:00 0                          [stack]
"""
LARGE_PAGE_BYTES = 2 * 2**20


def test_only_whole_aligned_pages_of_private_memory_without_a_file_are_named() -> None:
    assert [hex(address) for address in collapsible_pages(MAPS)] == [
        "0x55d0c0200000",
        "0x55d0c0400000",
        "0x7f0000200000",
        "0x7f0000400000",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_memory_keeps_its_content_and_lies_in_a_large_page() -> None:
    with mmap.mmap(-1, 4 * LARGE_PAGE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        area[:] = bytes(range(256)) * (len(area) // 256)
        before = _large_kib()
        gathered = [collapse(address) for address in own_large_pages()]
        if not any(gathered):
            pytest.skip("this kernel gathers no pages on request")
        assert _large_kib() > before
        assert area[:] == bytes(range(256)) * (len(area) // 256)


def test_memory_that_is_not_ours_is_refused() -> None:
    assert not collapse(0)


def _large_kib() -> int:
    text = Path("/proc/self/smaps_rollup").read_text()
    return int(re.findall(r"AnonHugePages: +(\d+) kB", text)[0])
