"""The site builds strictly: every link, anchor and page of the navigation is there."""

import subprocess
import sys

import pytest

from .documented import ROOT

pytest.importorskip("material", reason="mkdocs-material is not installed")


def test_the_site_builds_strictly(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    home = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "https://fonts." not in home, "the site loads nothing from elsewhere"
    for page in ("tutorial", "strategy", "commands", "comparison", "faq", "troubleshooting"):
        assert (tmp_path / "site" / page / "index.html").is_file()
