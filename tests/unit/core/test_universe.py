import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.errors import RequestError
from tidegate.core.universe import Universe

names = st.lists(st.text(min_size=1), unique=True)


@given(names, st.randoms(use_true_random=False))
def test_columns_follow_the_names_and_not_the_order_they_came_in(assets: list[str], random: object) -> None:
    shuffled = list(assets)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis's stand-in for random.Random
    assert Universe(assets).names == Universe(shuffled).names == tuple(sorted(assets))


@given(names)
def test_name_and_column_are_inverse(assets: list[str]) -> None:
    universe = Universe(assets)
    assert [universe.index(name) for name in universe.names] == list(range(len(universe)))
    assert [universe.name(column) for column in range(len(universe))] == list(universe.names)
    assert all(name in universe for name in assets)


def test_a_column_stands_for_itself() -> None:
    universe = Universe(["MSFT", "AAPL"])
    assert universe.index(1) == 1
    assert universe.index("MSFT") == 1
    assert "GOOG" not in universe
    assert 1 not in universe


@pytest.mark.parametrize(
    ("asset", "message"),
    [
        ("APPL", "asset 'APPL' is not among the 2 of the universe; did you mean 'AAPL'?"),
        ("ZZZZ", "asset 'ZZZZ' is not among the 2 of the universe"),
        (2, "asset column 2 is outside the universe's 0..1"),
        (-1, "asset column -1 is outside the universe's 0..1"),
    ],
)
def test_an_unknown_asset_is_named_with_the_nearest(asset: str | int, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        Universe(["AAPL", "MSFT"]).index(asset)
    assert str(caught.value) == message


def test_an_asset_named_twice_is_refused() -> None:
    with pytest.raises(RequestError, match="names an asset twice"):
        Universe(["AAPL", "MSFT", "AAPL"])


def test_the_universe_cannot_be_given_new_attributes() -> None:
    with pytest.raises(AttributeError):
        Universe(["A"]).extra = 1  # type: ignore[attr-defined] # the mistake under test
