from __future__ import annotations

import re

import pytest

from trial_runner.data.told import tell_digest


def test_a_hash_of_all_files_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell_digest(["aa", "bb"])
    tell_digest(["aa", "bc"])
    output, said = capsys.readouterr()
    first, second = said.splitlines()
    assert re.fullmatch(r"data: sha256 [0-9a-f]{64} of the contents of 2 files", first)
    assert first != second
    assert "=" not in said + output  # nothing that a collector takes for a metric
