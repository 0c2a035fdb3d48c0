import pytest

from tidegate.cli.bench.timing import ratio, take_turns


def test_subjects_take_turns_and_every_other_round_goes_backwards() -> None:
    seen = ""

    def subject(name: str) -> float:
        nonlocal seen
        seen += name
        return float(len(seen))

    seconds = take_turns({"A": lambda: subject("A"), "B": lambda: subject("B")}, 3)
    assert seen == "ABBAAB"
    assert seconds == {"A": [1.0, 4.0, 5.0], "B": [2.0, 3.0, 6.0]}


def test_a_ratio_is_the_median_of_pairs_not_the_ratio_of_medians() -> None:
    # The machine slows down threefold after the first round; every pair says 2.
    assert ratio([2.0, 6.0, 6.6], [1.0, 3.0, 3.3]) == pytest.approx(2.0)
    # One pair was disturbed.
    assert ratio([2.0, 60.0, 2.0], [1.0, 1.0, 1.0]) == 2.0
