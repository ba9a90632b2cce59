"""What the images hold, who they run as, and what they lack on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.cluster

# The image of torch is built for slow tests only.
TRIALS = ["signal", pytest.param("torch", marks=pytest.mark.slow)]
ALL = [*TRIALS, "services"]


@pytest.mark.parametrize("image", ALL)
def test_runs_as_nobody_in_particular_with_nothing_writable_but_tmp(
    image: str, run_job: Callable[..., str]
) -> None:
    script = "id -u; touch /opt/eegtune/x 2>/dev/null || echo read-only; touch /tmp/x && echo tmp"
    assert run_job(image, ["sh", "-c", script]).split() == ["65532", "read-only", "tmp"]


@pytest.mark.parametrize("image", ALL)
def test_has_what_katib_needs_and_no_tool_that_builds(
    image: str, run_job: Callable[..., str]
) -> None:
    names = "sh pgrep python uv pip gcc cc make git"
    script = f"for each in {names}; do command -v $each >/dev/null && echo $each; done; true"
    assert run_job(image, ["sh", "-c", script]).split() == ["sh", "pgrep", "python"]


@pytest.mark.parametrize("image", ALL)
def test_is_compiled_and_knows_what_it_consists_of(
    image: str, run_job: Callable[..., str]
) -> None:
    program = (
        "import json, importlib.util as u, os;"
        "compiled = all(os.path.exists(u.find_spec(n).cached) for n in"
        " ('numpy', 'optuna', 'trial_runner', 'eegtune'));"
        "parts = json.load(open('/usr/share/eegtune/sbom.cdx.json'))['components'];"
        "print(json.dumps([compiled, [p['name'] for p in parts], len(parts),"
        " all(p['version'] for p in parts)]))"
    )
    compiled, names, count, versions = json.loads(run_job(image, ["python", "-c", program]))
    assert compiled
    assert versions
    assert {"eegtune", "numpy", "optuna", "libc6"} <= set(names)
    assert len(set(names)) > 60
    assert count == len(names)


@pytest.mark.parametrize("image", TRIALS)
def test_trial_runner_starts_where_manifests_call_it(
    image: str, run_job: Callable[..., str]
) -> None:
    printed = run_job(image, ["/usr/bin/trial-runner", "--help"])
    assert "linear_probe" in printed


def test_services_answer_with_the_command_of_katib(run_job: Callable[..., str]) -> None:
    assert "Answer what to try next" in run_job(
        "services", ["/usr/bin/eegtune", "serve", "suggestion", "--help"]
    )
