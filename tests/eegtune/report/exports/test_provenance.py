import json
import subprocess
from dataclasses import replace

import numpy
import pytest

from eegtune.report.command import ComponentCommand, component_command
from eegtune.report.exports.provenance import (
    code_version,
    collect_provenance,
    data_hashes,
    environment,
    hash_of,
    images,
    merged,
)
from eegtune.report.reading import read_data_digest
from eegtune.report.write import write_report
from trial_runner.components import get_component

from ..runs import experiment, material
from ..stored import store


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


def test_of_the_environment_only_what_decides_about_results_is_recorded():
    given = {"OMP_NUM_THREADS": "2", "HOME": "/home/me", "AWS_SECRET_ACCESS_KEY": "x" * 20}
    assert environment(given) == {"OMP_NUM_THREADS": "2"}


def test_images_with_the_digest_that_pins_them():
    made = material(1)
    pod = {"containers": [{"name": "a", "image": "r.example/torch:1@sha256:12ab"},
                          {"name": "b", "image": "r.example/side:2"}]}  # fmt: skip
    template = made.experiment.spec.trial_template.model_copy(
        update={"trial_spec": {"spec": {"template": {"spec": pod}}}}
    )
    changed = replace(made, experiment=made.experiment.with_spec(trial_template=template))
    assert images(changed) == [
        {"image": "r.example/torch:1@sha256:12ab", "digest": "sha256:12ab"},
        {"image": "r.example/side:2", "digest": None},
    ]


SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
    "HF_TOKEN": "hf_abcdefghijklmnopqrstuvwx",
    "DATABASE_PASSWORD": "correct horse battery",
}


def test_planted_secrets_are_in_no_file_of_a_run(tmp_path, monkeypatch):
    """In the environment, in the code that was changed, and in what a trial wrote."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    _git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("x = 1\n")
    (tmp_path / ".env").write_text("X=1\n")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "train.py").write_text('x = 2\napi_key = "only-in-the-code-1"\n')
    (tmp_path / ".env").write_text("X=only-in-the-env-file-2\n")
    monkeypatch.chdir(tmp_path)
    made = material(15, failed_every=3)
    said = " ".join(SECRETS.values())
    failed = tuple(replace(r, message=f"Error: {said}" if r.message else "") for r in made.records)
    run = store(replace(made, records=failed), tmp_path / "run")
    written = write_report(run.path)
    record = json.loads(run.provenance.read_text())
    assert "+x = 2" in record["code"]["working_directory"]["diff"]
    planted = [*SECRETS.values(), "only-in-the-code-1", "only-in-the-env-file-2"]
    for file in written.files:
        text = file.read_text("utf-8", "replace")
        assert not [secret for secret in planted if secret in text], file


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
    (tmp_path / "new.py").write_text("")
    changed = code_version()["working_directory"]
    assert changed["is_dirty"] is True
    assert "-x = 1\n+x = 2\n" in changed["diff"]
    assert changed["untracked"] == ["new.py"]
    (tmp_path / "train.py").write_text("x = 3\n" * 30_000)
    changed = code_version()["working_directory"]
    assert "diff" not in changed
    assert len(changed["diff_sha256"]) == 64


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
    assert data_hashes(command, "told")[0]["sha256"] == hash_of(folder)["sha256"]


def test_data_by_name_have_the_hash_that_a_trial_told(tmp_path):
    made = material(1)
    run = store(made, tmp_path / "run")
    digest = "0123456789abcdef" * 4
    (trial,) = made.records
    run.trial(trial.name).path.mkdir(parents=True, exist_ok=True)
    run.trial(trial.name).stderr.write_text(
        f"a note\ntrial-7: data: sha256 {digest} of the contents of 12 files\n"
    )
    command = ComponentCommand(get_component("linear_probe"), {"data": "selfregulationscp1"}, {})
    assert data_hashes(command, read_data_digest(run, made.records)) == [
        {"name": "selfregulationscp1", "sha256": digest,
         "of": "contents of the files that trials read"}
    ]  # fmt: skip
    assert read_data_digest(run, ()) == ""


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
