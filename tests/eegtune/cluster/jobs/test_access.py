"""A cluster that is not there is named, with what to set."""

from __future__ import annotations

import pytest

from eegtune.cluster.jobs.access import connect
from eegtune.execution.runner import RunnerError


def test_without_a_cluster_the_message_says_what_to_set() -> None:
    pytest.importorskip("kubernetes")
    # With or without a kubeconfig on this machine.
    with pytest.raises(
        RunnerError, match=r"to run on: .*[^.]\. Set KUBECONFIG|no context 'nowhere'"
    ):
        connect("nowhere")
