"""Rows of `rules_finer`, and an account to play them on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tests.scenario.account import DAY_NS, Account, phrases_of
from tests.scenario.rules import NAN, Bar, Met, Rule, parse_bar, parse_rule

from tidegate.core.arrays import freeze
from tidegate.core.enums import PathPolicy
from tidegate.messages.base import Message
from tidegate.messages.market import FinerBars
from tidegate.messages.orders import Fills
from tidegate.messages.risk import AmbiguousBars

MINUTE_NS = 60_000_000_000
FINER = re.compile(r"\{(.*?)\}")


@dataclass(frozen=True)
class FinerRule:
    """A row, and the finer bars of each of its bars, None where it names none."""

    rule: Rule
    finer: tuple[tuple[Bar, ...] | None, ...]
    text: str


def parse_rows(table: str) -> list[FinerRule]:
    """The rows of a table."""
    lines = (line.strip() for line in table.splitlines())
    return [parse_row(line) for line in lines if line and not line.startswith("# ")]


def parse_row(line: str) -> FinerRule:
    orders, bars, under, happens = line.split("|")
    pieces = re.findall(r"([^,{]+)(\{[^}]*\})?", bars)
    finer = tuple(None if not inside else parse_finer(inside[1:-1]) for bar, inside in pieces if bar.strip())
    plain = ",".join(bar for bar, _ in pieces if bar.strip())
    text = " ".join(f"{orders}|{bars}|{under}".split())
    return FinerRule(parse_rule("|".join((orders, plain, under, happens))), finer, text)


def parse_finer(text: str) -> tuple[Bar, ...]:
    return tuple(parse_bar(part.split()) for part in text.split(",") if part.strip())


def finer_bars(seq: int, bars: Sequence[Bar]) -> FinerBars:
    """The message: minutes of the day that ends with the barrier."""
    block = np.full((len(bars), 5, 1), NAN)
    for row, bar in enumerate(bars):
        block[row, :, 0] = *bar, (NAN if np.isnan(bar[0]) else 1.0)
    times = seq * DAY_NS + np.arange(1, len(bars) + 1) * MINUTE_NS
    return FinerBars(seq, freeze(times), freeze(block))


class FinerAccount(Account):
    """An account that is told the finer bars of each bar."""

    def __init__(self, rule: Rule, policy: PathPolicy) -> None:
        self.finer: tuple[Bar, ...] | None = None
        super().__init__(rule, policy)

    def open(self, bar: Bar) -> bool:
        if self.finer is not None:
            self.execution.take_finer(finer_bars(self._seq + 1, self.finer))
        return super().open(bar)

    def rest(self) -> None:
        super().rest()
        while self.execution.stopped:
            super().rest()

    def _tell(self, messages: Sequence[Message]) -> None:
        self.messages += messages
        bar = self._seq - self._accepted_at
        for message in messages:
            at = message.finer_ts_ns if isinstance(message, Fills | AmbiguousBars) else -1
            number = f" @{(at - self._seq * DAY_NS) // MINUTE_NS}" if at >= 0 else ""
            self.phrases += (phrase + number for phrase in phrases_of(message, bar))


def play(row: FinerRule, policy: PathPolicy) -> FinerAccount:
    """The account after a row's bars."""
    rule, account = row.rule, FinerAccount(row.rule, policy)
    account.bar(Met(rule.before[-1]))
    account.accept(rule.orders)
    account.decide()
    for bar, finer in zip(rule.bars, row.finer, strict=True):
        account.finer = finer
        assert isinstance(bar, Met)
        account.bar(bar)
        account.decide()
    account.end()
    return account
