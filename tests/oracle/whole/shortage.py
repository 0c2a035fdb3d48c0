"""The naive broker's rule for entries that need more than there is."""

from dataclasses import dataclass

from tests.oracle.whole.charges import NaiveCharges, Priced
from tests.oracle.whole.orders import Order
from tests.oracle.whole.volume import in_lots

STEPS = 2**32


@dataclass
class Entry:
    """An order, or what is left of one after it has reduced, that opens or adds to a position."""

    order: Order
    at: Priced
    size: float
    granted: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """`out` are all-or-nothing entries that were taken out, each with what all needed at that time."""

    need: int
    out: list[tuple[Entry, int]]


def served(entry: Entry) -> tuple[float, int, int]:
    """Who comes first where there is not enough: by priority, then by asset, then by place."""
    return -entry.order.priority, entry.order.asset, entry.order.place


class NaiveShortage:
    """Grants entries what there is."""

    def __init__(self, costs: NaiveCharges) -> None:
        self.costs, self.rules = costs, costs.rules

    def share(self, entries: list[Entry], there_is: int) -> Verdict:
        """Sets what each is granted."""
        need, out = self.grant(entries, there_is), []
        # All-or-nothing orders that a common factor would cut make room for the rest, one at a time, for without one
        # of them the others may fit.
        while self.rules.shortage == "scale":
            cut = [e for e in entries if e.order.tif == "FOK" and e.granted < e.size]
            if not cut:
                break
            last = max(cut, key=served)
            last.granted = 0.0
            out.append((last, need))
            entries = [entry for entry in entries if entry is not last]
            need = self.grant(entries, there_is)
        return Verdict(need, out)

    def grant(self, entries: list[Entry], there_is: int) -> int:
        """Grants as the rule says; returns what all would need."""
        need = self.total(entries, STEPS)
        if need <= there_is:
            for entry in entries:
                entry.granted = entry.size
        elif self.rules.shortage == "scale":
            factor = self.largest(entries, there_is)
            for entry in entries:
                entry.granted = self.cut(entry, factor)
        else:
            self.serve(entries, there_is)
        return need

    def serve(self, entries: list[Entry], left: int) -> None:
        """One after the other: `rank` cuts what does not fit to what is left, `reject` passes it over."""
        for entry in sorted(entries, key=served):
            entry.granted = entry.size
            if self.need(entry, entry.size) > left:
                in_part = self.rules.shortage == "rank" and entry.order.tif != "FOK"
                entry.granted = self.cut(entry, self.largest([entry], left)) if in_part else 0.0
            left -= self.need(entry, entry.granted)

    def need(self, entry: Entry, size: float) -> int:
        return self.costs.need(entry.order.asset, size, entry.at.price)

    def cut(self, entry: Entry, factor: int) -> float:
        """A part of an entry, in whole units or lots unless there are fractions."""
        lot = self.costs.books.instruments[entry.order.asset].lot
        if factor == STEPS and (lot or self.rules.fractional):
            return entry.size
        return in_lots(entry.size * (factor / STEPS), lot, fractional=self.rules.fractional)

    def total(self, entries: list[Entry], factor: int) -> int:
        """What the entries need, all cut by one factor."""
        return sum(self.need(entry, self.cut(entry, factor)) for entry in entries)

    def largest(self, entries: list[Entry], there_is: int) -> int:
        """The largest factor, in steps of 2**-32, that there is enough for."""
        if self.total(entries, STEPS) <= there_is:
            return STEPS
        enough, too_much = 0, STEPS
        while too_much - enough > 1:
            middle = (enough + too_much) // 2
            if self.total(entries, middle) <= there_is:
                enough = middle
            else:
                too_much = middle
        return enough
