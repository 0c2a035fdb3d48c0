"""Fills against the bars that they met: price, slippage, commission, volume."""

import numpy as np

from tidegate.core.arrays import BoolArray, FloatArray, IntArray
from tidegate.core.enums import FillPoint, OrderKind
from tidegate.core.ids import ORDERS_PER_SENDER
from tidegate.messages.market import CLOSE, HIGH, LOW, OPEN, VOLUME, FinerBars
from tidegate.messages.orders import OrdersSized
from tidegate.verify.books import FillRows, micros
from tidegate.verify.findings import Findings, Rule, differ
from tidegate.verify.market import Market
from tidegate.verify.register import AtFill
from tidegate.verify.stretch import NO_INTS, Stretch, column, runs
from tidegate.verify.terms import Eras, Terms

NEAR = 1e-12
"""How far two prices may lie apart, relative to them, that were worked out in different ways."""
ROUNDING = 1e-9
"""How near to a whole number of units a part of a bar's volume counts as one."""
_LIMITED = (int(OrderKind.LIMIT), int(OrderKind.STOP_LIMIT))


class Prices:
    """Looks at fills one by one, and at those of a bar together.

    Args:
        findings: takes what is wrong.
        eras: the terms of the run.
    """

    def __init__(self, findings: Findings, eras: Eras) -> None:
        self._findings, self._eras = findings, eras

    def check(self, stretch: Stretch, market: Market, fills: FillRows, orders: AtFill, unit: FloatArray) -> None:
        """The fills of the next barriers.

        Args:
            orders: what was known of the order of each.
            unit: (n_fills,) money of a unit at a price of 1.
        """
        own = fills.seq >= self._eras.own
        for terms, at in ((self._eras.before, np.flatnonzero(~own)), (self._eras.terms, np.flatnonzero(own))):
            if len(at) == len(own):
                self._against(terms, stretch, market, fills, orders, unit)
            elif len(at):
                self._against(terms, stretch, market, fills.part(at), orders.part(at), unit[at])
        self._sized(stretch, market)

    def _against(
        self, terms: Terms, stretch: Stretch, market: Market, fills: FillRows, orders: AtFill, unit: FloatArray
    ) -> None:
        """Fills of one run, by its terms."""
        bars, volume, known = self._bars(market, fills)
        self._findings.skip("fills against bars that are not at hand", int(np.count_nonzero(~known)))
        self._in_bar(stretch, fills, bars, known)
        self._sides(stretch, fills, orders)
        if terms.costs.slips:
            self._slippage(terms, stretch, fills, orders)
        else:
            self._findings.skip("slippage that follows the market", len(fills.row))
        if terms.costs.charged:
            self._commission(terms, stretch, fills, unit)
        else:
            self._findings.skip("commission that follows the venue or what was traded", len(fills.row))
        self._volume(terms, stretch, fills, volume)

    @staticmethod
    def _bars(market: Market, fills: FillRows) -> tuple[FloatArray, FloatArray, BoolArray]:
        """(5, n_fills) the bar of each fill, finer where it says so; its barrier's volume; whether it is at hand."""
        bars, known = market.bars_of(fills.seq, fills.asset)
        volume = bars[VOLUME].copy()
        finer = np.flatnonzero((fills.finer_ns >= 0) & known)
        for at in runs(finer, fills.seq, fills.finer_ns):
            bars[:, at] = _finer_bars(market.finer(int(fills.seq[at[0]])), int(fills.finer_ns[at[0]]), fills.asset[at])
        return bars, volume, known

    def _in_bar(self, stretch: Stretch, fills: FillRows, bars: FloatArray, known: BoolArray) -> None:
        """Before slippage an open's fill has the open, a close's the close, and one between lies in the range."""
        reference = fills.reference
        inside = (bars[LOW] <= reference) & (reference <= bars[HIGH])
        holds = np.where(
            fills.point == FillPoint.OPEN, reference == bars[OPEN],
            np.where(fills.point == FillPoint.CLOSE, reference == bars[CLOSE], inside),
        )  # fmt: skip

        def say(k: int) -> tuple[str, str]:
            first, high, low, last, _ = bars[:, k].tolist()
            if last != last:
                return f"a fill of asset {fills.asset[k]}", "none, for it has no bar"
            wanted = (f"the open {first!r}", f"from {low!r} to {high!r}", f"the close {last!r}")
            point = int(fills.point[k])
            what = wanted[point] if 0 <= point < len(wanted) else "a point that there is"
            return f"reference {reference[k].item()!r} of asset {fills.asset[k]}", what

        self._findings.expect(Rule.PRICES, stretch, fills.row, holds | ~known, say)

    def _sides(self, stretch: Stretch, fills: FillRows, orders: AtFill) -> None:
        """Slippage makes prices worse, but never past a limit; and a stop was reached."""
        buy = fills.quantity > 0.0
        worse = np.where(buy, fills.price >= fills.reference, fills.price <= fills.reference)
        said = differ(fills.price, fills.reference, "a price better than its reference:")
        self._findings.expect(Rule.PRICES, stretch, fills.row, worse & (fills.price >= 0.0), said)
        limited = np.isin(orders.kind, _LIMITED) & ~np.isnan(orders.limit)
        within = np.where(buy, fills.price <= orders.limit, fills.price >= orders.limit)
        said = differ(fills.price, orders.limit, "a price past its limit:")
        self._findings.expect(Rule.PRICES, stretch, fills.row, ~limited | within, said)
        # What volume held back of a stop goes at the next open, wherever that is.
        stops = (orders.kind == OrderKind.STOP) & ~np.isnan(orders.stop) & (orders.held == 0)
        reached = np.where(buy, fills.reference >= orders.stop, fills.reference <= orders.stop)
        said = differ(fills.reference, orders.stop, "a stop goes at")
        self._findings.expect(Rule.PRICES, stretch, fills.row, ~stops | reached, said)

    def _slippage(self, terms: Terms, stretch: Stretch, fills: FillRows, orders: AtFill) -> None:
        """The price is the reference, made worse by the part and the amount that the configuration says."""
        costs, buy = terms.costs, fills.quantity > 0.0
        sign = np.where(buy, 1.0, -1.0)
        slipped = np.maximum(fills.reference * (1.0 + sign * costs.slippage) + sign * costs.fixed, 0.0)
        limited = np.isin(orders.kind, (*_LIMITED, OrderKind.TRAILING_STOP_LIMIT))
        # Slippage stops at a limit; a profit level is one.
        less = limited | (fills.order_id < ORDERS_PER_SENDER)
        near = np.abs(fills.price - slipped) <= NEAR * np.maximum(fills.reference, slipped)
        between = np.where(buy, fills.price <= slipped, fills.price >= slipped)
        said = differ(fills.price, slipped, "price")
        self._findings.expect(Rule.COSTS, stretch, fills.row, near | (less & between), said)

    def _commission(self, terms: Terms, stretch: Stretch, fills: FillRows, unit: FloatArray) -> None:
        """min(cap x value, max(minimum, per trade + per share x units + rate x value)), or so much a contract."""
        costs = terms.costs
        worth = fills.size * fills.price * unit
        fee = costs.per_trade + fills.size * costs.per_share + worth * costs.rate
        fee = np.maximum(costs.minimum, fee)
        if costs.cap < np.inf:
            fee = np.minimum(fee, worth * costs.cap)
        if costs.per_contract >= 0.0:
            fee = np.where(terms.future[fills.asset], fills.size * costs.per_contract, fee)
        wanted = micros(fee)
        said = differ(fills.commission, wanted, "commission")
        self._findings.expect(Rule.COSTS, stretch, fills.row, fills.commission == wanted, said)

    def _volume(self, terms: Terms, stretch: Stretch, fills: FillRows, volume: FloatArray) -> None:
        """All fills of an asset in a bar together, told at the last of them.

        Args:
            volume: (n_fills,) of the bar of each, NaN where none is known.
        """
        if np.isnan(terms.participation):
            holds = (volume != 0.0) | terms.zero_fills
            said = differ(fills.size, np.zeros(len(volume)), "units in a bar without volume:")
            self._findings.expect(Rule.VOLUME, stretch, fills.row, holds, said)
            return
        key = ((fills.seq - fills.seq.min()) * terms.assets + fills.asset)[::-1]
        _, at, of = np.unique(key, return_index=True, return_inverse=True)
        sums = np.zeros(len(at))
        np.add.at(sums, of, fills.size[::-1])
        last = len(fills.row) - 1 - at
        room = _room(volume[last], terms.participation, zero_fills=terms.zero_fills)
        said = differ(sums, room, "units in a bar:")
        holds = sums <= room + ROUNDING * np.maximum(1.0, np.where(np.isinf(room), 1.0, room))
        self._findings.expect(Rule.VOLUME, stretch, fills.row[last], holds, said)

    def _sized(self, stretch: Stretch, market: Market) -> None:
        """A target is sized at the price of its point."""
        rows, holds, told = [], [], []
        for row, sized in zip(stretch.rows(OrdersSized).tolist(), stretch.of(OrdersSized), strict=True):
            bars = market.bars(sized.seq)
            if bars is not None:
                wanted = bars[CLOSE if sized.point == FillPoint.CLOSE else OPEN, sized.asset]
                rows.append(row)
                holds.append(bool((sized.price == wanted).all()))
                told.append((sized.price.tolist(), wanted.tolist()))
        self._findings.expect(
            Rule.PRICES, stretch, column(rows), np.array(holds, np.bool_),
            lambda k: (f"targets sized at {told[k][0]}", f"at {told[k][1]}"),
        )  # fmt: skip


def _finer_bars(finer: FinerBars | None, ts_ns: int, asset: IntArray) -> FloatArray:
    """(5, n) those of a time, NaN where there are none."""
    at = NO_INTS if finer is None else np.flatnonzero(finer.ts_ns == ts_ns)
    none: FloatArray = np.full((5, len(asset)), np.nan)
    return none if finer is None or len(at) == 0 else finer.bars[at[0]][:, asset]


def _room(volume: FloatArray, part: float, *, zero_fills: bool) -> FloatArray:
    """Units that bars of a volume let through, inf for no limit."""
    share = part * volume
    nearest = np.rint(share)
    whole = np.abs(share - nearest) <= ROUNDING * np.maximum(1.0, nearest)
    room = np.full(len(volume), np.inf) if np.isnan(part) else np.where(whole, nearest, share)
    room = np.where(volume == 0.0, np.inf if zero_fills else 0.0, room)
    found: FloatArray = np.where(np.isnan(volume), np.inf, room)
    return found
