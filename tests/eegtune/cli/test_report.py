from dataclasses import replace

from click.testing import CliRunner

from eegtune.cli import application

from ..report.runs import material, record
from ..report.stored import store


def _call(*words):
    return CliRunner().invoke(application, ["report", *map(str, words)])


def test_the_files_are_named(tmp_path):
    run = store(material(20), tmp_path / "run")
    result = _call(run.path)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == str(run.report)
    assert run.report.is_file()


def test_a_run_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = store(material(5), tmp_path / "runs" / "demo")
    assert _call("demo").exit_code == 0
    assert run.report.is_file()


def test_a_run_that_has_only_begun_has_a_report_too(tmp_path):
    run = store(replace(material(0), records=(record(0, {}, None),)), tmp_path / "run")
    assert _call(run.path).exit_code == 0
    assert not run.best.exists()


def test_no_run_is_wrong_input(tmp_path):
    result = _call(tmp_path / "nothing")
    assert result.exit_code == 2
    assert "there is no such folder" in result.output
    assert "Traceback" not in result.output


def test_a_report_that_cannot_be_written_fails(tmp_path):
    run = store(material(5), tmp_path / "run")
    run.report.mkdir()
    (run.report / "x").touch()
    result = _call(run.path)
    assert result.exit_code == 1
    assert "report.html could not be written" in result.output
