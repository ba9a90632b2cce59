"""`eegtune plan RUN`: what the rest of a budget buys."""

import json

import pytest
from click.testing import CliRunner

from eegtune.cli import application

from ..report.runs import material
from ..report.stored import store


def _plan(*words):
    return CliRunner().invoke(application, ["plan", *map(str, words)])


@pytest.fixture
def run(tmp_path):
    """Thirty-nine trials of two seconds, one begun each second; nothing has failed."""
    return store(material(39, failed_every=0), tmp_path / "run").path


def test_the_rest_of_a_budget_is_planned_from_what_was_measured(run):
    done = _plan(run, "--budget", "10m", "--slots", 2)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("39 trials in 0.667 min, 0.0333 min a trial (measured); ")
    assert "the 9.33 min that are left buy 560 more" in lines[0]
    assert "eegtune scale" in done.output
    assert "expected best of N trials" in done.output


def test_a_crowded_space_names_what_mattered_least(run):
    done = _plan(run, "--budget", "1m", "--slots", 1, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["space_too_large"]["is_measured"] is True
    assert "features" not in found["space_too_large"]["fix_first"]
    told = _plan(run, "--budget", "1m", "--slots", 1).output
    assert "warning:" in told
    assert "they mattered least so far" in told


def test_nothing_measured_is_said(tmp_path):
    run = store(material(0), tmp_path / "run").path
    done = _plan(run, "--budget", "8h")
    assert done.exit_code == 2
    assert "no full trial has ended yet" in done.output
    assert _plan(tmp_path / "absent", "--budget", "8h").exit_code == 2
