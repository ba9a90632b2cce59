from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from trial_runner.training.checkpoint_cleanup import collect
from trial_runner.training.checkpoint_place import FolderPlace

A, B, C, FOREIGN = (f"probe-{letter * 64}" for letter in "abcd")


def filled(folder: Path) -> FolderPlace:
    place = FolderPlace(folder)
    for series in (A, B, C, FOREIGN):
        place.write(f"{series}/00000001-0123456789abcdef.pt", b"x")
    for trial, series in {"t0": A, "t1": A, "t2": B, "t3": C, "other": FOREIGN}.items():
        place.write(f"trials/{trial}", series.encode())
    return place


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_what_the_run_announced_goes_and_the_kept_stays(tmp_path: Path) -> None:
    place = filled(tmp_path)
    assert collect(place, ["t0", "t1", "t2", "t3", "t4"], ["t0"]) == 2
    assert names(tmp_path) == [A, FOREIGN, "trials"]
    assert names(tmp_path / "trials") == ["other", "t0"]
    assert collect(place, ["t0", "t1", "t2", "t3"], ["t0"]) == 0
    assert collect(place, ["t0"], []) == 1
    assert names(tmp_path) == [FOREIGN, "trials"]


def test_a_pointer_to_elsewhere_deletes_nothing(tmp_path: Path) -> None:
    place = filled(tmp_path)
    for text in ("../outside", "trials", ""):
        place.write("trials/t0", text.encode())
        assert collect(place, ["t0"], []) == 0
    assert len(names(tmp_path)) == 5


def test_the_command(tmp_path: Path) -> None:
    filled(tmp_path)
    module = "trial_runner.training.checkpoint_cleanup"
    asked = json.dumps({"trials": ["t2", "t3"], "keep": ["t3"]})
    command = [sys.executable, "-X", "importtime", "-m", module, str(tmp_path)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, '{"deleted": 1}\n'), done.stderr
    assert " torch" not in done.stderr
    command[-1] = "gs://x"
    failed = subprocess.run(command, input=asked, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "allowed are a folder and s3://bucket/prefix" in failed.stderr
