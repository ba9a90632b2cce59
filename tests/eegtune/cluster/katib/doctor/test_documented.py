"""docs/doctor.md knows the rules that the code has, and no others."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[5]
CODE = PROJECT / "eegtune" / "cluster" / "katib" / "doctor"
ONE_WORD = ("volume quota image start webhook retries evicted deadline arguments permission "
            "diverged database duplicates unschedulable").replace(" ", "|")  # fmt: skip
MADE_UP = re.compile(rf'"([a-z0-9]+(?:-[a-z0-9]+)+|{ONE_WORD})"')
NOT_RULES = {"metrics-collector", "metrics-logger-and-collector", "katib-config", "utf-8",
             "job-name", "early-stopping", "istio-proxy"}  # fmt: skip


def test_every_rule_is_documented_and_every_documented_rule_exists():
    text = "\n".join(path.read_text() for path in CODE.glob("*.py"))
    rules = set(MADE_UP.findall(text)) - NOT_RULES
    page = (PROJECT / "docs" / "doctor.md").read_text()
    named = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9…]+)*)`", page))
    prefixed = {"service-", "run-"}
    missing = {rule for rule in rules if rule not in named
               and not any(rule.startswith(prefix) for prefix in prefixed)}  # fmt: skip
    assert not missing - {"pods-refused"}
    tables = "\n".join(line for line in page.splitlines() if line.startswith("| "))
    for rule in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", tables):
        assert rule in rules or rule.startswith(tuple(prefixed)) or rule in {
            "eegtune-tpe", "trial-runner"}, rule  # fmt: skip
