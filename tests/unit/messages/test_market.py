import numpy as np

from tidegate.core.arrays import freeze
from tidegate.messages.market import BAR_FIELDS, MarketBatch


def batch(bars: np.ndarray) -> MarketBatch:
    empty = np.empty((0, bars.shape[1]))
    return MarketBatch(seq=0, ts_ns=0, bars=bars, signals=empty, features=empty, context=np.empty(0))


def test_each_price_is_the_row_of_its_name_without_a_copy() -> None:
    bars = freeze(np.arange(15.0).reshape(5, 3))
    message = batch(bars)
    for row, field in enumerate(BAR_FIELDS):
        values = getattr(message, field)
        assert values.tolist() == bars[row].tolist(), field
        assert np.shares_memory(values, bars)
        assert not values.flags.writeable


def test_an_asset_has_a_bar_where_it_has_a_close_whatever_its_volume() -> None:
    bars = np.ones((5, 3))
    bars[:, 1] = np.nan
    bars[4, 2] = np.nan
    assert batch(bars).has_bar.tolist() == [True, False, True]


def test_an_empty_universe_has_empty_rows() -> None:
    message = batch(np.empty((5, 0)))
    assert message.close.shape == message.has_bar.shape == (0,)
