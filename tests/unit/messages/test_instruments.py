"""What is said of assets: it travels whole, and what nobody says is nothing."""

from tests.unit.kernels.made import declared, instruments

from tidegate.messages.codec import decode, encode, same
from tidegate.messages.instruments import NUMBER_FIELDS, UNSAID, plain_lots
from tidegate.messages.market import UniverseDeclared


def test_instruments_survive_the_round_trip_with_what_the_account_says_left_open() -> None:
    sent = declared(3, instruments(3, lot=(1.0, 10.0, 0.0), currency=("", "EUR", "JPY"), future=(0, 1, 0)))
    found = decode(encode(sent))
    assert isinstance(found, UniverseDeclared)
    assert same(sent, found)
    assert found.instruments is not None
    assert found.instruments.lot.tolist() == [1.0, 10.0, 0.0]
    assert found.instruments.currency == ("", "EUR", "JPY")
    assert (found.instruments.initial != found.instruments.initial).all()
    assert not found.instruments.lot.flags.writeable


def test_a_universe_of_which_nothing_is_said_travels_without() -> None:
    found = decode(encode(declared(2)))
    assert isinstance(found, UniverseDeclared)
    assert found.instruments is None


def test_every_number_has_a_value_for_nothing_said() -> None:
    assert tuple(UNSAID) == NUMBER_FIELDS


def test_lots_are_none_where_nothing_is_said() -> None:
    assert plain_lots(2, None).tolist() == [0.0, 0.0]
    assert plain_lots(2, instruments(2, lot=5)).tolist() == [5.0, 5.0]
