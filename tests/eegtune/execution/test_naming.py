from __future__ import annotations

import re

from eegtune.execution.naming import ALPHABET, trial_name


def test_names_look_like_katibs_and_stay_the_same() -> None:
    name = trial_name("linear-probe", "7", 3)
    assert re.fullmatch(rf"linear-probe-[{ALPHABET}]{{8}}", name)
    assert name == trial_name("linear-probe", "7", 3)


def test_names_differ_by_number_seed_and_what_is_taken() -> None:
    names = {trial_name("a", seed, number) for seed in ("", "1") for number in range(1000)}
    assert len(names) == 2000
    assert trial_name("a", "", 0, {trial_name("a", "", 0)}) not in {trial_name("a", "", 0)}
