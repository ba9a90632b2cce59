"""EEG with planted truth: what tests and coverage studies are held against."""

from __future__ import annotations

from trial_runner.simulation.artefacts import ArtefactPlan, LabelledEpochs, simulate_artefacts
from trial_runner.simulation.cohort import CohortPlan, simulate_cohort
from trial_runner.simulation.montage import CHANNELS_1020, mixing_matrix
from trial_runner.simulation.nights import Night, NightPlan, simulate_nights

__all__ = [
    "CHANNELS_1020",
    "ArtefactPlan",
    "CohortPlan",
    "LabelledEpochs",
    "Night",
    "NightPlan",
    "mixing_matrix",
    "simulate_artefacts",
    "simulate_cohort",
    "simulate_nights",
]
