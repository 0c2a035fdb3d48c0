"""Orders written down: what a strategy asks for, barrier by barrier.

`0 A+5, 1 A-3, 2 A~.04, 2 A$500, 2 =A:.5 B:.5, 3 cancel 0, 3 cancel all, 4 A+5 limit=95 tif=day`: the barrier, then an
order of so many units, a target as a fraction of equity, a target in currency, target weights (all others to zero, or
kept, with `others=keep`), or which order to cancel: those of the script counted from 0, `all`, or, as `open 0`, one of
those that are open, if there are so many. Behind an order stand, as `name=value`, the other arguments of
`Context.order`; `after` counts orders as `cancel` does. With `stop_loss` or `take_profit` it is a bracket, which is
several orders. An asset's name goes up to the last of `+ - ~ $`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tidegate.core.errors import RequestError
from tidegate.core.ids import FIRST_STRATEGY_SENDER, order_id
from tidegate.strategy.context import Context
from tidegate.strategy.strategy import Strategy

Verb = Literal["order", "percent", "value", "weights", "cancel", "cancel_open", "cancel_all"]
_ASK = re.compile(r"(?P<asset>\S+)(?P<sign>[~$+-])(?P<number>[\d.]+(?:e-?\d+)?)")
_EXITS = ("stop_loss", "take_profit")
_NUMBERS = ("limit", "stop", "trail", "trail_pct", "limit_offset", "priority", *_EXITS)
_TEXTS = ("tif", "tag")
_VERBS: dict[str, Verb] = {"+": "order", "-": "order", "~": "percent", "$": "value"}
_SIGNS = {"percent": "~", "value": "$"}


@dataclass(frozen=True)
class Ask:
    """One thing that is asked for; its text is the words that say so.

    Attributes:
        verb: `order`, `percent`, `value`, `weights`, `cancel`, `cancel_open` or `cancel_all`.
        asset: of the first three.
        number: signed units, the fraction, the value, or which order to cancel.
        weights: fractions of equity by asset.
        words: further arguments of an order, or of weights.
    """

    verb: Verb
    asset: str = ""
    number: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)

    def do(self, ctx: Context, sender: int = FIRST_STRATEGY_SENDER) -> None:
        """Asks for it.

        Args:
            ctx: the strategy's context.
            sender: number of the strategy in order ids.
        """
        match self.verb:
            case "order":
                words = dict(self.words)
                if "after" in words:
                    words["after"] = order_id(sender, words["after"])
                ask = ctx.bracket if any(name in words for name in _EXITS) else ctx.order
                ask(self.asset, self.number, **words)
            case "percent":
                ctx.order_target_percent(self.asset, self.number)
            case "value":
                ctx.order_target_value(self.asset, self.number)
            case "weights":
                ctx.target_weights(self.weights, **self.words)
            case "cancel":
                ctx.cancel(order_id(sender, int(self.number)))
            case "cancel_open":
                for order in ctx.open_orders[int(self.number) : int(self.number) + 1]:
                    ctx.cancel(order)
            case "cancel_all":
                ctx.cancel_all()

    def __str__(self) -> str:
        match self.verb:
            case "cancel_all":
                return "cancel all"
            case "cancel":
                return f"cancel {self.number:g}"
            case "cancel_open":
                return f"cancel open {self.number:g}"
            case "weights":
                pairs = [f"{name}:{_text(weight)}" for name, weight in self.weights.items()]
                return "=" + " ".join([*pairs, *self._said()])
        sign = _SIGNS.get(self.verb, "+" if self.number > 0 else "-")
        return " ".join([f"{self.asset}{sign}{_text(abs(self.number))}", *self._said()])

    def _said(self) -> list[str]:
        return [f"{name}={str(value).lower() if value is True else value}" for name, value in self.words.items()]


def parse_asks(text: str) -> dict[int, list[Ask]]:
    """What is asked for by barrier, in the order in which it is written.

    Raises:
        RequestError: with every part that says nothing that can be asked.
    """
    asks: dict[int, list[Ask]] = {}
    problems: list[str] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        barrier, _, rest = part.partition(" ")
        try:
            if not barrier.isdecimal():
                raise RequestError(f"script: '{part}': want a barrier, and what to ask for at it, such as 0 A+5")
            asks.setdefault(int(barrier), []).append(_ask(rest.strip(), part))
        except RequestError as error:
            problems += error.problems
    if problems:
        raise RequestError.of(problems)
    return asks


def script_text(asks: Mapping[int, Sequence[Ask]]) -> str:
    """The words of a script."""
    return ", ".join(f"{barrier} {ask}" for barrier, asked in asks.items() for ask in asked)


class Script(Strategy):
    """Asks for what is written.

    Args:
        asks: a script, see the module, or what it says.
        place: which of the run's strategies this is, from 0.
    """

    def __init__(self, asks: str | Mapping[int, Sequence[Ask]], place: int = 0) -> None:
        self.asks = parse_asks(asks) if isinstance(asks, str) else {at: tuple(asked) for at, asked in asks.items()}
        self._sender = FIRST_STRATEGY_SENDER + place

    def on_batch(self, ctx: Context) -> None:
        """Asks for what the barrier has."""
        for ask in self.asks.get(ctx.barrier, ()):
            ask.do(ctx, self._sender)


def _ask(text: str, part: str) -> Ask:
    if text == "cancel all":
        return Ask("cancel_all")
    if text.startswith("cancel open "):
        return Ask("cancel_open", number=_number(text.removeprefix("cancel open "), part))
    if text.startswith("cancel "):
        return Ask("cancel", number=_number(text.removeprefix("cancel "), part))
    if text.startswith("="):
        *pairs, last = text[1:].split() or [""]
        words = {"others": last.removeprefix("others=")} if last.startswith("others=") else {}
        named = [pair.rpartition(":") for pair in (pairs if words or not last else [*pairs, last])]
        return Ask("weights", weights={name: _number(weight, part) for name, _, weight in named}, words=words)
    first, *rest = text.split() or [""]
    match = _ASK.fullmatch(first)
    if match is None:
        raise RequestError(f"script: '{part}': want such as A+5, A-3, A~.04, A$500, =A:.5 B:.5, cancel 0, cancel all")
    verb = _VERBS[match["sign"]]
    number = _number(match["number"], part) * (-1.0 if match["sign"] == "-" else 1.0)
    if rest and verb != "order":
        raise RequestError(f"script: '{part}': only orders have further words; got {' '.join(rest)}")
    return Ask(verb, match["asset"], number, words=dict(_word(word, part) for word in rest))


def _word(text: str, part: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if equals and name in _NUMBERS:
        return name, _number(value, part)
    if equals and name in _TEXTS:
        return name, value
    if equals and name == "after":
        return name, int(_number(value, part))
    if equals and name == "reduce_only":
        return name, value == "true"
    raise RequestError(
        f"script: '{part}': '{text}': want NAME=VALUE of {', '.join((*_NUMBERS, *_TEXTS))}, after, reduce_only"
    )


def _number(text: str, part: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RequestError(f"script: '{part}': '{text}' is no number") from None


def _text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
