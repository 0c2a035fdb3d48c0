from dataclasses import replace

import numpy as np
import pytest
from tests.oracle.decisions import top_n
from tests.oracle.manual_loop import work_through
from tests.oracle.records import Account, Settings
from tests.unit.cli_bench.markets import Floats, walk

from tidegate.cli.bench.bare import Fills, Tape, affordable, cost, fill_orders, rotate, stand_still
from tidegate.cli.bench.bare_exits import rotate_with_exits
from tidegate.cli.bench.bare_finer import rotate_along
from tidegate.cli.bench.workloads import CASH, Rotation

EXITS = {"stop_loss": 0.05, "take_profit": 0.15, "trailing_stop": 0.07}


def by_the_oracle(bars: Floats, scores: Floats, rotation: Rotation) -> Account:
    settings = Settings(
        cash=CASH,
        bps=rotation.fee_bps,
        fractional=True,
        stop_loss=rotation.stop_loss or None,
        take_profit=rotation.take_profit or None,
        trailing_stop=rotation.trailing_stop or None,
    )
    prices = dict(zip(("open", "high", "low", "close"), bars.swapaxes(0, 1), strict=False))
    return work_through(prices, settings, top_n(scores, rotation.n, rotation.every, rotation.gross))


def assert_same(tape: Tape, account: Account) -> None:
    assert tape.equity_micros.tolist() == [row.equity for row in account.rows]
    columns = (tape.barrier, tape.asset, tape.quantity, tape.price)
    fills = list(zip(*(column.tolist() for column in columns), strict=True))
    assert fills == [(fill.barrier, fill.asset, fill.quantity, fill.price) for fill in account.fills]


def test_a_rotation_worked_by_hand_comes_out_to_the_micro_unit() -> None:
    # Two assets, one held at a time, all of the equity wanted, 10 bps:
    #           open A  open B  close A  close B
    opens = np.array([[10.0, 20.0], [8.0, 20.0], [10.0, 16.0]])
    closes = np.array([[10.0, 20.0], [10.0, 25.0], [11.0, 20.0]])
    bars = np.stack([opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, opens], axis=1)
    scores = np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 2.0]])
    tape = rotate(bars, scores, Rotation(n=1, every=1, gross=1.0, fee_bps=10.0))
    # 0: wants 1,000,000 / 10 = 100,000 A. 1: buys them at 8 for 800,000 + 800; marks 199,200 + 1,000,000.
    # 1: wants 1,199,200 / 25 = 47,968 B. 2: sells A at 10 for 1,000,000 - 1,000, buys B at 16 for 767,488 + 767.488;
    #    cash 199,200 + 999,000 - 768,255.488 = 429,944.512, and 47,968 B at 20 are 959,360.
    assert tape.equity_micros.tolist() == [1_000_000_000_000, 1_199_200_000_000, 1_389_304_512_000]
    assert tape.barrier.tolist() == [1, 2, 2]
    assert tape.asset.tolist() == [0, 0, 1]
    assert tape.quantity.tolist() == [100_000.0, -100_000.0, 47_968.0]
    assert tape.price.tolist() == [8.0, 10.0, 16.0]


@pytest.mark.parametrize(
    ("seed", "every", "fee_bps", "gross", "volatility"),
    [
        (1, 1, 0.0, 0.95, 0.01),
        (2, 1, 1.0, 0.95, 0.03),
        (3, 3, 7.5, 0.95, 0.02),
        (4, 5, 1.0, 1.00, 0.05),  # the opens run away from the closes: cash is short
    ],
)
def test_the_loop_equals_the_oracle(seed: int, every: int, fee_bps: float, gross: float, volatility: float) -> None:
    bars, scores = walk(seed, 60, 12, volatility)
    rotation = Rotation(n=4, every=every, gross=gross, fee_bps=fee_bps)
    account = by_the_oracle(bars, scores, rotation)
    assert_same(rotate(bars, scores, rotation), account)
    assert len(account.fills) > 20
    assert any(refusal.reason == "CASH_SHORTAGE" for refusal in account.refusals) == (gross == 1.0)


@pytest.mark.parametrize("rules", [EXITS, *({rule: pct} for rule, pct in EXITS.items())], ids="+".join)
@pytest.mark.parametrize(("seed", "every", "volatility"), [(5, 1, 0.01), (6, 5, 0.03), (7, 10, 0.06)])
def test_the_loop_with_exits_equals_the_oracle(
    rules: dict[str, float], seed: int, every: int, volatility: float
) -> None:
    bars, scores = walk(seed, 80, 12, volatility)
    rotation = replace(Rotation(n=4, every=every), **rules)  # type: ignore[arg-type]  # a table of fractions
    account = by_the_oracle(bars, scores, rotation)
    assert_same(rotate_with_exits(bars, scores, rotation), account)
    if volatility > 0.01:
        assert {fill.tag for fill in account.fills} >= set(rules) - {"take_profit"}


