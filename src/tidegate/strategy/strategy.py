"""The base class of strategies."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tidegate.core.errors import ConfigError

if TYPE_CHECKING:
    from tidegate.messages.orders import Fills
    from tidegate.messages.views import MarketEvent
    from tidegate.strategy.context import Context


class Strategy:
    """Decides at every barrier, after the bars of that time have closed and the account has been marked.

    Override `on_batch` to see all assets at once, or `on_event` to be called for each asset that has a bar; the engine
    picks the mode from which one is overridden. Every hook may also be `async def`; the barrier waits for it. Orders
    are sent when the hook returns, all in one batch.
    """

    def on_start(self, ctx: "Context") -> Awaitable[None] | None:
        """Called once, when the universe is known and before the first batch; there is no data and no account yet."""
        return None

    def on_batch(self, ctx: "Context") -> Awaitable[None] | None:
        """Called at every barrier."""
        return None

    def on_event(self, ctx: "Context", event: "MarketEvent") -> Awaitable[None] | None:
        """Called at every barrier for each asset that has a bar, by name."""
        return None

    def on_fill(self, ctx: "Context", fills: "Fills") -> Awaitable[None] | None:
        """Called with the fills of one price point of a bar, of this and of all other strategies of the account."""
        return None

    def state(self) -> object | None:
        """What the strategy keeps on itself from one barrier to the next; see `runtime.actor.Actor.state`.

        With it, a run that goes on from a snapshot need not call the strategy for all that was before: it calls
        `on_start`, and then `restore`. What the context knows (histories, orders, the account) is restored anyway. A
        strategy that keeps nothing returns `{}`; one whose own class does not say is called again with all that it saw.
        """
        return None

    def restore(self, state: Any) -> None:
        """Takes over what `state` returned, in plain values and read-only arrays; copies what it writes to."""

    def on_stop(self, ctx: "Context") -> Awaitable[None] | None:
        """Called once, after the last barrier; orders sent here go nowhere."""
        return None


def overrides(strategy: Strategy, hook: str) -> bool:
    """Whether the strategy's class defines the hook itself."""
    return getattr(type(strategy), hook) is not getattr(Strategy, hook)


def wants_events(strategy: Strategy) -> bool:
    """Whether a strategy is called per event rather than per batch.

    Raises:
        ConfigError: it overrides both.
    """
    both = overrides(strategy, "on_batch"), overrides(strategy, "on_event")
    if all(both):
        name = type(strategy).__name__
        raise ConfigError(f"strategy {name} defines both on_batch and on_event: keep one, it decides the mode")
    return both[1]
