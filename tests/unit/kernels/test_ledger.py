"""One fill after another into the books: rows by hand, and sums against an account kept in Python integers."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels import made
from tests.unit.kernels.made import MICRO, UNWRITTEN, assert_forms_agree, costs, fee, rounded
from tests.unit.kernels.naive import Account

from tidegate.core.arrays import FloatArray
from tidegate.core.enums import PostingKind
from tidegate.kernels import books as ledger
from tidegate.kernels.books import Books, Rows
from tidegate.kernels.ledger import book_fill

DEPOSIT = 10**6 * MICRO
FILL_I = ("number", "order", "asset", "cash", "commission", "slippage", "source")
TRADE_I = ("fill", "asset", "entry_seq", "cost", "proceeds", "commission", "pnl", "bars", "fill_row")
TRADE_F = ("quantity", "entry_price", "exit_price", "mae", "mfe")


@dataclass
class Desk:
    """Books with room for a few fills, and a short way to make one."""

    charged: FloatArray = field(default_factory=costs)
    assets: int = 2

    def __post_init__(self) -> None:
        self.books: Books = made.books(DEPOSIT, self.assets, self.charged)
        self.rows: Rows = made.rows(self.assets, orders=100)

    def fill(self, quantity: float, price: float, *, asset: int = 0, seq: int = 0, reference: float = 0.0) -> None:
        book_fill(seq, 100, 3, asset, quantity, price, reference or price, self.books, self.rows)

    def total(self, entry: int) -> int:
        return int(self.books.totals[entry])

    def held(self, asset: int = 0) -> float:
        return float(self.books.positions[ledger.QUANTITY, asset])

    def basis(self, asset: int = 0) -> tuple[int, int]:
        """Cost and entry fees of what is held."""
        cost, fees, *_ = self.books.basis[:, asset].tolist()
        return cost, fees

    def trades(self) -> list[dict[str, float]]:
        n = self.total(ledger.N_TRADES)
        columns = zip(self.rows.trades_i[:, :n].T.tolist(), self.rows.trades_f[:, :n].T.tolist(), strict=True)
        return [dict(zip(TRADE_I + TRADE_F, [*whole, *real], strict=True)) for whole, real in columns]

    def postings(self) -> list[list[int]]:
        posted: list[list[int]] = self.rows.postings[:, : self.total(ledger.N_POSTINGS)].T.tolist()
        return posted

    def value(self, prices: list[float]) -> int:
        return sum(rounded(self.held(asset) * prices[asset]) for asset in range(self.assets))

    def assert_closed(self, prices: list[float]) -> None:
        """Equity at any prices is what the deposit, closed trades and open positions explain, to the micro-unit."""
        value = self.value(prices)
        unrealized = value - sum(sum(self.basis(asset)) for asset in range(self.assets))
        pnl = sum(int(trade["pnl"]) for trade in self.trades())
        assert pnl == self.total(ledger.REALIZED)
        assert self.total(ledger.CASH) + value == DEPOSIT + pnl + unrealized
        assert self.total(ledger.CASH) == DEPOSIT + sum(amount for *_, amount, _ in self.postings())


def test_a_buy_writes_one_fill_and_its_postings_and_nothing_else() -> None:
    desk = Desk(costs(rate=0.001))
    book_fill(4, 100, 3, 1, 10.0, 20.02, 20.0, desk.books, desk.rows)
    assert desk.rows.fills_f[:, 0].tolist() == [10.0, 20.02, 20.0]
    assert dict(zip(FILL_I, desk.rows.fills_i[: ledger.FILL_PARTS, 0].tolist(), strict=True)) == {
        "number": 0,
        "order": 100,
        "asset": 1,
        "cash": -200_200_000,
        "commission": 200_200,
        "slippage": 200_000,
        "source": 3,
    }
    assert desk.postings() == [
        [PostingKind.TRADE, 1, 0, -200_200_000, 0],
        [PostingKind.COMMISSION, 1, 0, -200_200, 0],
    ]
    cash = DEPOSIT - 200_400_200
    assert desk.books.totals.tolist() == [cash, 0, 0, 0, 0, 200_200, 200_000, 1, 0, cash, 0, 0, 1, 0, 2, 0, 0]
    assert desk.books.positions[:3].tolist() == [[0.0, 10.0], [0.0, 20.02], [0.0, 20.02]]
    assert desk.books.basis[:, 1].tolist() == [200_200_000, 200_200, 4, 0, 200_200_000, 0]
    assert (desk.rows.fills_i[:, 1:] == UNWRITTEN).all()
    assert (desk.rows.fills_i[ledger.FILL_PARTS :] == UNWRITTEN).all()
    assert (desk.rows.trades_i == UNWRITTEN).all()


def test_a_sell_writes_a_trade_with_the_commissions_of_both_sides() -> None:
    desk = Desk(costs(rate=0.001))
    desk.fill(10.0, 20.0, seq=4)
    desk.fill(-10.0, 25.0, seq=9, reference=25.5)
    assert desk.trades() == [
        {
            "fill": 1,
            "asset": 0,
            "entry_seq": 4,
            "cost": 200 * MICRO,
            "proceeds": 250 * MICRO,
            "commission": 200_000 + 250_000,
            "pnl": 49_550_000,
            "bars": 5,
            "fill_row": 1,
            "quantity": 10.0,
            "entry_price": 20.0,
            "exit_price": 25.0,
            "mae": 0.0,
            "mfe": 0.25,
        }
    ]
    assert desk.rows.fills_i[: ledger.FILL_PARTS, 1].tolist() == [1, 100, 0, 250 * MICRO, 250_000, 5 * MICRO, 3]
    assert desk.postings()[2:] == [
        [PostingKind.TRADE, 0, 1, 250 * MICRO, 0],
        [PostingKind.COMMISSION, 0, 1, -250_000, 0],
    ]
    assert desk.total(ledger.REALIZED) == 49_550_000
    assert (desk.total(ledger.PAID_COMMISSION), desk.total(ledger.PAID_SLIPPAGE)) == (450_000, 5 * MICRO)
    assert (desk.held(), desk.basis()) == (0.0, (0, 0))


def test_no_commission_posts_nothing() -> None:
    desk = Desk()
    desk.fill(10.0, 20.0)
    assert [kind for kind, *_ in desk.postings()] == [PostingKind.TRADE]


@pytest.mark.parametrize(
    # a third, a third and the rest of 3 units that cost 100, with fees of 1
    ("entry", "sells", "released"),
    [
        (100.0 / 3, (1.0, 1.0, 1.0),  [33_333_333, 33_333_334, 33_333_333]),  # 66 666 667 / 2 = ..333.5 goes to even
        (100.0 / 3, (2.0, 1.0),       [66_666_667, 33_333_333]),
        (100.0 / 3, (3.0,),           [100_000_000]),
        (0.5e-6,    (1.0, 1.0, 1.0),  [1, 0, 1]),  # 0.67 rounds to 1, half of 1 goes to even
    ],
)  # fmt: skip
def test_partial_closes_release_the_basis_in_proportion_and_to_the_last_micro_unit(
    entry: float, sells: tuple[float, ...], released: list[int]
) -> None:
    desk = Desk()
    desk.fill(3.0, entry)
    for size in sells:
        desk.fill(-size, 50.0)
    assert [trade["cost"] for trade in desk.trades()] == released
    assert sum(released) == rounded(3.0 * entry)
    assert desk.basis() == (0, 0)


def test_entry_fees_are_released_like_the_cost() -> None:
    desk = Desk(costs(minimum=1.0))
    desk.fill(3.0, 10.0)
    for _ in range(3):
        desk.fill(-1.0, 10.0)
    assert [trade["commission"] - MICRO for trade in desk.trades()] == [333_333, 333_334, 333_333]
    assert [trade["pnl"] for trade in desk.trades()] == [-1_333_333, -1_333_334, -1_333_333]


def test_the_entry_price_is_the_average_over_entries() -> None:
    desk = Desk()
    desk.fill(10.0, 20.0, seq=1)
    desk.fill(30.0, 40.0, seq=2)
    desk.fill(-20.0, 50.0, seq=3)
    desk.fill(10.0, 10.0, seq=4)
    desk.fill(-30.0, 50.0, seq=5)
    # 20 of 40 units leave at 35; 10 more at 10 bring the average of 30 to (700 + 100) / 30
    assert [trade["entry_price"] for trade in desk.trades()] == [35.0, 800.0 / 30.0]
    assert [trade["entry_seq"] for trade in desk.trades()] == [1, 1]
    assert [trade["bars"] for trade in desk.trades()] == [2, 4]


def test_a_position_opened_anew_starts_from_its_own_entry() -> None:
    desk = Desk()
    desk.fill(10.0, 20.0, seq=1)
    desk.fill(-10.0, 30.0, seq=2)
    desk.fill(10.0, 15.0, seq=3)
    assert desk.books.positions[[ledger.LOWEST, ledger.HIGHEST], 0].tolist() == [15.0, 15.0]
    desk.fill(-10.0, 15.0, seq=4)
    desk.fill(10.0, 25.0, seq=6)
    assert desk.books.positions[[ledger.LOWEST, ledger.HIGHEST], 0].tolist() == [25.0, 25.0]
    desk.fill(-10.0, 26.0, seq=6)
    again = desk.trades()[2]
    assert (again["entry_seq"], again["bars"], again["entry_price"]) == (6, 0, 25.0)
    assert [again["mae"], again["mfe"]] == pytest.approx([0.0, 0.04])


@pytest.mark.parametrize(
    # lowest and highest mark while held     exit    mae     mfe
    ("worst", "best", "exit_price", "mae", "mfe"),
    [
        (10.0, 10.0,  10.0,  0.0,    0.0),
        (8.0,  13.0,  10.0,  -0.2,   0.3),
        (8.0,  13.0,  5.0,   -0.5,   0.3),   # the exit counts
        (8.0,  13.0,  15.0,  -0.2,   0.5),
        (12.0, 13.0,  12.0,  0.0,    0.3),   # never below its entry
        (7.0,  9.0,   9.0,   -0.3,   0.0),   # never above it
    ],
)  # fmt: skip
def test_excursions_are_measured_from_the_average_entry(
    worst: float, best: float, exit_price: float, mae: float, mfe: float
) -> None:
    desk = Desk()
    desk.fill(10.0, 10.0)
    desk.books.positions[[ledger.LOWEST, ledger.HIGHEST], 0] = worst, best
    desk.fill(-10.0, exit_price)
    (trade,) = desk.trades()
    assert [trade["mae"], trade["mfe"]] == pytest.approx([mae, mfe])


def test_an_entry_widens_the_range_of_what_is_held() -> None:
    desk = Desk()
    for price in (10.0, 12.0, 9.0, 11.0):
        desk.fill(1.0, price)
    assert desk.books.positions[[ledger.LOWEST, ledger.HIGHEST], 0].tolist() == [9.0, 12.0]


def test_a_position_whose_cost_rounds_to_nothing_has_no_excursion() -> None:
    desk = Desk()
    desk.fill(1e-8, 10.0)
    desk.fill(-1e-8, 99.0)
    (trade,) = desk.trades()
    assert (trade["cost"], trade["entry_price"], trade["mae"], trade["mfe"]) == (0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("sold", "left"),
    [
        (1.0,            0.0),
        (1.0 - 0.5e-9,   0.0),  # dust goes with the rest, and so does its basis
        (1.0 - 2e-9,     2e-9),
        (0.7,            0.3),
    ],
)  # fmt: skip
def test_dust_is_flat(sold: float, left: float) -> None:
    desk = Desk()
    desk.fill(1.0, 100.0)
    desk.fill(-sold, 100.0)
    assert desk.held() == pytest.approx(left, rel=1e-6)
    assert (desk.held() == 0.0) == (left == 0.0)
    if left == 0.0:
        assert desk.basis() == (0, 0)
        assert desk.trades()[0]["cost"] == 100 * MICRO
    desk.assert_closed([100.0, 0.0])


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[int, float, float, float]]:
    """Fills of long positions in two assets: asset, signed quantity, price, slippage as a fraction."""
    whole = draw(st.booleans())
    held = [0.0, 0.0]
    story = []
    for _ in range(draw(st.integers(1, 12))):
        asset = draw(st.integers(0, 1))
        price, slip = draw(st.floats(0.01, 500.0)), draw(st.sampled_from([0.0, 1e-4, 0.01]))
        quantity = draw(st.integers(1, 50).map(float) if whole else st.floats(1e-4, 50.0))
        if held[asset] > 0.0 and draw(st.booleans()):
            quantity = -min(held[asset], quantity)
        left = held[asset] + quantity
        held[asset] = left if left >= 1e-9 else 0.0
        story.append((asset, quantity, price, slip))
    return story


charges = st.sampled_from([costs(), costs(rate=1e-3), costs(rate=1e-4, per_share=0.005, minimum=0.5)])


@given(stories(), charges, st.floats(0.01, 500.0), st.floats(0.01, 500.0))
def test_the_books_are_the_naive_account_and_close_exactly_after_every_fill(
    story: list[tuple[int, float, float, float]], charged: FloatArray, one: float, other: float
) -> None:
    desk, account = Desk(charged), Account(DEPOSIT, charged, 2)
    for seq, (asset, quantity, price, slip) in enumerate(story):
        desk.fill(quantity, price, asset=asset, seq=seq, reference=price * (1.0 - slip))
        account.fill(asset, quantity, price)
        assert desk.total(ledger.CASH) == account.cash
        assert [desk.held(a) for a in (0, 1)] == account.held
        assert [desk.basis(a) for a in (0, 1)] == list(zip(account.cost, account.fees, strict=True))
        assert [trade["pnl"] for trade in desk.trades()] == account.pnl
        desk.assert_closed([one, other])
    assert desk.rows.fills_i[ledger.FILL_NUMBER, : len(story)].tolist() == list(range(len(story)))
    assert desk.total(ledger.PAID_COMMISSION) == sum(fee(abs(q), price, charged) for _, q, price, _ in story)


@given(stories(), charges)
def test_a_position_that_is_flat_has_no_basis_and_what_is_held_is_never_negative(
    story: list[tuple[int, float, float, float]], charged: FloatArray
) -> None:
    desk = Desk(charged)
    for asset, quantity, price, _ in story:
        desk.fill(quantity, price, asset=asset)
        for a in (0, 1):
            assert desk.held(a) >= 0.0
            assert min(desk.basis(a)) >= 0
            if desk.held(a) == 0.0:
                assert desk.basis(a) == (0, 0)
    for a in (0, 1):
        if desk.held(a):
            desk.fill(-desk.held(a), 77.7, asset=a)
    assert desk.total(ledger.REALIZED) == desk.total(ledger.CASH) - DEPOSIT


@given(stories(), charges)
def test_compiled_books_agree_bit_for_bit(story: list[tuple[int, float, float, float]], charged: FloatArray) -> None:
    desk = Desk(charged)
    for seq, (asset, quantity, price, slip) in enumerate(story):
        reference = price * (1.0 - slip)
        assert_forms_agree(book_fill, seq, 100, 3, asset, quantity, price, reference, desk.books, desk.rows)
        desk.fill(quantity, price, asset=asset, seq=seq, reference=reference)


def test_posting_kinds_are_those_of_the_field() -> None:
    assert (ledger.POSTED_TRADE, ledger.POSTED_COMMISSION) == (PostingKind.TRADE, PostingKind.COMMISSION)
    assert np.shape(Desk().books.totals) == (ledger.TOTALS_SIZE,)
