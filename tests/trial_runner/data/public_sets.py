"""Miniatures of public data sets, in their publishers' layout."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

STAGES = ("Sleep stage W", "Sleep stage 1", "Sleep stage 2", "Sleep stage 3", "Sleep stage 4",
          "Sleep stage R", "Sleep stage ?")  # fmt: skip
CHB_CHANNELS = [
    "FP1-F7",
    "F7-T7",
    "T7-P7",
    "P7-O1",
    "FP1-F3",
    "F3-C3",
    "C3-P3",
    "P3-O1",
    "FP2-F4",
    "F4-C4",
    "C4-P4",
    "P4-O2",
    "FP2-F8",
    "F8-T8",
    "T8-P8",
    "P8-O2",
    "FZ-CZ",
    "CZ-PZ",
    "P7-T7",
    "T7-FT9",
    "FT9-FT10",
    "FT10-T8",
    "T8-P8",
]


def sleep_edf(folder: Path, write_edf, subjects: int = 10) -> Path:
    """Write two nights a subject of 14 epochs: each stage twice, in an order of its own."""
    for number in range(2 * subjects):
        rng = np.random.default_rng(number)
        stages = np.repeat(rng.permutation(len(STAGES)), 2)
        signal = 20 * rng.standard_normal((3, len(stages) * 3000))
        signal += np.repeat(30.0 * stages, 3000) * np.sin(np.arange(signal.shape[1]) / 8)
        name = folder / "sleep-cassette" / f"SC4{number // 2:02d}{number % 2 + 1}E"
        channels = ["EEG Fpz-Cz", "EEG Pz-Oz", "EOG horizontal"]
        write_edf(name.with_name(f"{name.name}0-PSG.edf"), signal, 100, channels)
        marks = [(30 * epoch, 30, STAGES[stage]) for epoch, stage in enumerate(stages)]
        write_annotations(name.with_name(f"{name.name}C-Hypnogram.edf"), marks)
    _publish(folder)
    return folder


def chb_mit(folder: Path, write_edf) -> Path:
    """Write two recordings of 40 s in each of six cases; a seizure in the second."""
    for case in (1, 2, 3, 4, 5, 21):
        lines = [f"Data Sampling Rate: 256 Hz\n{'*' * 25}\n"]
        for number in (1, 2):
            rng = np.random.default_rng((case, number))
            signal = 20 * rng.standard_normal((len(CHB_CHANNELS), 40 * 256))
            name = f"chb{case:02d}_{number:02d}.edf"
            lines.append(f"File Name: {name}\nFile Start Time: 11:42:54\n")
            lines.append(f"Number of Seizures in File: {number - 1}\n")
            if number == 2:
                signal[:, 10 * 256 : 22 * 256] *= 5
                lines.append("Seizure Start Time: 10 seconds\nSeizure End Time: 22 seconds\n")
            write_edf(folder / f"chb{case:02d}" / name, signal, 256, CHB_CHANNELS)
        summary = folder / f"chb{case:02d}" / f"chb{case:02d}-summary.txt"
        summary.write_text("\n".join(lines))
    _publish(folder)
    return folder


def write_annotations(path: Path, marks: list[tuple[float, float, str]]) -> None:
    """Write an EDF+ file of annotations alone, one record, as hypnograms of Sleep-EDF are."""
    text = b"+0\x14\x14\0" + b"".join(
        f"+{onset}\x15{duration}\x14{name}\x14\0".encode() for onset, duration, name in marks
    )
    text += b"\0" * (len(text) % 2)
    widths = ((16, "EDF Annotations"), (80, ""), (8, ""), (8, "-1"), (8, "1"), (8, "-32768"),
              (8, "32767"), (80, ""), (8, str(len(text) // 2)), (32, ""))  # fmt: skip
    head = "".join(
        value.ljust(width)
        for width, value in (
            (8, "0"), (80, "X X X X"), (80, "Startdate 01-JAN-2026 X X X"), (8, "01.01.26"),
            (8, "00.00.00"), (8, "512"), (44, "EDF+C"), (8, "1"), (8, "0"), (4, "1"), *widths,
        )
    )  # fmt: skip
    path.write_bytes(head.encode("ascii") + text)


def _publish(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(folder).as_posix()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    (folder / "SHA256SUMS.txt").write_text("\n".join(lines) + "\n")
