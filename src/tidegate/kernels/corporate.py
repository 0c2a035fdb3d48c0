"""What corporate actions do to positions, marks and cash: one action on one asset at a time.

Splits. Units are multiplied and prices divided, so that a position is worth what it was; what it cost stays. An
account of whole shares gets the fraction that is left in cash, at the last close told in new shares; where not one
share is left, the position is settled at that price.

Dividends belong to who held at the close before the ex date. Until the pay date they are a receivable, which is part
of equity; then, or on the ex date where there is no other, they are cash. Who is short pays them.

What ends. A position in what is delisted, or bought for cash, is settled: closed as by a trade, without commission. In
a merger for shares the position moves to the other asset, with its cost, and with the barrier at which it was opened;
cash on top pays for a part of it, as large as the cash's share in what is given for it at the last closes. A position
of the other sign there is not set off: then all is settled in cash, at the same worth; so is a future that would
become what is paid for in full, or the other way round. Futures get no dividends, and their units are not cut to whole
ones.

In the books settlements are trades, and dividends and fractions are carry, at every moment exactly:

    equity = cash + receivable + positions = deposits + sum(trade pnl) + unrealized + carry + receivable

Dividends, fractions and what ends are converted at the rate of the moment; a receivable keeps the rate of its ex date.

Where this is unrealistic: nothing is withheld from dividends; no price is lowered by one but by the market; a
settlement comes at once, however long a liquidation would take; and fractions are paid at a price of the day before.
"""

import numpy as np

from tidegate.kernels.arithmetic import DUST
from tidegate.kernels.books import (
    CARRY,
    CASH,
    COST,
    ENTRY_FILL,
    ENTRY_SEQ,
    FEES,
    HIGHEST,
    LOCAL,
    LOWEST,
    MARK,
    POSTED_DIVIDEND,
    POSTED_IN_LIEU,
    QUANTITY,
    RECEIVABLE,
    SETTLED,
    Books,
    Rows,
    post,
)
from tidegate.kernels.costs import money
from tidegate.kernels.instruments import AVAILABLE, FUTURE, MULTIPLIER, UNIT
from tidegate.kernels.kernel import kernel
from tidegate.kernels.ledger import close_part, local_value, post_flow


@kernel
def units_for(size: float, ratio: float, fractional: bool) -> float:
    """Units that `size` units become: size x ratio, cut to whole ones unless fractional.

    What is nearer to a whole number than 1e-9 of itself is that number: a third is no binary fraction.
    """
    exact = size * ratio
    if fractional:
        return exact
    nearest = float(np.rint(exact))
    if abs(exact - nearest) <= DUST * max(1.0, exact):
        return nearest
    return float(np.floor(exact))


@kernel
def pay(kind: int, asset: int, amount: int, books: Books, rows: Rows) -> None:
    """Books cash that is no trade's; nothing where it is 0."""
    if amount != 0:
        books.totals[CASH] += amount
        books.totals[CARRY] += amount
        post(kind, 0, asset, -1, amount, books.totals, books.foreign, rows.postings)


@kernel
def owe(asset: int, value: float, later: bool, books: Books, rows: Rows) -> int:
    """A dividend of `value` a share: pays it, or notes it as receivable; returns the amount in micro-units."""
    held = books.positions[QUANTITY, asset]
    if held == 0.0 or books.instruments[FUTURE, asset] != 0.0:
        return 0
    amount = money(asset, abs(held), value, books)
    if held < 0.0:
        amount = -amount
    if later:
        books.totals[RECEIVABLE] += amount
    else:
        pay(POSTED_DIVIDEND, asset, amount, books, rows)
    return amount


@kernel
def receive(asset: int, amount: int, books: Books, rows: Rows) -> None:
    """What was receivable is paid."""
    books.totals[RECEIVABLE] -= amount
    pay(POSTED_DIVIDEND, asset, amount, books, rows)


@kernel
def settle(seq: int, asset: int, price: float, books: Books, rows: Rows) -> int:
    """Closes a position at a price, if there is one; returns the cash it brings in micro-units."""
    held = books.positions[QUANTITY, asset]
    if held == 0.0:
        return 0
    books.overdue[asset] = 0
    return _close(seq, asset, abs(held), price, money(asset, abs(held), price, books), books, rows)


@kernel
def _close(seq: int, asset: int, size: float, price: float, value: int, books: Books, rows: Rows) -> int:
    """Closes a part of a position for a value; returns what that brings."""
    long = books.positions[QUANTITY, asset] > 0.0
    local = local_value(asset, size, price, value, books)
    flow = value if long else -value
    paid = close_part(seq, asset, size, price, value, 0, -1, -1, books, rows)
    if books.instruments[FUTURE, asset] != 0.0:
        flow = paid
    books.totals[CASH] += flow
    post_flow(asset, -1, flow, local if long else -local, books, rows)
    return flow


