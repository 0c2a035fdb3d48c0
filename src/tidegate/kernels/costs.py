"""What a fill costs: the price it goes at, what that is in money, and the commission."""

import numpy as np

from tidegate.kernels.arithmetic import micros
from tidegate.kernels.books import Books
from tidegate.kernels.instruments import INITIAL, UNIT
from tidegate.kernels.kernel import kernel

COST_BUY, COST_SELL, COST_FIXED, COST_RATE, COST_PER_SHARE, COST_PER_TRADE, COST_MINIMUM, COST_CAP = range(8)
"""Entries of the `costs` array: what a buy's and a sell's price is multiplied by, and what is then added to the one and
taken off the other; and the terms of `commission`."""


@kernel
def money(asset: int, quantity: float, price: float, books: Books) -> int:
    """What a quantity is worth at a price, in micro-units of the account's currency."""
    return micros(quantity * price * books.instruments[UNIT, asset])


@kernel
def commission(asset: int, quantity: float, price: float, books: Books) -> int:
    """Commission of one fill in micro-units; q is not signed, and the price is that of all a unit stands for.

    min(cap x q x price, max(minimum, per_trade + per_share x q + rate x q x price)); the cap is inf for none.
    """
    costs = books.costs
    if (
        costs[COST_RATE] == 0.0
        and costs[COST_PER_SHARE] == 0.0
        and costs[COST_PER_TRADE] == 0.0
        and costs[COST_MINIMUM] == 0.0
    ):
        return 0
    worth = quantity * price * books.instruments[UNIT, asset]
    fee = costs[COST_PER_TRADE] + quantity * costs[COST_PER_SHARE] + worth * costs[COST_RATE]
    fee = max(costs[COST_MINIMUM], fee)
    if costs[COST_CAP] < np.inf:
        fee = min(fee, worth * costs[COST_CAP])
    return micros(fee)


@kernel
def buy_price(asset: int, quantity: float, at: float, books: Books) -> float:
    """What a buy of `quantity` pays where the bar says `at`."""
    return float(at * books.costs[COST_BUY] + books.costs[COST_FIXED])


@kernel
def sell_price(asset: int, quantity: float, at: float, books: Books) -> float:
    """What a sell of `quantity` gets where the bar says `at`; never less than nothing."""
    return max(float(at * books.costs[COST_SELL] - books.costs[COST_FIXED]), 0.0)


@kernel
def entry_need(asset: int, quantity: float, price: float, books: Books) -> int:
    """What an entry of `quantity` at `price` takes of the funds, in micro-units; 0 for no quantity.

    That is the part of its value that must be there (all of it in a cash account), and the commission.
    """
    if quantity == 0.0:
        return 0
    worth = quantity * price * books.instruments[UNIT, asset]
    return micros(worth * books.instruments[INITIAL, asset]) + commission(asset, quantity, price, books)
