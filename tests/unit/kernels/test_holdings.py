"""Holdings as rows: what is zero is left out, and nothing before the first free column is touched."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.kernels.made import COMPILED, floats, ints

from tidegate.core.arrays import freeze
from tidegate.kernels.holdings import append_holdings

QUANTITIES = st.lists(st.sampled_from([0.0, -0.0, 1.0, -2.0, 1e-12]), max_size=12)


@given(quantity=QUANTITIES, at=st.integers(0, 3))
def test_compiled_and_interpreted_write_the_rows_of_a_list_comprehension(quantity: list[float], at: int) -> None:
    n = len(quantity)
    mark, cost = freeze(floats(*(asset + 0.5 for asset in range(n)))), freeze(np.arange(n) * 100)
    unit = freeze(floats(*(asset * 2.0 for asset in range(n))))
    held = [asset for asset, units in enumerate(quantity) if units]
    for append in (append_holdings, COMPILED(append_holdings)):
        rows_i, rows_f = np.full((4, n + 3), -77), np.full((3, n + 3), -77.0)
        end = append(8, 9, freeze(floats(*quantity)), mark, cost, unit, at, rows_i, rows_f)
        assert end == at + len(held)
        assert rows_i[:, at:end].tolist() == [[8] * len(held), [9] * len(held), held, [100 * asset for asset in held]]
        assert rows_f[:, at:end].tolist() == [
            [quantity[asset] for asset in held],
            [asset + 0.5 for asset in held],
            [asset * 2.0 for asset in held],
        ]
        assert (rows_i[:, :at] == -77).all()
        assert (rows_i[:, end:] == -77).all()
        assert (rows_f[:, end:] == -77).all()


def test_an_account_that_holds_nothing_writes_nothing() -> None:
    rows_i, rows_f = np.zeros((4, 1), np.int64), np.zeros((3, 1))
    none = freeze(floats(0.0, 0.0))
    assert append_holdings(1, 1, none, none, freeze(ints(0, 0)), none, 0, rows_i, rows_f) == 0
