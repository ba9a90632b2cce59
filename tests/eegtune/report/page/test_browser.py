"""The page in a real browser: no error, every figure drawn. Skipped where none is installed."""

from datetime import UTC, datetime

import pytest

from eegtune.report.command import component_command
from eegtune.report.page.render import render_page

from ..runs import material
from .browser import chromium, visit

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")


def _write(path, made):
    command = component_command(made.experiment, made.best.trial.assignments)
    titles = {"auroc": "AUROC", "accuracy": "Accuracy"}
    page = render_page(made, command, "", datetime(2026, 1, 31, tzinfo=UTC), titles)
    path.write_text(page.html, "utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1400, False), (500, True)])
def test_every_figure_is_drawn_without_an_error(tmp_path, width, dark):
    page = _write(tmp_path / "report.html", material(40, evaluated=True))
    seen = visit(page, tmp_path / "profile", width, dark=dark)
    assert seen.errors == ()
    assert 'data-ready="true"' in seen.dom
    assert seen.drawn == seen.figures == 14
    assert "WebGL is not supported" not in seen.dom


@pytest.mark.slow
def test_a_run_without_a_result_opens_too(tmp_path):
    made = material(0)
    html = render_page(made, None, "", datetime(2026, 1, 31, tzinfo=UTC), {}).html
    (tmp_path / "report.html").write_text(html, "utf-8")
    seen = visit(tmp_path / "report.html", tmp_path / "profile", 1400)
    assert seen.errors == ()
    assert 'data-ready="true"' in seen.dom
