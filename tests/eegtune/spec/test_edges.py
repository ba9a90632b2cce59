"""Verdicts at the edges of each of the webhook's checks."""

import json

import pytest

from eegtune.spec import check_text

from .edge_changes import changed
from .edges import EDGES


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.name)
def test_the_verdict_is_katibs(edge):
    (verdict,) = check_text(json.dumps(changed(edge.changes)))
    assert verdict.accepted is edge.accepted, [str(f) for f in verdict.findings]


def test_every_case_has_its_own_name():
    names = [edge.name for edge in EDGES]
    assert len(set(names)) == len(names)
