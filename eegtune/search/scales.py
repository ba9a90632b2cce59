"""How a number's feasible interval is spread over [0, 1]: uniform, logarithmic or normal.

Katib's distributions. `normal` and `logNormal` have their mean in the middle of the interval (of
its logarithms) and a standard deviation of a sixth of it, and are truncated to the bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()
_STANDARD_DEVIATIONS = 3.0  # from the mean to a bound: an interval is six of them
_TAIL = _NORMAL.cdf(-_STANDARD_DEVIATIONS)


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map between an interval and [0, 1].

    Attributes:
        low: The interval's lower end.
        high: Its upper end.
        logarithmic: Whether equal ratios count alike; `low` must then be positive.
        bell: Whether the middle is more likely than the ends.
    """

    low: float
    high: float
    logarithmic: bool = False
    bell: bool = False

    def unit(self, value: float) -> float:
        """Return the position of a value, clipped to [0, 1]."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if high <= low:
            return 0.5
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        fraction = (at - low) / (high - low)
        if self.bell:
            density = _NORMAL.cdf((2 * fraction - 1) * _STANDARD_DEVIATIONS)
            fraction = (density - _TAIL) / (1 - 2 * _TAIL)
        return min(max(fraction, 0.0), 1.0)

    def value(self, unit: float) -> float:
        """Return the value at a position, never outside the interval."""
        if unit <= 0 or unit >= 1:
            return self.low if unit <= 0 else self.high
        low, high, fraction = self.low, self.high, unit
        if self.bell:
            density = _TAIL + fraction * (1 - 2 * _TAIL)
            fraction = (_NORMAL.inv_cdf(density) / _STANDARD_DEVIATIONS + 1) / 2
        if self.logarithmic:
            low, high = math.log(low), math.log(high)
            return min(max(math.exp(low + fraction * (high - low)), self.low), self.high)
        return min(max(low + fraction * (high - low), self.low), self.high)

    @property
    def is_uniform(self) -> bool:
        """Whether equal differences count alike."""
        return not (self.logarithmic or self.bell)
