"""What a fill costs: the price it goes at, what that is in money, and the commission.

The price of an order is that of the bar, made worse by all models of slippage that are configured, each of them worked
out from the price of the bar:

    base         a part of the price (`bps`) and an amount (`fixed`)
    spread       half of what lies between bid and ask
    impact       what the order's own quantity, and what was traded before, does to the price:
                   volume share     factor x (quantity / the bar's volume)^2, the share at most `cap`
                   square root      coefficient x sigma x sqrt(quantity / average volume)
                   Almgren-Chriss   (temporary + permanent / 2) x sigma x quantity / average volume
                   drift            what the permanent part of earlier fills has left, see below
    volatility   factor x sigma

The quantity is the order's, as it goes: after what caps and holdings take off, and before the shortage rule, so that
a price does not depend on how much cash there is. No price is below 0, and no order slips past its limit. A limit order
that goes at its limit inside the bar rested there: it makes the spread and does not pay it, so the limit takes all of
its slippage. Profit exits at a level do not slip.

The permanent part of Almgren and Chriss moves the price by permanent x sigma x quantity / average volume for good: half
of it is paid by the fill itself, on average over its quantity, and all of it by later fills of the same side, from the
next bar on. Fills of the other side bring the price back; they gain nothing by it, for neither marks nor levels know
of the move.

A commission is the broker's fee and the venue's. The broker's has a minimum and a cap; the venue's is one of two rates,
for who takes and for who makes, and below 0 where it is a rebate.

Where this is unrealistic: the order's share is of a volume that is only known when the bar has ended; each order moves
the price by itself, however many of one asset go at once; and nothing that was moved comes back by itself.
"""

import numpy as np

from tidegate.kernels.arithmetic import micros
from tidegate.kernels.books import (
    FILLS_BOOKED,
    N_FILLS,
    PART_ASSET,
    PART_IMPACT,
    PART_MAKER,
    PART_NUMBER,
    PART_SPREAD,
    PART_UNMEASURED,
    PART_VENUE,
    PRICED_FOR,
    PRICED_IMPACT,
    PRICED_MAKER,
    PRICED_SLIPS,
    PRICED_SPREAD,
    Books,
    Rows,
)
from tidegate.kernels.instruments import (
    AVERAGE_VOLUME,
    BAR_VOLUME,
    DRIFT,
    FUTURE,
    HALF_SPREAD,
    INITIAL,
    MOVED,
    SIGMA,
    UNIT,
    UNMEASURED,
)
from tidegate.kernels.kernel import inlined, kernel

COST_BUY, COST_SELL, COST_FIXED, COST_RATE, COST_PER_SHARE, COST_PER_TRADE, COST_MINIMUM, COST_CAP = range(8)
"""Entries of the `costs` array: what a buy's and a sell's price is multiplied by, and what is then added to the one and
taken off the other; and the terms of the broker's fee, as they are at the bar at hand."""
COST_MODELS, COST_OTHER, COST_SPLIT = range(8, 11)
"""1 or 0: whether a price has more to it than its base; whether base or volatility slip; whether fills are told in
parts."""
COST_SHARE, COST_SHARE_CAP, COST_VOLATILITY, COST_ROOT, COST_TEMPORARY, COST_PERMANENT = range(11, 17)
"""The models' factors, 0 for those that are off."""
COST_PER_CONTRACT, COST_MAKER, COST_MAKER_UNIT, COST_TAKER, COST_TAKER_UNIT = range(17, 22)
"""What a future pays for each contract, -1 where it pays like other assets; the venue's rates, by value and by unit."""
COST_TRADED_BY, COST_TRADED = range(22, 24)
"""What counts for the tier, and how much of it was traded this month: changed with every fill."""
COSTS_SIZE = 24
BY_NOTHING, BY_VALUE, BY_UNITS = range(3)
"""Values of COST_TRADED_BY; value is in micro-units."""


@kernel
def money(asset: int, quantity: float, price: float, books: Books) -> int:
    """What a quantity is worth at a price, in micro-units of the account's currency."""
    return micros(quantity * price * books.instruments[UNIT, asset])


