import json
import os
import stat
from dataclasses import replace

import pytest
import yaml

from eegtune.execution.store import NoRunError
from eegtune.report import write_report
from eegtune.report.reading import read_material

from .runs import experiment, material, record
from .stored import store

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "planted-aws-secret-0123456789",
    "WANDB_API_KEY": "planted-wandb-key-abcdef",
    "DATABASE_PASSWORD": "planted<pass>&word",
}


@pytest.fixture
def run(tmp_path):
    return store(material(40), tmp_path / "run")


def test_a_run_comes_back_as_it_was_stored(run):
    made = material(40)
    found = read_material(run.path)
    assert found.experiment == made.experiment
    assert found.records == made.records
    assert found.curves == {
        name: curve for name, curve in made.curves.items() if name in found.curves
    }
    assert len(found.curves) == len(made.finished)


def test_report_and_exports_are_written(run):
    written = write_report(run.path)
    assert written.notes == ()
    assert {path.name for path in written.files} == {
        "report.html", "best.yaml", "best_hyperparameters.json", "trials.parquet",
        "provenance.json", "report.md",
    }  # fmt: skip
    assert all(path.stat().st_size > 100 for path in written.files)
    assert not list(run.path.glob(".*.*"))  # nothing temporary stays


def test_files_can_be_read_by_others(run):
    write_report(run.path)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(run.report.stat().st_mode) == 0o666 & ~umask


def test_everything_can_be_rebuilt(run):
    first = write_report(run.path)
    before = {p: p.read_bytes() for p in first.files if p.suffix in (".yaml", ".json")}
    for path in first.files:
        path.unlink()
    again = write_report(run.path, is_run=False)
    assert again.files == first.files
    for path, content in before.items():
        if path != run.provenance:
            assert path.read_bytes() == content


def test_the_record_of_the_run_survives_a_rebuild(run):
    write_report(run.path)
    provenance = json.loads(run.provenance.read_text())
    assert provenance["recorded"] == "run"
    write_report(run.path, is_run=False)
    assert json.loads(run.provenance.read_text()) == provenance


def test_planted_secrets_are_nowhere(tmp_path, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    argv = ["eegtune", "run", "x.yaml", f"--token={SECRETS['WANDB_API_KEY']}"]
    monkeypatch.setattr("sys.argv", argv)
    made = material(20)
    talkative = tuple(
        replace(each, message=f"failed with {SECRETS} and ghp_{'a' * 30}") for each in made.failed
    )
    records = (*made.finished, *talkative)
    fixed = experiment(command=("trial-runner", "linear_probe", f"--data={SECRETS}"))
    run = store(replace(made, records=records, experiment=fixed), tmp_path / "run")
    note = run.trial(made.best.name)
    note.path.mkdir(parents=True)
    leak = SECRETS["DATABASE_PASSWORD"]
    note.stderr.write_text(f"x{leak}: 12 windows of one subject, {leak}\n")
    for path in write_report(run.path).files:
        content = path.read_bytes().decode("utf-8", "replace")
        for value in (*SECRETS.values(), "planted&lt;pass", "planted\\u003cpass", "ghp_aaaa"):
            assert value not in content, (path.name, value)


def test_a_file_that_cannot_be_written_costs_only_itself(run):
    run.trials_table.mkdir()
    (run.trials_table / "x").touch()
    written = write_report(run.path)
    assert run.report in written.files
    assert run.trials_table not in written.files
    assert any("trials.parquet could not be written" in note for note in written.notes)


def test_a_broken_figure_becomes_a_note(run, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr("eegtune.report.page.drawing.history", broken)
    written = write_report(run.path)
    assert run.report in written.files
    assert any("no luck" in note for note in written.notes)


def test_without_a_best_trial_there_is_a_report_but_no_best(tmp_path):
    run = store(replace(material(0), records=(record(0, {}, None),)), tmp_path / "run")
    names = {path.name for path in write_report(run.path).files}
    assert names == {"report.html", "report.md", "trials.parquet", "provenance.json"}


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(NoRunError, match="there is no run here"):
        write_report(tmp_path)


def test_what_a_trial_says_about_its_data_is_shown(run):
    name = material(40).finished[0].name
    folder = run.trial(name)
    folder.path.mkdir(parents=True)
    folder.stderr.write_text("loading\nscp: 268 windows of one subject (…), 6 channels\nmore\n")
    write_report(run.path)
    page = run.report.read_text()
    assert "scp: 268 windows of one subject" in page
    assert "The data are of one person" in page
    assert yaml.safe_load(run.best.read_text())["evaluation"]["one_person"] is True


def test_a_damaged_database_is_named(run):
    run.database.write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(NoRunError, match=r"run\.db"):
        write_report(run.path)
