"""Windows of wearable sensors: the watch recordings of seglearn, or simulated ones."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.parts import subjects_of
from trial_runner.data.simulated import is_simulated, parse_plan
from trial_runner.data.windows import Targets
from trial_runner.errors import DataError, DataNotFoundError, UsageError

WATCH_HZ = 50.0  # Burns et al. 2018: six-axis watch data of shoulder exercises


@dataclass(frozen=True, slots=True)
class MotionPlan:
    """Simulated exercises: each activity has a rhythm and a direction of its own.

    Attributes:
        subjects: Number of persons.
        seconds: Length of each recording; every person does every activity once.
        activities: Number of activities.
        noise: Deviation of the noise, in amplitudes of the movement.
        subject_spread: How much persons differ in speed and direction.
        seed: Decides everything.
    """

    subjects: int = 8
    seconds: int = 24
    activities: int = 4
    noise: float = 0.5
    subject_spread: float = 0.15
    seed: int = 0


class Recording(NamedTuple):
    """One person's one activity.

    Attributes:
        signal: (samples, 6) acceleration and rotation.
        activity: Index of the class.
        subject: Name.
    """

    signal: NDArray[np.float32]
    activity: int
    subject: str


class InParts(NamedTuple):
    """Windows (n, 6, samples) with the development part's first."""

    signal: NDArray[np.float32]
    targets: Targets
    development: int


def read_windows(data: str, window_seconds: float, with_test: bool) -> InParts:
    """Read recordings and cut them into windows that overlap by half.

    Raises:
        DataError: The recordings are absent, or none is as long as a window.
        UsageError: The data are neither `watch` nor a simulation.
    """
    if is_simulated(data):
        recordings, classes = simulate_motion(parse_plan(data, MotionPlan))
    elif data == "watch":
        recordings, classes = _read_watch()
    else:
        raise UsageError(f"--data is {data!r}; allowed is watch or simulation[:name=value,...]")
    samples = round(window_seconds * WATCH_HZ)
    if samples < 8:
        raise UsageError(f"--window_seconds is {window_seconds:g}; allowed is 0.16 or more")
    signal, labels, subjects, blocks = _cut(recordings, samples)
    development = np.isin(subjects, subjects_of("development", subjects.tolist()))
    first, second = np.flatnonzero(development), np.flatnonzero(~development)
    rows = np.concatenate([first, second]) if with_test else first
    targets = Targets(labels[rows], subjects[rows], blocks[rows], classes)
    return InParts(signal[rows], targets, len(first))


def simulate_motion(plan: MotionPlan) -> tuple[list[Recording], tuple[str, ...]]:
    """Return recordings of every person and activity, and the activities' names."""
    rng = np.random.default_rng((plan.seed, 0))
    speeds = np.linspace(0.5, 1.5, plan.activities)
    directions = rng.standard_normal((plan.activities, 6))
    recordings = []
    for person in range(plan.subjects):
        own = np.random.default_rng((plan.seed, 1, person))
        for activity in range(plan.activities):
            speed = speeds[activity] * np.exp(plan.subject_spread * own.standard_normal())
            direction = directions[activity] + plan.subject_spread * own.standard_normal(6)
            time = np.arange(round(plan.seconds * WATCH_HZ)) / WATCH_HZ
            wave = np.sin(2 * np.pi * speed * time + own.uniform(0, 2 * np.pi))
            noise = plan.noise * own.standard_normal((len(time), 6))
            signal = (wave[:, None] * direction + noise).astype(np.float32)
            recordings.append(Recording(signal, activity, f"S{person + 1:03d}"))
    return recordings, tuple(f"activity {index}" for index in range(plan.activities))


def _read_watch() -> tuple[list[Recording], tuple[str, ...]]:
    spec = find_spec("seglearn")
    if spec is None or not spec.submodule_search_locations:
        raise DataNotFoundError(
            "--data=watch needs the package seglearn, which is not installed; pip install "
            "--no-deps seglearn, or take --data=simulation"
        )
    path = Path(spec.submodule_search_locations[0]) / "data" / "watch_dataset.npy"
    stored = np.load(path, allow_pickle=True).item()  # a pickle, of a package one has installed
    recordings = [
        Recording(np.asarray(signal, np.float32), int(label), f"S{int(subject):03d}")
        for signal, label, subject in zip(stored["X"], stored["y"], stored["subject"], strict=True)
    ]
    return recordings, tuple(map(str, stored["y_labels"]))


def _cut(
    recordings: list[Recording], samples: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.str_], NDArray[np.str_]]:
    windows, labels, subjects, blocks = [], [], [], []
    for number, one in enumerate(recordings):
        for start in range(0, len(one.signal) - samples + 1, samples // 2):
            windows.append(one.signal[start : start + samples].T)
            labels.append(one.activity)
            subjects.append(one.subject)
            blocks.append(str(number))
    if not windows:
        raise DataError(f"no recording has the {samples} samples of a window; take shorter ones")
    return np.stack(windows), np.array(labels), np.array(subjects), np.array(blocks)
