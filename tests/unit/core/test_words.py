from tidegate.core.words import repeated


def test_a_word_is_repeated() -> None:
    assert repeated("stop", 3) == ("stop", "stop", "stop")
    assert repeated("", 2) == ("", "")
    assert repeated("stop", 0) == ()


def test_equal_tuples_are_one_object() -> None:
    assert repeated("target", 40) is repeated("target", 40)
    assert repeated("target", 40) is not repeated("target", 41)