@kernel
def split(seq: int, asset: int, ratio: float, fractional: bool, books: Books, rows: Rows) -> int:
    """Makes `ratio` units of each; returns the cash for fractions, in micro-units.

    Args:
        seq: barrier.
        fractional: whether parts of a share can be held.
        books: changed in place; `rows` gets the posting, and the trade where nothing is left of the position.
    """
    positions = books.positions
    for row in (MARK, LOWEST, HIGHEST):
        positions[row, asset] /= ratio
    books.instruments[AVAILABLE, asset] *= ratio
    held = positions[QUANTITY, asset]
    if held == 0.0:
        return 0
    exact, sign = abs(held) * ratio, 1.0 if held > 0.0 else -1.0
    whole = units_for(abs(held), ratio, fractional or books.instruments[FUTURE, asset] != 0.0)
    if whole == 0.0:
        positions[QUANTITY, asset] = sign * exact
        return settle(seq, asset, positions[MARK, asset], books, rows)
    positions[QUANTITY, asset] = sign * whole
    return _pay_fraction(asset, sign, exact - whole, positions[MARK, asset], books, rows)


@kernel
def _pay_fraction(asset: int, sign: float, rest: float, price: float, books: Books, rows: Rows) -> int:
    if rest < DUST:
        return 0
    amount = money(asset, rest, price, books)
    if sign < 0.0:
        amount = -amount
    pay(POSTED_IN_LIEU, asset, amount, books, rows)
    return amount


@kernel
def rate_between(asset: int, into: int, books: Books) -> float:
    """Money of one unit of `into` at a price of 1, for that of one of `asset`; NaN where a currency has no rate yet."""
    there, here = books.instruments[UNIT, into], books.instruments[UNIT, asset]
    return 1.0 if there == here else float(there / here)


@kernel
def price_after(asset: int, into: int, ratio: float, cash: float, books: Books) -> float:
    """Last close of what an asset becomes; where it has none, that gets one, which follows from the asset's own."""
    known = books.positions[MARK, into]
    if known == known:
        return float(known)
    left = max(books.positions[MARK, asset] - cash, 0.0)
    found = left / (ratio * rate_between(asset, into, books))
    books.positions[MARK, into] = found
    return float(found)


@kernel
def move(
    seq: int,
    asset: int,
    into: int,
    ratio: float,
    cash: float,
    price: float,
    fractional: bool,
    books: Books,
    rows: Rows,
) -> int:
    """Makes `ratio` units of `into`, and `cash` on top, of each unit held; returns the cash that came, in micro-units.

    Args:
        seq: barrier.
        cash: for each unit of `asset`, 0 for none.
        price: of a unit of `into`, see `price_after`.
        fractional: whether parts of a share can be held.
        books: changed in place; `rows` gets postings and trades.
    """
    positions, basis = books.positions, books.basis
    held, other = positions[QUANTITY, asset], positions[QUANTITY, into]
    if held == 0.0:
        return 0
    rate = rate_between(asset, into, books)
    worth = cash + ratio * (price * rate)
    size, sign = abs(held), 1.0 if held > 0.0 else -1.0
    whole = units_for(size, ratio, fractional or books.instruments[FUTURE, asset] != 0.0)
    if worth != worth:
        return settle(seq, asset, positions[MARK, asset], books, rows)
    if whole == 0.0 or held * other < 0.0 or books.instruments[FUTURE, asset] != books.instruments[FUTURE, into]:
        return settle(seq, asset, worth, books, rows)
    came = 0
    divisor = move_divisor(ratio, cash, price, rate)
    if cash > 0.0:
        came += _close(seq, asset, size * (cash / worth), worth, money(asset, size, cash, books), books, rows)
    came += _pay_fraction(into, sign, size * ratio - whole, price, books, rows)
    lowest, highest = positions[LOWEST, asset] / divisor, positions[HIGHEST, asset] / divisor
    if other == 0.0:
        basis[ENTRY_SEQ, into] = basis[ENTRY_SEQ, asset]
        basis[ENTRY_FILL, into] = basis[ENTRY_FILL, asset]
        books.overdue[into] = books.overdue[asset]
        positions[LOWEST, into] = lowest
        positions[HIGHEST, into] = highest
    positions[LOWEST, into] = min(positions[LOWEST, into], lowest)
    positions[HIGHEST, into] = max(positions[HIGHEST, into], highest)
    positions[QUANTITY, into] = other + sign * whole
    positions[QUANTITY, asset] = 0.0
    books.overdue[asset] = 0
    if books.currency[asset] != books.currency[into]:
        in_new = basis[COST, asset] / (books.instruments[UNIT, into] / books.instruments[MULTIPLIER, into])
        basis[LOCAL, asset] = int(np.rint(in_new))
    for row in (COST, FEES, SETTLED, LOCAL):
        basis[row, into] += basis[row, asset]
        basis[row, asset] = 0
    return came


@kernel
def move_divisor(ratio: float, cash: float, price: float, rate: float) -> float:
    """What prices of a position are divided by that moves: less of its cost goes with it where there is cash on top.

    Args:
        rate: see `rate_between`.
    """
    if cash <= 0.0:
        return ratio * rate
    return (cash + ratio * (price * rate)) / price if price > 0.0 else np.inf
