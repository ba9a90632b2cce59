"""What a trial costs beside its work: `eegtune run`, Ray Tune, Syne Tune, Optuna, a shell loop.

    python benchmarks/execution_rivals.py --rivals-python venv/bin/python
    python benchmarks/execution_rivals.py --store

Two slots, trials that do nothing and trials that import torch, mne and scikit-learn, all in one
run and in turns, so that a busy machine slows all alike: the ratios count. Each trial writes down
when its work was done; `ms` is the time of one slot from one such moment to the next (the start
of the next trial is in it, a tool's own start is not), `first s` is that start. Peers that
isolate trials run each in a process; Optuna's threads share one, so it pays for imports once.

Ray and Syne Tune want other versions of common packages than we do: they are run by a Python of
their own (`uv venv venv; uv pip install "ray[tune]" syne-tune torch mne scikit-learn`; with
RIVALS_IMPORTS_FROM=FOLDER trials take the last three from another's site-packages). Syne Tune
looks for results every 5 s unless told otherwise; here it looks every 50 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

SLOTS = 2
MOST_SECONDS = 600
IMPORTS_FROM = "RIVALS_IMPORTS_FROM"
HEAVY = ("torch", "mne", "sklearn.linear_model")
BIN = Path(sys.executable).parent


class Kind(NamedTuple):
    """A tool in one setting.

    Attributes:
        name: As in the table.
        isolates: Whether each trial has a process of its own.
        counts: How many trials: no-op ones, and ones with imports.
    """

    name: str
    isolates: str
    counts: tuple[int, int]


KINDS = {
    "eegtune": Kind("`eegtune run`", "yes", (300, 300)),
    "ray": Kind("Ray Tune, fresh actors", "yes", (8, 6)),
    "ray-reused": Kind("Ray Tune, `reuse_actors=True`", "no: actors stay", (150, 150)),
    "syne": Kind("Syne Tune, local backend", "yes", (8, 6)),
    "optuna": Kind("Optuna `n_jobs=2`, in memory", "no: threads", (100, 100)),
    "optuna-sqlite": Kind("Optuna `n_jobs=2`, SQLite", "no: threads", (100, 100)),
    "shell": Kind("shell loop (`xargs -P 2`)", "yes", (10, 6)),
}


class Trials:
    """What each trial does: import, if so, and write down when that was done."""

    def __init__(self, ends: str, heavy: bool) -> None:
        self._ends, self._heavy = ends, heavy
        self._site = site()

    def __call__(self) -> dict[str, float]:
        """Do it."""
        from importlib import import_module

        for name in HEAVY if self._heavy else ():
            sys.path += self._site
            import_module(name)
        note_end(self._ends)
        return {"score": 1.0}


def site() -> list[str]:
    """Return the folder of the packages that trials import, where it is not the tool's own."""
    return [os.environ[IMPORTS_FROM]] if os.environ.get(IMPORTS_FROM) else []


def note_end(ends: str) -> None:
    with open(ends, "a") as file:
        file.write(f"{time.time()!r}\n")


# The tools; each runs `count` trials in the folder.


def run_eegtune(folder: str, ends: str, heavy: bool, count: int) -> None:
    from execution import experiment  # the sibling file

    from eegtune.execution.run import run_experiment
    from eegtune.execution.store import RunStore

    command = ["trial-runner", "noop", "--x=${trialParameters.x}"]
    wanted = experiment([*command, "--imports=true"] if heavy else command, count)
    run_experiment(wanted.with_spec(parallel_trial_count=SLOTS), Path(folder) / "run")
    with RunStore.open(Path(folder) / "run") as store:
        records = store.trials()
    assert all(str(record.condition) == "Succeeded" for record in records)
    stamps = [record.trial.completion_time.timestamp() for record in records]  # type: ignore[union-attr]
    Path(ends).write_text("\n".join(map(repr, stamps)))


def run_ray(folder: str, ends: str, heavy: bool, count: int, reuse: bool = False) -> None:
    import ray
    from ray import tune

    ray.init(num_cpus=SLOTS, include_dashboard=False, log_to_driver=False)
    config = tune.TuneConfig(
        num_samples=count, max_concurrent_trials=SLOTS, reuse_actors=reuse,
        metric="score", mode="max",
    )  # fmt: skip
    body = Trials(ends, heavy)

    def trainable(config: dict[str, float]) -> dict[str, float]:
        return body()

    tune.Tuner(
        trainable, param_space={"x": tune.uniform(0, 1)}, tune_config=config,
        run_config=tune.RunConfig(storage_path=folder, verbose=0),
    ).fit()  # fmt: skip
    ray.shutdown()


