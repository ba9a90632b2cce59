"""The 19 channels of the 10-20 system on a unit sphere, and how sources reach them.

Positions: inclination from the vertex and azimuth (0 is the nose), as in EEGLAB's .locs files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_AZIMUTH_AND_INCLINATION_DEGREES = {
    "Fp1": (-18, 92), "Fp2": (18, 92), "F7": (-54, 92), "F3": (-39, 60), "Fz": (0, 46),
    "F4": (39, 60), "F8": (54, 92), "T7": (-90, 92), "C3": (-90, 46), "Cz": (0, 0),
    "C4": (90, 46), "T8": (90, 92), "P7": (-126, 92), "P3": (-141, 60), "Pz": (180, 46),
    "P4": (141, 60), "P8": (126, 92), "O1": (-162, 92), "O2": (162, 92),
}  # fmt: skip

CHANNELS_1020: tuple[str, ...] = tuple(_AZIMUTH_AND_INCLINATION_DEGREES)


def positions(channels: tuple[str, ...] = CHANNELS_1020) -> NDArray[np.float64]:
    """Return unit vectors (channels, 3): x to the right, y to the nose, z up.

    Raises:
        ValueError: A channel is none of the 19.
    """
    unknown = [name for name in channels if name not in _AZIMUTH_AND_INCLINATION_DEGREES]
    if unknown:
        allowed = ", ".join(CHANNELS_1020)
        raise ValueError(f"no position of channel {unknown[0]!r}; there are {allowed}")
    angles = np.radians([_AZIMUTH_AND_INCLINATION_DEGREES[name] for name in channels])
    azimuth, inclination = angles[:, 0], angles[:, 1]
    return np.stack(
        [
            np.sin(inclination) * np.sin(azimuth),
            np.sin(inclination) * np.cos(azimuth),
            np.cos(inclination),
        ],
        axis=1,
    )


def mixing_matrix(
    sources: NDArray[np.float64],
    channels: tuple[str, ...] = CHANNELS_1020,
    spread_degrees: float = 40.0,
) -> NDArray[np.float64]:
    """Return how strongly each source is seen by each channel, (channels, sources), at most 1.

    Args:
        sources: Unit vectors (sources, 3).
        channels: Names of the channels.
        spread_degrees: Angle at which a source is seen at exp(-1/2) of its strength.
    """
    cosine = np.clip(positions(channels) @ sources.T, -1.0, 1.0)
    angle_degrees = np.degrees(np.arccos(cosine))
    return np.asarray(np.exp(-0.5 * (angle_degrees / spread_degrees) ** 2))
