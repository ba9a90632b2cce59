"""Tests on a real cluster: `tests/cluster/run` brings one up, or takes that of KUBECONFIG.

Without that script nothing here is collected: a KUBECONFIG that happens to be set may point at a
cluster that is in use.
"""

from __future__ import annotations

import os

from .support.fixtures import *  # noqa: F403

if not os.environ.get("EEGTUNE_CLUSTER_TESTS"):
    collect_ignore_glob = ["test_*.py"]
