"""Make the figures of docs/report.md from real runs, as their reports draw them, in Chromium.

Usage, in the project's folder, after `make demo` (runs/demo) and

    eegtune run manifests/experiments/linear_probe/asha.yaml --max-trials 24 --dir runs/asha
    python scripts/docs_figures.py runs/demo history importance winner parallel
    python scripts/docs_figures.py runs/asha lineage
    python scripts/docs_figures.py runs/emotion history --prefix emotion

Each figure becomes docs/figures/PREFIX-NAME.png; NAME is its place in the report. Playwright and
Chromium are needed; the report is written again first.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
WAIT_MS = 600_000


def main() -> None:
    """Write each figure that is named as a picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--prefix", default="report", help="of the files' names")
    options = parser.parse_args()
    from eegtune.report import write_report

    write_report(options.run, is_run=False)
    for path in pictures(options.run / "report.html", options.names, options.prefix):
        print(path)


def pictures(report: Path, names: list[str], prefix: str) -> list[Path]:
    """Take a picture of each figure of a report; return the files."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    written = []
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(report.resolve().as_uri())
        page.add_style_tag(content="nav { position: static !important; }")  # not across a picture
        for name in names:
            page.locator(f"#figure-{name}").scroll_into_view_if_needed()
            page.wait_for_selector(f"#figure-{name}[data-drawn]")
            figure = page.locator(f"figure:has(#figure-{name})")
            path = FIGURES / f"{prefix}-{name}.png"
            figure.screenshot(path=path)
            written.append(path)
        browser.close()
    return written


if __name__ == "__main__":
    main()
