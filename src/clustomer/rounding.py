"""Rounding for readers: the one place that makes per cent of shares, for every face."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

Bound = Literal["", "under", "over"]
"""What stands before a number that is the end of a range rather than a value."""


HUGE: Final = 1e15
"""From here on a number is shown by its size; its digits mean nothing."""


def rounded(value: float, digits: int) -> str:
    """Round half away from zero, thousands apart.

    >>> rounded(1234.5, 0), rounded(-0.04, 1), rounded(0.125, 2)
    ('1,235', '0.0', '0.13')
    """
    if abs(value) >= HUGE:
        return f"{value:.3g}"
    near = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{near if near else abs(near):,}"


def percent_parts(share: float, digits: int = 0) -> tuple[Bound, str]:
    """Round a share so that almost nothing never reads as nothing, nor almost all as all.

    Parameters
    ----------
    share
        From 0 to 1; shares beyond are rounded alike.
    digits
        Digits after the point; one where whole numbers would hide what is below 1 % or above 99 %.

    Returns
    -------
    A bound, "" for a value, and the number as text, rounded half away from zero.

    >>> percent_parts(0.9996), percent_parts(0.0004), percent_parts(0.997), percent_parts(1.0)
    (('over', '99.9'), ('under', '0.1'), ('', '99.7'), ('', '100'))
    """
    exact = abs(share) * 100
    if 0 < exact < 0.05:
        return "under", "0.1"
    if 99.95 <= exact < 100:
        return "over", "99.9"
    close = 0 < exact < 1 or 99 < exact < 100
    number = rounded(share * 100, max(digits, 1) if close else digits)
    return "", number if digits else number.removesuffix(".0")


def percent(share: float, digits: int = 0) -> str:
    """Write a share as per cent.

    >>> percent(0.418), percent(0.0042), percent(0.9571, 1), percent(0.9999, 1), percent(1.0, 1)
    ('42 %', '0.4 %', '95.7 %', 'over 99.9 %', '100.0 %')
    """
    bound, number = percent_parts(share, digits)
    return f"{bound} {number} %".lstrip()
