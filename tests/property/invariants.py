"""What must hold of the engine's messages whatever the rules are: kept from the messages alone."""

from collections import defaultdict

from tests.oracle.whole.markets import World
from tests.oracle.whole.orders import Order

from tidegate.core.enums import PostingKind
from tidegate.messages.account import AccountSnapshot, CashPosted, TradesClosed
from tidegate.messages.actions import OrdersAdjusted
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

    def ask(self, orders: list[Order]) -> None:
        """Orders that may fill from here on."""
        self.left |= {order.order_id: order.quantity for order in orders}

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
                self.left |= dict(zip(message.order_id.tolist(), message.quantity.tolist(), strict=True))
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
