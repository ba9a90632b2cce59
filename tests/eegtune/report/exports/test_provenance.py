import json
import subprocess

import numpy
import pytest

from eegtune.report.command import component_command
from eegtune.report.exports.provenance import (
    code_version,
    collect_provenance,
    data_hashes,
    hash_of,
    merged,
)

from ..runs import experiment, material


def _git(folder, *words):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def test_the_record_names_code_packages_machine_seeds_and_command():
    made = material(3)
    command = component_command(made.experiment, made.best.trial.assignments)
    found = collect_provenance(made, command, "run", ["/x/bin/eegtune", "run", "a.yaml"])
    assert found["command"] == "eegtune run a.yaml"
    assert found["packages"]["numpy"] == numpy.__version__
    assert found["machine"]["cpu_count"] >= 1
    assert found["data"] == [{"name": "SelfRegulationSCP1"}]
    assert found["seeds"]["trials"] == "0"
    assert "environment" not in json.dumps(found).lower().replace("environments", "")


def test_the_commit_of_the_working_directory_and_whether_it_was_changed(tmp_path, monkeypatch):
    _git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("x = 1\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "first")
    monkeypatch.chdir(tmp_path)
    clean = code_version()["working_directory"]
    assert len(clean["commit"]) == 40
    assert clean["is_dirty"] is False
    (tmp_path / "train.py").write_text("x = 2\n")
    assert code_version()["working_directory"]["is_dirty"] is True


def test_data_that_are_files_have_a_hash_of_their_contents(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.edf").write_bytes(b"1")
    (folder / "b.edf").write_bytes(b"2")
    before = hash_of(folder)
    assert before["of"] == "contents"
    (folder / "b.edf").write_bytes(b"3")
    assert hash_of(folder)["sha256"] != before["sha256"]
    made = material(
        1, made=experiment(command=("trial-runner", "linear_probe", f"--data={folder}"))
    )
    command = component_command(made.experiment, made.best.trial.assignments)
    assert data_hashes(command)[0]["sha256"] == hash_of(folder)["sha256"]


RUN = {"format": 1, "recorded": "run", "command": "a", "code": {"commit": "1"}}


@pytest.mark.parametrize(
    ("earlier", "found", "expected"),
    [
        (None, RUN, RUN),
        ({"broken": 1}, RUN, RUN),
        (RUN, {**RUN, "recorded": "rebuilt", "code": {}}, RUN),
        (RUN, {**RUN, "command": "b"}, {**RUN, "command": "b"}),
        (
            RUN,
            {**RUN, "code": {"commit": "2"}},
            {**RUN, "code": {"commit": "2"}, "earlier": [RUN]},
        ),
        ({**RUN, "recorded": "rebuilt"}, RUN, RUN),
    ],
    ids=["first", "unreadable", "rebuild", "same again", "other code", "run after a rebuild"],
)
def test_which_record_stays(earlier, found, expected):
    assert merged(earlier, found) == expected
