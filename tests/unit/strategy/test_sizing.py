"""What a desk makes of targets: orders, their targets where they are sized later, and what is said of the rest."""

from typing import Any

import numpy as np
import pytest
from tests.unit.actors.letters import STRATEGY, only, snapshot
from tests.unit.strategy.hooked import Hooked

from tidegate.core.enums import Reason
from tidegate.core.ids import order_id
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.terms import SizingTerms
from tidegate.messages.orders import OrdersDenied, SubmitOrders, TargetsSkipped
from tidegate.strategy.noted import Noted
from tidegate.strategy.sizing import TargetSizer
from tidegate.strategy.terms import DeskTerms

NAN = float("nan")
FIRST = order_id(STRATEGY, 0)


def size(
    weights: list[float], terms: SizingTerms, value: float = NAN, shorts: bool = False, **account: Any
) -> tuple[Noted, int, list[Any]]:
    desk = DeskTerms("mine", STRATEGY, False, 1, sizing=terms, shorts=shorts)
    sizer = TargetSizer(desk, np.zeros(len(weights)), INTERPRETED)
    return sizer.size(
        np.array(weights), value, snapshot(**account), np.zeros(len(weights)), close_others=True, first=FIRST, tag="x"
    )


def columns(noted: Noted) -> list[tuple[int, int, float]]:
    return list(zip((noted.ids - FIRST).tolist(), noted.asset.tolist(), noted.quantity.tolist(), strict=True))


ACCOUNT: dict[str, Any] = {"cash": 1_000, "mark": (10.0, 20.0, NAN)}
# Ten of the first are held, and its weight is worth eleven.
HELD: dict[str, Any] = {"cash": 900, "mark": (10.0, 20.0, NAN), "held": (10.0, 0.0, 0.0)}


@pytest.mark.parametrize(
    ("terms", "wanted"),
    [
        (SizingTerms(),                     [(0, 0, 50.0), (1, 1, 25.0)]),
        (SizingTerms(share=0.9),            [(0, 0, 45.0), (1, 1, 22.0)]),
        (SizingTerms(floor=0.5),            [(0, 0, 50.0), (1, 1, 25.0)]),
    ],
)  # fmt: skip
def test_weights_are_shares_of_what_is_not_kept_free(terms: SizingTerms, wanted: list[tuple[int, int, float]]) -> None:
    noted, used, said = size([0.5, 0.5, NAN], terms, **ACCOUNT)
    assert (columns(noted), used, said, noted.targets) == (wanted, 2, [], None)


def test_numbers_go_to_what_has_no_price_then_to_orders_then_to_small_changes() -> None:
    noted, used, said = size([0.11, 0.2, 0.2], SizingTerms(least_weight=0.02), **HELD)
    assert (columns(noted), used) == ([(1, 1, 10.0)], 3)
    unpriced, skipped = said
    assert isinstance(unpriced, OrdersDenied)
    assert isinstance(skipped, TargetsSkipped)
    assert (unpriced.order_id - FIRST).tolist() == [0]
    told = [
        getattr(skipped, name).tolist() for name in ("order_id", "asset", "quantity", "reason", "measured", "limit")
    ]
    assert told == [[FIRST + 2], [0], [1.0], [Reason.BELOW_THRESHOLD], [10.0], [20.0]]
    assert skipped.texts == ("",)


def test_several_small_changes_are_told_in_the_order_in_which_they_would_have_been_asked() -> None:
    account = HELD | {"held": (10.0, 7.0, 0.0), "cash": 760}
    noted, used, said = size([0.11, 0.12, NAN], SizingTerms(least_value=25.0), **account)
    assert (columns(noted), used) == ([], 2)
    skipped = only(said, TargetsSkipped)
    assert (skipped.asset.tolist(), skipped.quantity.tolist()) == ([1, 0], [-1.0, 1.0])


def test_what_is_sized_at_the_fill_carries_its_weight_or_its_value() -> None:
    at_fill = SizingTerms(at_fill=True)
    noted, _, _ = size([NAN, 0.5, NAN], at_fill, **HELD)
    assert noted.targets is not None
    assert columns(noted) == [(0, 0, -10.0), (1, 1, 25.0)]
    assert noted.targets.weight.tolist() == [0.0, 0.5]
    assert np.isnan(noted.targets.value).all()
    noted, _, _ = size([NAN, 0.5, NAN], at_fill, value=500.0, **ACCOUNT)
    assert noted.targets is not None
    assert noted.targets.value.tolist() == [500.0]
    assert np.isnan(noted.targets.weight).all()


def test_no_targets_are_nothing_at_all() -> None:
    noted, used, said = size([NAN, NAN, NAN], SizingTerms(at_fill=True), **ACCOUNT)
    assert (columns(noted), used, said) == ([], 0, [])


def test_orders_of_units_and_targets_go_in_one_message() -> None:
    actor = Hooked(sizing=SizingTerms(at_fill=True))
    actor.see(cash=1_000)

    def both(ctx: Any) -> None:
        ctx.order("AA", 3)
        ctx.order_target_percent("BB", 0.5)
        ctx.order_target_value("AA", 300.0)

    sent = only(actor.decide(both), SubmitOrders)
    assert sent.targets is not None
    np.testing.assert_equal(sent.targets.weight.tolist(), [NAN, 0.5, NAN])
    np.testing.assert_equal(sent.targets.value.tolist(), [NAN, NAN, 300.0])


def test_what_was_skipped_is_not_pending_and_its_numbers_are_used() -> None:
    actor = Hooked(sizing=SizingTerms(least_value=1e6))
    actor.see(cash=1_000)
    only(actor.decide(lambda ctx: ctx.order_target_percent("AA", 0.5)), TargetsSkipped)
    assert not actor.look(lambda ctx: ctx.pending).any()
    sent = only(actor.decide(lambda ctx: ctx.order("AA", 3)), SubmitOrders)
    assert (sent.order_id - FIRST).tolist() == [1]


def test_a_target_on_the_other_side_is_one_order_where_it_is_sized_at_the_fill() -> None:
    noted, _, _ = size([-0.1, NAN, NAN], SizingTerms(), shorts=True, **HELD)
    assert columns(noted) == [(0, 0, -10.0), (1, 0, -10.0)]
    noted, _, _ = size([-0.1, NAN, NAN], SizingTerms(at_fill=True), shorts=True, **HELD)
    assert columns(noted) == [(0, 0, -20.0)]
    assert noted.targets is not None
    assert noted.targets.weight.tolist() == [-0.1]
