"""A random order of the whole numbers below n that needs no list: a keyed permutation.

Four Feistel rounds over the smallest even number of bits that holds n, walked until the result
is below n again (cycle walking), so that place k of a billion-point grid costs microseconds.
"""

from __future__ import annotations

from eegtune.search.seeds import derive_seed

_ROUNDS = 4


class Shuffle:
    """A permutation of range(size), the same for the same key."""

    def __init__(self, size: int, *key: object) -> None:
        """Prepare the rounds' keys."""
        self._size = size
        self._half_bits = max(1, ((max(size - 1, 1)).bit_length() + 1) // 2)
        self._keys = [derive_seed(*key, round_number) for round_number in range(_ROUNDS)]

    def __getitem__(self, place: int) -> int:
        """Return the number at a place."""
        if not 0 <= place < self._size:
            raise IndexError(place)
        number = self._mix(place)
        while number >= self._size:
            number = self._mix(number)
        return number

    def _mix(self, number: int) -> int:
        mask = (1 << self._half_bits) - 1
        left, right = number >> self._half_bits, number & mask
        for key in self._keys:
            left, right = right, left ^ (_hash(right ^ key) & mask)
        return (left << self._half_bits) | right


def _hash(number: int) -> int:
    number = (number * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & 0xFFFFFFFFFFFFFFFF
    number ^= number >> 29
    number = (number * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return number ^ (number >> 32)
