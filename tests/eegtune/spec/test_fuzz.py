"""Any bytes end in findings; benchmarks/fuzz_spec.py has the long version."""

import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from eegtune.spec.reports import as_json, as_text, exit_code
from eegtune.spec.validation import Source, validate_sources

ROOT = Path(__file__).parents[3]
GOOD = (Path(__file__).parent / "data" / "good.yaml").read_bytes()


def checked(data):
    reports = validate_sources([Source("x.yaml", data)])
    assert list(as_json(reports))
    assert list(as_text(reports, lambda text, style: text))
    return exit_code(reports)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_end_in_findings(data):
    assert checked(data) in (0, 1, 2)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_change_of_a_good_file_ends_in_findings(data):
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(start + 60, len(GOOD))))
    new = data.draw(st.one_of(st.binary(max_size=20), st.text(max_size=20).map(str.encode)))
    assert checked(GOOD[:start] + new + GOOD[end:]) in (0, 1, 2)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.data(), json_values)
@settings(max_examples=300, deadline=None)
def test_any_value_in_any_place_ends_in_findings(data, value):
    import json

    import yaml

    document = yaml.safe_load(GOOD)
    place, key = document, None
    while isinstance(place, (dict, list)) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or data.draw(st.integers(0, 4)) == 0:
            break
        place = place[key]
    if key is not None:
        place[key] = value
    assert checked(json.dumps(document).encode()) in (0, 1, 2)


def test_a_sample_of_the_long_run():
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "fuzz_spec.py"), "--files", "150"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_kind_that_is_a_list_ends_in_a_finding():
    # Found by the long run.
    assert checked(GOOD.replace(b"kind: Job", b"kind: [Job]")) == 1
