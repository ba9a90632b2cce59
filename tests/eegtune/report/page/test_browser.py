"""The page in Debian's Chromium: no error, every section drawn. Skipped where there is none.

Screenshots are kept in the folder that $EEGTUNE_SCREENSHOTS names, to be looked at.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eegtune.report.command import component_command
from eegtune.report.page.render import render_page

from ..runs import experiment, material

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
PROGRAM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
     if (path := shutil.which(name))),
    None,
)  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed"),
    pytest.mark.timeout(900),
]
WAIT_MS = 600_000  # a busy machine without a GPU draws slowly
SCREENS = {
    "desktop": {"viewport": {"width": 1400, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
    "dark": {"viewport": {"width": 1400, "height": 900}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=PROGRAM,
            args=["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"],
        )
        yield opened
        opened.close()


def _write(path, made):
    best = made.best
    command = component_command(made.experiment, best.trial.assignments) if best else None
    titles = {"auroc": "AUROC", "accuracy": "Accuracy"}
    page = render_page(made, command, "", datetime(2026, 1, 31, tzinfo=UTC), titles)
    path.write_text(page.html, "utf-8")
    return path


def _visit(browser, file, **screen):
    """Return the page when all figures are drawn, and what its console complained of."""
    page = browser.new_context(**screen).new_page()
    page.set_default_timeout(WAIT_MS)
    errors = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: errors.append(r.url) if r.url.startswith("http") else None)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready=true]")
    return page, errors


def _see(page, figure):
    """Scroll to a figure that waits until it is in sight, and wait until it is drawn."""
    page.locator(figure).scroll_into_view_if_needed()
    page.wait_for_selector(f"{figure}[data-drawn]")


@pytest.mark.parametrize("screen", SCREENS)
def test_every_section_is_drawn_without_an_error(browser, tmp_path, screen):
    file = _write(tmp_path / "report.html", material(110, evaluated=True))
    page, errors = _visit(browser, file, **SCREENS[screen])
    sections = page.eval_on_selector_all("nav a", "links => links.map(link => link.hash)")
    assert sections[:4] == ["#best", "#test", "#sure", "#search"]
    for section in sections:
        page.click(f'nav a[href="{section}"]')
        page.wait_for_function("id => document.getElementById(id).getBoundingClientRect().top "
                               "< innerHeight", arg=section[1:])  # fmt: skip
        for late in page.eval_on_selector_all(
            f"{section} .drawing:not([data-drawn])", "all => all.map(each => each.id)"
        ):
            _see(page, f"#{late}")
        empty = page.eval_on_selector_all(
            f"{section} .drawing", "all => all.filter(each => !each.querySelector('svg, canvas'))"
            ".map(each => each.id)")  # fmt: skip
        assert empty == []
    assert page.locator(".drawing[data-drawn]").count() == 20
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    assert errors == []
    picture = Path(os.environ.get("EEGTUNE_SCREENSHOTS", tmp_path)) / f"report-{screen}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.stat().st_size > 50_000
    page.context.close()


def test_a_printed_page_has_all_figures_in_dark_on_white(browser, tmp_path):
    file = _write(tmp_path / "report.html", material(40))
    page, errors = _visit(browser, file, **SCREENS["dark"])
    assert page.locator("#figure-parallel[data-drawn]").count() == 0, "it waits to be seen"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_selector("#figure-parallel[data-drawn]", state="attached")
    assert page.locator(".drawing:not([data-drawn])").count() == 0
    paper = "getComputedStyle(document.querySelector('#figure-history .bg')).fill"
    page.wait_for_function(f"{paper} === 'rgb(255, 255, 255)'")
    too_large = page.eval_on_selector_all(
        ".drawing", "all => all.filter(each => [...each.querySelectorAll('svg.main-svg')].some("
        "svg => svg.clientWidth > 660 || svg.clientHeight > parseFloat(each.style.height) + 1))"
        ".map(each => each.id)")  # fmt: skip
    assert too_large == [], "paper takes 186 mm"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(
        "document.querySelector('#figure-curves svg.main-svg').clientWidth > 660"
    )
    assert errors == []
    page.context.close()


def test_colours_follow_the_scheme(browser, tmp_path):
    file = _write(tmp_path / "report.html", material(20))
    page, errors = _visit(browser, file, **SCREENS["dark"])
    paper = "getComputedStyle(document.querySelector('#figure-history .bg')).fill"
    assert page.evaluate(paper) == "rgb(16, 21, 29)"
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"{paper} === 'rgb(255, 255, 255)'")
    assert errors == []
    page.context.close()


def test_three_objectives_and_rungs_are_drawn(browser, tmp_path):
    settings = [{"name": "objectives", "value": "val_auroc:max,val_accuracy:max,ms:min"}]
    names = {"objectiveMetricName": "val_auroc", "additionalMetricNames": ["val_accuracy", "ms"]}
    made = experiment(
        algorithm={"algorithmName": "nsga2", "algorithmSettings": settings},
        objective={"type": "maximize", **names},
    )
    run = material(40, made=made)
    for record in run.finished:
        record.trial.metrics["ms"] = 10.0 + record.number % 7
    page, errors = _visit(browser, _write(tmp_path / "r.html", run), **SCREENS["desktop"])
    _see(page, "#figure-pareto")
    assert page.locator("#figure-pareto canvas").count() > 0
    assert page.locator("#figure-hypervolume[data-drawn]").count() == 1
    assert page.locator("table.front tr.picked").count() == 1
    assert "together" in page.locator(".lead").inner_text()
    assert errors == []
    page.context.close()


def test_a_run_without_a_result_opens_too(browser, tmp_path):
    page, errors = _visit(
        browser, _write(tmp_path / "report.html", material(0)), **SCREENS["phone"]
    )
    assert page.locator("text=No trial has a result").count() == 1
    assert errors == []
    page.context.close()