@kernel
def broker_fee(asset: int, quantity: float, price: float, books: Books) -> int:
    """The broker's part of a commission in micro-units.

    `quantity` q is not signed, and the price is that of all a unit stands for:
    min(cap x q x price, max(minimum, per_trade + per_share x q + rate x q x price)); the cap is inf for none. A future
    pays per_contract x q instead, where that is set.
    """
    costs = books.costs
    if costs[COST_PER_CONTRACT] >= 0.0 and books.instruments[FUTURE, asset] != 0.0:
        return micros(quantity * costs[COST_PER_CONTRACT])
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
def venue_fee(asset: int, quantity: float, price: float, rate: float, unit: float, books: Books) -> int:
    """The venue's part of a commission in micro-units: a rate of the value, and so much a unit; below 0 a rebate."""
    if rate == 0.0 and unit == 0.0:
        return 0
    return micros(quantity * price * books.instruments[UNIT, asset] * rate + quantity * unit)


@kernel
def commission(asset: int, quantity: float, price: float, books: Books) -> int:
    """The most that a fill may have to pay, in micro-units: the dearer of the venue's rates, and no rebate.

    So it never falls where the quantity rises, and who can pay it can pay what is charged in the end.
    """
    costs = books.costs
    rate = max(costs[COST_MAKER], costs[COST_TAKER], 0.0)
    unit = max(costs[COST_MAKER_UNIT], costs[COST_TAKER_UNIT], 0.0)
    return broker_fee(asset, quantity, price, books) + venue_fee(asset, quantity, price, rate, unit, books)


@kernel
def entry_need(asset: int, quantity: float, price: float, books: Books) -> int:
    """What an entry of `quantity` at `price` takes of the funds, in micro-units; 0 for no quantity.

    That is the part of its value that must be there (all of it in a cash account), and the commission.
    """
    if quantity == 0.0:
        return 0
    worth = quantity * price * books.instruments[UNIT, asset]
    return micros(worth * books.instruments[INITIAL, asset]) + commission(asset, quantity, price, books)


@kernel
def impact(asset: int, quantity: float, buy: bool, books: Books) -> float:
    """By what part of itself the price gets worse for an order of `quantity`, which is not signed."""
    costs, known = books.costs, books.instruments
    share = min(quantity / known[BAR_VOLUME, asset], costs[COST_SHARE_CAP])
    of_average = quantity / known[AVERAGE_VOLUME, asset]
    sigma = known[SIGMA, asset]
    moved = max(known[DRIFT, asset], 0.0) if buy else max(-known[DRIFT, asset], 0.0)
    return float(
        costs[COST_SHARE] * (share * share)
        + costs[COST_ROOT] * sigma * np.sqrt(of_average)
        + costs[COST_TEMPORARY] * sigma * of_average
        + 0.5 * costs[COST_PERMANENT] * sigma * of_average
        + moved
    )


@kernel
def buy_price(asset: int, quantity: float, at: float, books: Books) -> float:
    """What a buy of `quantity` pays where the bar says `at`."""
    costs = books.costs
    price = float(at * costs[COST_BUY] + costs[COST_FIXED])
    if costs[COST_MODELS] != 0.0:
        price += at * books.instruments[HALF_SPREAD, asset]
        price += at * impact(asset, quantity, True, books)
        price += at * (costs[COST_VOLATILITY] * books.instruments[SIGMA, asset])
    return price


@kernel
def sell_price(asset: int, quantity: float, at: float, books: Books) -> float:
    """What a sell of `quantity` gets where the bar says `at`; never less than nothing."""
    costs = books.costs
    price = float(at * costs[COST_SELL] - costs[COST_FIXED])
    if costs[COST_MODELS] != 0.0:
        price -= at * books.instruments[HALF_SPREAD, asset]
        price -= at * impact(asset, quantity, False, books)
        price -= at * (costs[COST_VOLATILITY] * books.instruments[SIGMA, asset])
    return max(price, 0.0)


@inlined
def order_price(
    source: int,
    order: int,
    asset: int,
    quantity: float,
    asked: float,
    at: float,
    limit: float,
    inside: bool,
    books: Books,
    rows: Rows,
) -> float:
    """What an order pays or gets where the bar says `at`; notes for `charge` what that is made of.

    Args:
        source: where it is noted, see `books.PRICED_FOR`.
        quantity: of the order, signed.
        asked: how much of it can go, for all that holdings say; not signed.
        limit: what slippage cannot take it past, NaN for none.
        inside: whether this is inside the bar, where an order that goes at its limit makes and does not take.
    """
    if quantity > 0.0:
        price = buy_price(asset, asked, at, books)
        if limit == limit:
            price = min(price, limit)
    else:
        price = sell_price(asset, asked, at, books)
        if limit == limit:
            price = max(price, limit)
    if books.costs[COST_SPLIT] != 0.0:
        note_priced(source, order, asset, asked, quantity > 0.0, at, inside and at == limit, True, books, rows)
    return price


