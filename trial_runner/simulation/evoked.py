"""A cohort whose classes differ in a response that is locked to the window's start, too.

The response is a bump over the parietal channels (like a P300), of the same sign in everybody but
of a strength of their own, on top of what the cohort has. Models that see the signal itself learn
it from far fewer windows than a change of a rhythm's power.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from trial_runner.data.windows import Windows
from trial_runner.simulation.cohort import CohortPlan, simulate_cohort
from trial_runner.simulation.montage import CHANNELS_1020, mixing_matrix, positions

_SITE, _PEAK_SHARE, _WIDTH_SHARE = "Pz", 0.3, 0.1


@dataclass(frozen=True, slots=True)
class EvokedPlan(CohortPlan):
    """What is planted.

    Attributes:
        evoked_microvolts: Peak of class 1's response at its strongest channel; class 0 has none.
    """

    evoked_microvolts: float = 0.0


def simulate_evoked(plan: EvokedPlan) -> Windows:
    """Return the cohort's labelled windows with class 1's response added, in volts."""
    shared = {each.name: getattr(plan, each.name) for each in fields(CohortPlan)}
    cohort = simulate_cohort(CohortPlan(**shared))
    if plan.evoked_microvolts == 0:
        return cohort
    response = _response(plan, cohort.signal.shape[2])
    rng = np.random.default_rng((plan.seed, 2))
    strength = np.exp(plan.subject_spread * rng.standard_normal(plan.subjects))
    per_window = np.repeat(strength, plan.windows) * (cohort.targets.labels == 1)
    added = per_window[:, None, None] * response
    signal = (cohort.signal + added).astype(np.float32)
    return Windows(signal, cohort.targets, cohort.sfreq_hz, cohort.channels)


def _response(plan: EvokedPlan, samples: int) -> NDArray[np.float64]:
    """Return the response (channels, samples) in volts."""
    share = np.arange(samples) / samples
    course = np.exp(-0.5 * ((share - _PEAK_SHARE) / _WIDTH_SHARE) ** 2)
    topography = mixing_matrix(positions((_SITE,)), CHANNELS_1020)[:, 0]
    return np.asarray(plan.evoked_microvolts * 1e-6 * topography[:, None] * course)
