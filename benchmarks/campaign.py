"""Random, Bayesian, grid in a row against one Bayesian search of as many trials, seed by seed.

Usage: python benchmarks/campaign.py FOLDER --seeds 0:5 [--test] [--only-table]

Every trial is a real one: the linear probe's five folds on the embedded recordings. A seed's
campaign is run first; its single search (the algorithm of the shipped Experiment) then makes as
many trials as the campaign made. Both start from the same seed and run one trial at a time, so
that each can be made again. What is in FOLDER is not made again, and an interrupted run goes on.

The interval is Student's over the seeds' differences. With --test the winners are scored on the
test data, too, each once.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parents[1]
CAMPAIGN = ROOT / "manifests" / "campaigns" / "random_bayesian_grid.yaml"
EXPERIMENT = ROOT / "manifests" / "experiments" / "linear_probe" / "bayesian.yaml"
SEED_SETTING = "spec.algorithm.algorithmSettings.random_state.value"


class Pair(NamedTuple):
    """A seed's two searches."""

    seed: int
    trials: tuple[int, int]
    slot_seconds: tuple[float, float]
    best: tuple[float, float]
    test: tuple[float, float] | None


def main() -> None:
    """Run what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", default="0:5", help="FIRST:END")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--only-table", action="store_true", help="of the seeds that are there")
    options = parser.parse_args()
    first, end = map(int, options.seeds.split(":"))
    pairs = []
    for seed in range(first, end):
        if not options.only_table:
            run_pair(options.folder, seed, options.test)
        if (options.folder / f"single-{seed}" / "run.db").is_file():
            pairs.append(read_pair(options.folder, seed))
    print("\n".join(table(pairs)))


def run_pair(folder: Path, seed: int, with_test: bool) -> None:
    """Run a campaign and a single search of its cost, or go on with them."""
    campaign, single = folder / f"campaign-{seed}", folder / f"single-{seed}"
    file = written_campaign(folder, seed)
    eegtune("campaign", "run", str(file), "--dir", str(campaign), "--no-report", "--quiet")
    trials = summary(campaign)["trials"]
    eegtune(
        "run", str(EXPERIMENT), "--dir", str(single), "--max-trials", str(trials),
        "--parallel", "1", "--set", f"{SEED_SETTING}={seed}", "--no-report", "--quiet",
    )  # fmt: skip
    if with_test:
        for run in (winning_phase(campaign), single):
            if not (run / "evaluation").is_dir():
                eegtune("evaluate", str(run), "--top", "1")


def written_campaign(folder: Path, seed: int) -> Path:
    """Write the shipped campaign with a seed and one trial at a time."""
    document = yaml.safe_load(CAMPAIGN.read_text("utf-8"))
    document["spec"] |= {"seed": seed, "experiment": str(EXPERIMENT)}
    for phase in document["spec"]["phases"]:
        phase["set"] = {"spec.parallelTrialCount": "1"}
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"campaign-{seed}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return file


def eegtune(*words: str) -> str:
    """Run a command as a user does, with one thread."""
    command = [str(Path(sys.executable).with_name("eegtune")), *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout


def summary(run: Path) -> dict[str, float]:
    """Return what `eegtune compare` says of a run or a campaign."""
    found = json.loads(eegtune("compare", str(run), str(run), "--format", "json"))
    kept: dict[str, float] = found["runs"][0]
    return kept


def winning_phase(campaign: Path) -> Path:
    """Return the run folder of the phase that leads."""
    return Path(str(summary(campaign)["winner"]))


def read_pair(folder: Path, seed: int) -> Pair:
    """Read a seed's two searches."""
    campaign, single = folder / f"campaign-{seed}", folder / f"single-{seed}"
    one, other = summary(campaign), summary(single)
    tests = [test_score(run) for run in (winning_phase(campaign), single)]
    return Pair(
        seed, (int(one["trials"]), int(other["trials"])), (one["seconds"], other["seconds"]),
        (one["best"], other["best"]),
        (tests[0], tests[1]) if tests[0] is not None and tests[1] is not None else None,
    )  # fmt: skip


def test_score(run: Path) -> float | None:
    """Return the test AUROC of a run's winner; None where it was not scored."""
    from eegtune.report.reading import read_material

    evaluation = read_material(run).evaluation
    if evaluation is None:
        return None
    return evaluation.configuration("tuned").scores["auroc"].interval.value


def table(pairs: Sequence[Pair]) -> list[str]:
    """Return the seeds and the differences with their intervals."""
    lines = [
        "| seed | trials | slot seconds | best val_auroc: campaign | single "
        "| test AUROC: campaign | single |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in pairs:
        test = ("", "") if each.test is None else tuple(f"{value:.4f}" for value in each.test)
        lines.append(
            f"| {each.seed} | {each.trials[0]} / {each.trials[1]} "
            f"| {each.slot_seconds[0]:.0f} / {each.slot_seconds[1]:.0f} "
            f"| {each.best[0]:.4f} | {each.best[1]:.4f} | {test[0]} | {test[1]} |"
        )
    scored = [each.test for each in pairs if each.test is not None]
    lines.append(statement("best val_auroc", [each.best for each in pairs]))
    lines.append(statement("test AUROC", scored))
    return lines


def statement(what: str, values: Sequence[tuple[float, float]]) -> str:
    """Return the paired difference with Student's 95 % interval."""
    from scipy import stats

    differences = [one - other for one, other in values]
    if len(differences) < 2:
        return f"{what}: {len(differences)} pair(s), no interval"
    mean = fmean(differences)
    half = float(stats.sem(differences)) * float(stats.t.ppf(0.975, len(differences) - 1))
    wins = sum(each > 0 for each in differences)
    return (
        f"{what}, campaign less single search: {mean:+.4f} (95 % interval {mean - half:+.4f} to "
        f"{mean + half:+.4f}, paired by seed; the campaign is ahead in {wins} of {len(values)})"
    )


if __name__ == "__main__":
    main()
