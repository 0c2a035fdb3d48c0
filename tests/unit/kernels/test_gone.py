"""What has ended, and what ended with it."""

from tests.unit.kernels.bar_by_bar import approved
from tests.unit.kernels.desk import Order
from tests.unit.kernels.made import ints

from tidegate.core.enums import Reason
from tidegate.kernels.gone import Gone


def test_orders_for_what_has_ended_are_parted_from_the_others() -> None:
    gone, orders = Gone(), approved(Order(1, 0, 5.0), Order(2, 1, 5.0))
    assert gone.refuse(orders) == ([], orders)
    gone.end(2, "was merged")
    assert gone.refuse(orders) == ([], orders)
    gone.end(0, "was delisted")
    (refused,), rest = gone.refuse(orders)
    assert (refused.order_id.tolist(), refused.reason.tolist()) == ([1], [Reason.DELISTED])
    assert refused.texts == ("the asset was delisted",)
    assert rest.order_id.tolist() == [2]


def test_what_ended_with_an_asset_is_known_until_that_resumes() -> None:
    gone = Gone()
    gone.end(0, "was delisted")
    gone.end(1, "was merged")
    gone.take_along(0, ints(1, 2))
    gone.take_along(1, ints(3))
    assert [gone.asset_of(order) for order in (1, 2, 3, 4)] == [0, 0, 1, -1]
    assert gone.why == {0: "the asset was delisted", 1: "the asset was merged"}
    gone.resume(0)
    gone.end(0, "was delisted")
    assert [gone.asset_of(order) for order in (1, 2, 3, 4)] == [-1, -1, 1, -1]
