"""The wheel and the sdist build, install and run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an sdist, and a wheel that was built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_holds_both_packages_and_their_data(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"eegtune/py.typed", "trial_runner/py.typed"} <= names
    tracked = subprocess.run(
        ["git", "ls-files", "eegtune", "trial_runner"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode == 0:  # a checkout, not an unpacked sdist
        assert set(tracked.stdout.split()) <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_the_sdist_holds_what_the_tests_need(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "tests/test_packaging.py"} <= names


def test_the_wheel_installs_and_its_commands_run(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-deps",
        "-q",
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    # The dependencies are those of the environment that runs the tests: nothing is downloaded.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_paths()["purelib"]}
    for command, expected in (("eegtune", "Commands:"), ("trial-runner", "linear_probe")):
        done = subprocess.run(
            [python.with_name(command), "--help"],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
    where = subprocess.run(
        [python, "-c", "import eegtune; print(eegtune.__file__)"],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=True,
    )
    assert where.stdout.startswith(str(tmp_path))
