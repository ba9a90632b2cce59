"""What a report of very many trials costs: CPU seconds, memory, size, and opening it in Chromium.

python benchmarks/report.py [--trials 10000] [--open]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write a made-up run, then its report; print what that took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--open", action="store_true", help="open it in Chromium, too")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.eegtune.report.runs import material
    from tests.eegtune.report.stored import store

    with tempfile.TemporaryDirectory() as folder:
        run = store(material(options.trials, evaluated=True), Path(folder) / "run")
        found = {"trials": options.trials, **_write(run.path)}
        if options.open:
            found |= _open(run.report)
    print(json.dumps(found, indent=2))


def _write(folder: Path) -> dict[str, float]:
    from eegtune.report import write_report

    before, wall = time.process_time(), time.monotonic()
    written = write_report(folder)
    return {
        "cpu_seconds": round(time.process_time() - before, 1),
        "wall_seconds": round(time.monotonic() - wall, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "report_mib": round((folder / "report.html").stat().st_size / 2**20, 2),
        "notes": len(written.notes),
    }


def _open(report: Path) -> dict[str, float]:
    """Return when the page was there, and when all of it was drawn."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(report.as_uri())
        shown = page.evaluate(
            "performance.getEntriesByType('paint').find(e => e.name.includes('contentful'))"
            ".startTime / 1000"
        )
        loaded = page.evaluate(
            "performance.timing.loadEventEnd - performance.timing.navigationStart"
        )
        page.wait_for_selector("html[data-ready=true]", timeout=900_000)
        drawn = page.evaluate("performance.now() / 1000")
        browser.close()
    return {
        "first_paint_seconds": round(shown, 2),
        "loaded_seconds": round(loaded / 1000, 2),
        "all_drawn_seconds": round(drawn, 1),
    }


if __name__ == "__main__":
    main()