def test_without_rules_the_loop_with_exits_is_the_plain_one() -> None:
    bars, scores = walk(8, 40, 10, 0.03)
    plain, other = (loop(bars, scores, Rotation(n=3, every=2)) for loop in (rotate, rotate_with_exits))
    assert plain.equity_micros.tolist() == other.equity_micros.tolist()
    assert plain.quantity.tolist() == other.quantity.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_one_finer_bar_that_is_the_bar_changes_nothing(seed: int) -> None:
    bars, scores = walk(seed, 60, 10, 0.03)
    rotation = Rotation(n=4, every=2, stop_loss=0.05, take_profit=0.08)
    along, whole = rotate_along(bars, bars, scores, rotation), rotate_with_exits(bars, scores, rotation)
    assert along.equity_micros.tolist() == whole.equity_micros.tolist()
    assert along.price.tolist() == whole.price.tolist()
    assert len(along.price) > 100


def test_exits_along_minutes_by_hand() -> None:
    """Both assets are bought at 100, with stops at 95 and profit levels at 110."""
    quiet = np.full((3, 5, 2), 100.0)
    minutes = np.array([
        # A              B
        [[100.0, 100.0], [112.0, 101.0], [99.0, 99.0], [111.0, 99.0], [1.0, 1.0]],
        [[111.0, 93.0], [111.0, 112.0], [94.0, 92.0], [94.0, 110.0], [1.0, 1.0]],
        [[94.0, 110.0], [95.0, 111.0], [93.0, 109.0], [94.0, 110.0], [1.0, 1.0]],
    ])  # fmt: skip
    day = np.array([minutes[0, 0], minutes[:, 1].max(axis=0), minutes[:, 2].min(axis=0), minutes[2, 3], [1.0, 1.0]])
    rotation = Rotation(n=2, every=9, gross=1.0, fee_bps=0.0, stop_loss=0.05, take_profit=0.1)
    bars = np.stack([quiet[0], day])
    tape = rotate_along(bars, np.concatenate([quiet, minutes]), np.ones((2, 2)), rotation)
    assert tape.asset.tolist() == [0, 1, 0, 1]
    assert tape.price.tolist() == [100.0, 100.0, pytest.approx(110.0), 93.0]
    assert tape.quantity[2:].tolist() == [-5000.0, -5000.0]
    assert tape.equity_micros[1] == pytest.approx(5000 * (110 + 93) * 10**6)


def test_an_order_waits_for_a_bar_and_a_holding_keeps_its_last_price() -> None:
    bars, scores = walk(9, 6, 3, 0.02)
    bars[1:3, :, 0] = np.nan
    scores[:] = [3.0, 2.0, 1.0]
    tape = rotate(bars, scores, Rotation(n=2, every=10, fee_bps=0.0))
    assert list(zip(tape.barrier.tolist(), tape.asset.tolist(), strict=True)) == [(1, 1), (3, 0)]
    bars[4:, :, 1] = np.nan
    again = rotate(bars, scores, Rotation(n=2, every=10, fee_bps=0.0))
    held = dict(zip(again.asset.tolist(), again.quantity.tolist(), strict=True))
    gain = held[0] * (bars[5, 3, 0] - bars[4, 3, 0])
    assert (again.equity_micros[5] - again.equity_micros[4]) / 1e6 == pytest.approx(gain, abs=1e-5)


def test_a_cut_takes_all_the_cash_it_can() -> None:
    quantity, price = np.array([60.0, 60.0]), np.array([1.0, 1.0])
    cut = affordable(quantity, price, 0.0, 100_000_000)
    assert cost(cut, price, 0.0) == 100_000_000
    assert cut[0] == cut[1]
    assert affordable(quantity, price, 0.0, 120_000_000) is quantity


def test_a_sell_of_what_is_gone_is_dropped() -> None:
    held, orders, fills = np.array([0.0, 5.0]), np.array([-3.0, -2.0]), Fills()
    cash = fill_orders(4, np.array([10.0, 10.0]), orders, held, 0, 0.0, fills)
    assert cash == 20_000_000
    assert held.tolist() == [0.0, 3.0]
    assert orders.tolist() == [0.0, 0.0]
    assert [part[1].tolist() for part in fills.parts] == [[1]]


def test_who_stands_still_keeps_the_cash() -> None:
    tape = stand_still(3)
    assert tape.equity_micros.tolist() == [round(CASH * 1e6)] * 3
    assert len(tape.asset) == 0
