"""The terms of a desk."""

from tidegate.strategy.terms import DeskTerms


def test_terms_say_whose_desk_it_is() -> None:
    terms = DeskTerms("mine", 2, fractional=False, history=5)
    assert (terms.name, terms.sender, terms.currency) == ("mine", 2, "USD")
