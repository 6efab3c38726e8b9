"""Customer value: what each customer is expected to order and spend in the days to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

import numpy as np
from pydantic import ConfigDict

from clustomer.lifetime.bgnbd import BgNbd, fit_bgnbd
from clustomer.lifetime.gammagamma import GammaGamma, fit_gammagamma
from clustomer.lifetime.histories import Floats, collapsed
from clustomer.lifetime.past import Earlier, Past
from clustomer.recipe.settings import ValueSettings

LEAST_CUSTOMERS: Final = 100
LEAST_REPEATERS: Final = 50
"""With fewer customers, or fewer who ordered again, four parameters are guesswork."""

FARTHEST: Final = 2.0
"""A model that is wrong by more than this factor on the days kept back is not used."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a model fitted on the days before `until` expected of the `days` after, and what came.

    Customers who had ordered before `until`; days with an order.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    until: datetime
    days: int
    customers: int
    expected: float
    came: int

    @property
    def ratio(self) -> float:
        """Expected orders for each that came; infinite where none came."""
        return self.expected / self.came if self.came else float("inf")

    @property
    def says(self) -> str:
        """The check in a sentence."""
        return (
            f"Fitted on the orders before {self.until:%Y-%m-%d} alone, the value model expected "
            f"{self.expected:,.0f} orders of the customers known then in the {self.days} days "
            f"after; {self.came:,} came."
        )


@dataclass(frozen=True, slots=True)
class Value:
    """A fitted value model.

    Parameters
    ----------
    orders
        How often customers order.
    amounts
        What an order is worth.
    horizon
        Days ahead that the columns tell of.
    backtest
        How well the model of orders does on days that it has not seen.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    orders: BgNbd
    amounts: GammaGamma
    horizon: int
    backtest: Backtest

    def columns(self, past: Past, *, horizon: int | None = None) -> Mapping[str, Floats]:
        """Expectations of each customer of `past`: float64, shape (customers,) each.

        Orders of one day count as one. `horizon` days instead of the model's own where given.
        """
        days = self.horizon if horizon is None else horizon
        each = past.histories
        orders = self.orders.expected_orders(each, days)
        return {
            "alive_probability": self.orders.alive(each),
            "order_probability": self.orders.order_probability(each, days),
            "expected_orders": orders,
            "expected_spend": orders * self.amounts.expected_value(past.orders, past.mean),
        }


@dataclass(frozen=True, slots=True)
class NoValue:
    """Why no value is told: the rest of a sentence, and what would help."""

    reason: str
    remedy: str


def fit_value(past: Past, earlier: Earlier, settings: ValueSettings) -> Value | NoValue:
    """Fit the value model on customers' pasts, if they can carry it.

    Parameters
    ----------
    past, earlier
        As `past.read_pasts` gives them.
    """
    few = _too_little(past, settings)
    if few is not None:
        return few
    orders = fit_bgnbd(past.histories)
    paid = past.mean > 0
    if not orders.settled or not paid.any():
        return NoValue("the model of orders finds no best fit", "check the dates of the orders")
    amounts = fit_gammagamma(past.orders[paid], past.mean[paid])
    if not amounts.settled:
        return NoValue("the model of order values finds no best fit", "check the amounts")
    if not amounts.finite:
        return NoValue(
            "a few orders are so large that no mean order value can be told",
            "check the largest amounts",
        )
    backtest = _backtest(earlier, orders)
    if not 1 / FARTHEST <= backtest.ratio <= FARTHEST:
        return NoValue(
            f"the model does not fit these orders. {backtest.says}".removesuffix("."),
            "take other features; the model expects each customer's rate of orders to be steady",
        )
    return Value(orders, amounts, settings.horizon, backtest)


def _too_little(past: Past, settings: ValueSettings) -> NoValue | None:
    customers, again = len(past.orders), int((past.orders > 1).sum())
    if customers < LEAST_CUSTOMERS:
        return NoValue(
            f"{customers:,} customers have dated orders and {LEAST_CUSTOMERS} are needed",
            "give more customers",
        )
    if again < LEAST_REPEATERS:
        return NoValue(
            f"{again:,} customers ordered on a second day and {LEAST_REPEATERS} are needed",
            "give orders over a longer time",
        )
    observed = int(past.observed.max()) + 1
    if observed < settings.horizon:
        return NoValue(
            f"the orders reach over {observed:,} days, too few to look {settings.horizon:,} ahead",
            f"set value.horizon to at most {observed:,} days, or give orders over a longer time",
        )
    return None


def _backtest(earlier: Earlier, near: BgNbd) -> Backtest:
    fitted = fit_bgnbd(earlier.histories, near=near)
    distinct = collapsed(earlier.histories)
    expected = fitted.expected_orders(distinct, earlier.days) * distinct.customers
    return Backtest(
        until=earlier.until,
        days=earlier.days,
        customers=len(earlier.later),
        expected=float(expected.sum()),
        came=int(np.sum(earlier.later)),
    )