def run_ray_reused(folder: str, ends: str, heavy: bool, count: int) -> None:
    run_ray(folder, ends, heavy, count, reuse=True)


def run_syne(folder: str, ends: str, heavy: bool, count: int) -> None:
    from syne_tune import StoppingCriterion, Tuner
    from syne_tune.backend import LocalBackend
    from syne_tune.config_space import uniform
    from syne_tune.optimizer.baselines import RandomSearch

    script = Path(folder) / "trial.py"
    imports = "".join(f"import {name}\n" for name in HEAVY) if heavy else ""
    imports = f"import sys\nsys.path += {site()!r}\n{imports}"
    script.write_text(
        "import argparse, time\nfrom syne_tune import Reporter\n"
        "parser = argparse.ArgumentParser()\nparser.add_argument('--x')\n"
        f"parser.parse_known_args()\n{imports}"
        f"open({ends!r}, 'a').write(repr(time.time()) + chr(10))\nReporter()(score=1.0)\n"
    )
    tuner = Tuner(
        LocalBackend(str(script), num_gpus_per_trial=0),
        RandomSearch({"x": uniform(0, 1)}, metrics=["score"]),
        StoppingCriterion(max_num_trials_completed=count), n_workers=SLOTS, sleep_time=0.05,
        results_update_interval=0.05, print_update_interval=1e6, trial_backend_path=folder,
    )  # fmt: skip
    tuner.run()


def run_optuna(folder: str, ends: str, heavy: bool, count: int, storage: str = "") -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(), storage=storage or None)
    body = Trials(ends, heavy)

    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        return body()["score"]

    study.optimize(objective, n_trials=count, n_jobs=SLOTS)


def run_optuna_sqlite(folder: str, ends: str, heavy: bool, count: int) -> None:
    run_optuna(folder, ends, heavy, count, f"sqlite:///{folder}/study.db")


def run_shell(folder: str, ends: str, heavy: bool, count: int) -> None:
    imports = "".join(f"import {name}; " for name in HEAVY) if heavy else ""
    code = f"{imports}import time; open({ends!r}, 'a').write(repr(time.time()) + chr(10))"
    line = f'seq {count} | xargs -P {SLOTS} -I N "{sys.executable}" -c "$CODE"'
    subprocess.run(["sh", "-c", line], check=True, env={**os.environ, "CODE": code})


TOOLS: dict[str, Callable[[str, str, bool, int], None]] = {
    "eegtune": run_eegtune,
    "ray": run_ray,
    "ray-reused": run_ray_reused,
    "syne": run_syne,
    "optuna": run_optuna,
    "optuna-sqlite": run_optuna_sqlite,
    "shell": run_shell,
}


class Sample(NamedTuple):
    """One run of one tool.

    Attributes:
        first_seconds: Until the first trial's work was done.
        slot_ms: Of a slot, from the end of one trial's work to the end of the next one's.
    """

    first_seconds: float
    slot_ms: float


def measure(kind: str, heavy: bool, count: int, python: str) -> Sample | None:
    """Run a tool in a process of its own; None, with a line, where it cannot run."""
    with tempfile.TemporaryDirectory() as folder:
        ends = f"{folder}/ends"
        words = [python, __file__, "--as", kind, folder, ends, str(int(heavy)), str(count)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "SYNETUNE_FOLDER": folder,
                       "RAY_raylet_start_wait_time_s": "300"}  # fmt: skip
        begun = time.time()
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, env=environment, timeout=MOST_SECONDS
            )
        except subprocess.TimeoutExpired:
            print(f"{kind}: not done after {MOST_SECONDS} s", file=sys.stderr)
            return None
        if done.returncode:
            print(f"{kind}: {done.stderr.strip()[-800:]}", file=sys.stderr)
            return None
        stamps = sorted(float(line) for line in Path(ends).read_text().split())
    steady = stamps[SLOTS - 1 :]  # the first of each slot holds the tool's own start
    span = (steady[-1] - steady[0]) / (len(steady) - 1)
    return Sample(stamps[0] - begun, span * SLOTS * 1e3)


