"""What must hold of the engine's messages whatever the rules are: kept from the messages alone."""

from collections import defaultdict

from tests.oracle.whole.markets import World
from tests.oracle.whole.orders import Order

from tidegate.core.enums import ActionKind, PostingKind
from tidegate.messages.account import AccountSnapshot, CashPosted, TradesClosed
from tidegate.messages.actions import ActionsApplied, OrdersAdjusted
from tidegate.messages.base import Message
from tidegate.messages.orders import Fills, OrdersReplaced

CARRIED = (
    PostingKind.INTEREST, PostingKind.FINANCING, PostingKind.BORROW, PostingKind.DIVIDEND, PostingKind.CASH_IN_LIEU,
)  # fmt: skip


class Books:
    """Cash, profits and open quantities, added up again from every message."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cash = 0
        self.deposited = 0
        self.carry = 0
        self.realized = 0
        self.commission = 0
        self.foreign: defaultdict[int, int] = defaultdict(int)
        self.left: dict[int, float] = {}
        self.children: dict[int, int] = {}
        """Assets of orders that may be for less than they asked, and grow with what their parents fill."""

    def ask(self, orders: list[Order]) -> None:
        """Orders that may fill from here on."""
        self.left |= {order.order_id: order.quantity for order in orders}
        self.children |= {order.order_id: order.asset for order in orders if order.parent}

    def see(self, message: Message) -> None:
        """Adds up one message."""
        match message:
            case CashPosted():
                columns = message.kind.tolist(), message.currency.tolist(), message.amount_micros.tolist()
                for kind, currency, amount in zip(*columns, strict=True):
                    self.post(kind, currency, amount)
            case TradesClosed():
                self.realized += int(message.pnl_micros.sum())
            case Fills():
                for order_id, quantity in zip(message.order_id.tolist(), message.quantity.tolist(), strict=True):
                    self.fill(order_id, quantity)
            case OrdersReplaced() | OrdersAdjusted():
                rows = message.order_id.tolist(), message.asset.tolist(), message.quantity.tolist()
                for order_id, asset, quantity in zip(*rows, strict=True):
                    self.change(order_id, asset, quantity)
            case ActionsApplied():
                rows = message.kind.tolist(), message.asset.tolist(), message.value.tolist()
                for kind, asset, ratio in zip(*rows, strict=True):
                    if kind == ActionKind.SPLIT:
                        self.split(asset, ratio)
            case _:
                pass

    def post(self, kind: int, currency: int, amount: int) -> None:
        """One posting."""
        if currency:
            self.foreign[currency] += amount
            return
        self.cash += amount
        self.deposited += amount if kind == PostingKind.DEPOSIT else 0
        self.carry += amount if kind in CARRIED else 0
        self.commission -= amount if kind == PostingKind.COMMISSION else 0

    def split(self, asset: int, ratio: float) -> None:
        """So many new units of what children of this asset have asked for."""
        for order_id, column in self.children.items():
            if column == asset:
                self.left[order_id] *= ratio

    def change(self, order_id: int, asset: int, quantity: float) -> None:
        """What an order is now; a child may still become all that it asked for."""
        if order_id in self.children:
            self.children[order_id] = asset
            quantity = max(quantity, self.left[order_id], key=abs)
        self.left[order_id] = quantity

    def fill(self, order_id: int, quantity: float) -> None:
        """No order fills beyond its quantity, or against its sign."""
        if order_id not in self.left:  # one of the broker's own
            return
        left = self.left[order_id] - quantity
        assert left * quantity >= 0 or abs(left) < 1e-9, f"order {order_id} filled beyond its quantity"
        self.left[order_id] = left

    def close(self, snapshot: AccountSnapshot) -> None:
        """What the account says follows from what was told before; cash and positions are equity in `NaiveBooks`."""
        assert snapshot.cash_micros == self.cash
        assert snapshot.realized_micros == self.realized
        assert snapshot.carry_micros == self.carry
        assert snapshot.commission_micros == self.commission
        assert not any(self.foreign.values()), "postings in a foreign currency do not cancel out"
        explained = self.deposited + self.realized + self.carry + snapshot.unrealized_micros
        assert snapshot.equity_micros == explained + snapshot.receivable_micros
        if not self.world.rules.margin:
            assert snapshot.cash_micros >= 0
            assert snapshot.settled_micros >= 0
        assert snapshot.settled_micros <= snapshot.cash_micros