@kernel
def note_priced(
    source: int,
    order: int,
    asset: int,
    asked: float,
    buy: bool,
    at: float,
    maker: bool,
    slips: bool,
    books: Books,
    rows: Rows,
) -> None:
    """Notes what the price of an order is made of, a unit's worth; nothing for a maker, or where it does not slip."""
    noted = rows.entries_f
    slips = slips and not maker
    noted[PRICED_FOR, source] = order
    noted[PRICED_MAKER, source] = 1.0 if maker else 0.0
    noted[PRICED_SLIPS, source] = 1.0 if slips else 0.0
    noted[PRICED_SPREAD, source] = at * books.instruments[HALF_SPREAD, asset] if slips else 0.0
    noted[PRICED_IMPACT, source] = at * impact(asset, asked, buy, books) if slips else 0.0


@inlined
def charge(
    order: int,
    source: int,
    asset: int,
    quantity: float,
    price: float,
    value: int,
    slippage: int,
    books: Books,
    rows: Rows,
) -> int:
    """The commission of the next fill in micro-units; what it traded counts from now on, and its parts are written.

    Args:
        order, source: see FILL_ORDER and FILL_SOURCE; orders that were never priced here take and do not slip.
        quantity: signed, with its `value` in micro-units.
        slippage: in micro-units; what a limit spares of it is spared last of the spread.
    """
    costs, size = books.costs, abs(quantity)
    fee = broker_fee(asset, size, price, books)
    if costs[COST_TRADED_BY] != BY_NOTHING:
        costs[COST_TRADED] += float(value) if costs[COST_TRADED_BY] == BY_VALUE else size
    if costs[COST_SPLIT] != 0.0:
        fee += _tell_parts(order, source, asset, quantity, price, slippage, books, rows)
    return fee


@kernel
def _tell_parts(
    order: int,
    source: int,
    asset: int,
    quantity: float,
    price: float,
    slippage: int,
    books: Books,
    rows: Rows,
) -> int:
    """Writes what the slippage and the commission of the next fill are made of; returns the venue's part of the latter.

    Arguments: see `charge`.
    """
    costs, size = books.costs, abs(quantity)
    noted, at = rows.entries_f, max(source, 0)
    priced = noted[PRICED_FOR, at] == order
    maker = priced and noted[PRICED_MAKER, at] != 0.0
    slips = priced and noted[PRICED_SLIPS, at] != 0.0
    if maker:
        venue = venue_fee(asset, size, price, costs[COST_MAKER], costs[COST_MAKER_UNIT], books)
    else:
        venue = venue_fee(asset, size, price, costs[COST_TAKER], costs[COST_TAKER_UNIT], books)
    spread, moved = 0, 0
    if slips:
        spread = min(money(asset, size, noted[PRICED_SPREAD, at], books), slippage)
        moved = min(money(asset, size, noted[PRICED_IMPACT, at], books), slippage - spread)
        if costs[COST_OTHER] == 0.0:  # what rounding leaves is of the last model there is
            if noted[PRICED_IMPACT, at] > 0.0:
                moved = slippage - spread
            else:
                spread = slippage
        known = books.instruments
        shift = costs[COST_PERMANENT] * known[SIGMA, asset] * (size / known[AVERAGE_VOLUME, asset])
        known[MOVED, asset] += shift if quantity > 0.0 else -shift
    row = books.totals[N_FILLS]
    rows.fills_i[PART_NUMBER, row] = books.totals[FILLS_BOOKED]
    rows.fills_i[PART_ASSET, row] = asset
    rows.fills_i[PART_SPREAD, row] = spread
    rows.fills_i[PART_IMPACT, row] = moved
    rows.fills_i[PART_VENUE, row] = venue
    rows.fills_i[PART_MAKER, row] = int(maker)
    rows.fills_i[PART_UNMEASURED, row] = int(books.instruments[UNMEASURED, asset]) if slips else 0
    return venue