def compare(python: str, rounds: int, only: list[str]) -> None:
    samples: dict[tuple[str, bool], list[Sample]] = {}
    for number in range(rounds):
        for heavy in (False, True):
            for kind in only:
                own = python if kind in ("ray", "ray-reused", "syne") else sys.executable
                found = measure(kind, heavy, KINDS[kind].counts[heavy], own)
                print(f"round {number + 1}: {kind} {heavy} {found}", file=sys.stderr, flush=True)
                if found is not None:
                    samples.setdefault((kind, heavy), []).append(found)
    print(table(samples, only))


def table(samples: dict[tuple[str, bool], list[Sample]], only: list[str]) -> str:
    lines = [
        "| tool | process a trial | no-op: ms | trials/s | ×ours | imports: ms | trials/s "
        "| ×ours | first s |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind in only:
        cells = [KINDS[kind].name, KINDS[kind].isolates]
        for heavy in (False, True):
            mine = samples.get((kind, heavy))
            ours = samples.get(("eegtune", heavy))
            if not mine or not ours:
                cells += ["–"] * 3
                continue
            value, base = middle(mine), middle(ours)
            cells += [f"{value:.1f}", f"{SLOTS * 1e3 / value:.2f}", f"{value / base:.2f}"]
        starts = [each.first_seconds for each in samples.get((kind, True), ())]
        cells.append(f"{statistics.median(starts):.1f}" if starts else "–")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def middle(samples: list[Sample]) -> float:
    return statistics.median(sample.slot_ms for sample in samples)


# What a trial costs when many are in the store already.


def fill(folder: Path, before: int) -> None:
    """Write a run of so many ended trials."""
    from execution import experiment

    from eegtune.execution.naming import trial_name
    from eegtune.execution.records import RunCondition, RunState, TrialRecord
    from eegtune.execution.times import now
    from eegtune.execution.writer import RunWriter
    from eegtune.spec.trial import Trial, TrialCondition

    command = ["trial-runner", "noop", "--x=${trialParameters.x}"]
    wanted = experiment(command, before)
    records = []
    for number in range(before):
        x, time_ = number / before, now()
        name = trial_name(wanted.name, "", number)
        trial = Trial(name, {"x": repr(x)}, TrialCondition.SUCCEEDED, {"score": x}, {}, time_,
                      time_)  # fmt: skip
        records.append(TrialRecord(trial, number, 1, "TrialSucceeded"))
    with RunWriter.open_writable(folder) as store:
        store.create_run(wanted, RunState(RunCondition.RUNNING, start_time=now()))
        store.add_trials(records, search_exhausted=False)


def cost_at(before: int, more: int) -> list[float]:
    """Milliseconds of each of some trials after others."""
    from execution import experiment

    from eegtune.execution.run import run_experiment
    from eegtune.execution.store import RunStore

    command = ["trial-runner", "noop", "--x=${trialParameters.x}"]
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), before)
        run_experiment(experiment(command, before + more), Path(folder))
        with RunStore.open(folder) as store:
            records = store.trials(before)
    assert [str(record.condition) for record in records] == ["Succeeded"] * more
    ends = [record.trial.completion_time.timestamp() for record in records]  # type: ignore[union-attr]
    return [(after - before_) * 1e3 for before_, after in pairwise(ends)]


def grow(rounds: int) -> None:
    sizes = (10, 1_000, 10_000)
    values: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            values[size] += cost_at(size, 60)
    print("| trials in the store | median ms a trial | × of 10 | n |")
    print("| ---: | ---: | ---: | ---: |")
    least = statistics.median(values[sizes[0]])
    for size, all_ in values.items():
        value = statistics.median(all_)
        print(f"| {size:,} | {value:.1f} | {value / least:.2f} | {len(all_)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivals-python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--store", action="store_true", help="the cost by trials in the store")
    parser.add_argument("--as", dest="role", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        kind, folder, ends, heavy, count = options.role
        TOOLS[kind](folder, ends, heavy == "1", int(count))
    elif options.store:
        grow(options.rounds)
    else:
        compare(options.rivals_python, options.rounds, options.only)


if __name__ == "__main__":
    main()
