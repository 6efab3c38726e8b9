"""Sorting whole numbers by themselves: NumPy does it several times faster than by their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def places_in_order(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of numbers from 0 on in their rising order; equal ones keep their order.

    With its place in the lower bits, each number is sorted by itself; where the bits do not
    suffice, places are sorted by numbers.

    >>> places_in_order(np.array([5, 0, 7, 0])).tolist()
    [1, 3, 0, 2]
    """
    bits = max(numbers.size - 1, 0).bit_length()
    if int(numbers.max(initial=0)) >> (63 - bits):
        return np.argsort(numbers, kind="stable")
    return np.sort((numbers << bits) | np.arange(numbers.size)) & ((1 << bits) - 1)


def numbered_alike(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the distinct values of numbers from 0 on, in their rising order.

    Returns
    -------
    NDArray
        int64, as long as `numbers`: the number of each one's value.

    >>> numbered_alike(np.array([5, 0, 7, 0])).tolist()
    [1, 0, 2, 0]
    """
    order = places_in_order(numbers)
    rising = numbers[order]
    found = np.empty(numbers.size, np.int64)
    found[order] = np.cumsum(np.append(False, rising[1:] != rising[:-1]))[: numbers.size]
    return found
