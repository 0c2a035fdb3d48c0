"""Each rule by examples: what it finds, and what it lets through."""

import ast
from textwrap import dedent

import pytest
from tests.determinism.examples import FOUND, LET_THROUGH, WORDS
from tests.determinism.gate import faults, judged, waivers
from tests.determinism.kinds import Index


def rows(table: dict[str, list[str]]) -> list[object]:
    return [pytest.param(rule, code, id=f"{rule}: {code}") for rule, codes in table.items() for code in codes]


@pytest.mark.parametrize(("rule", "code"), rows(FOUND))
def test_a_breach_is_found_for_what_it_is(rule: str, code: str) -> None:
    tree = ast.parse(code)
    found = [fault.text for fault in faults(tree, Index.of([tree]))]
    assert found
    assert all(any(word in text for word in WORDS[rule]) for text in found)


@pytest.mark.parametrize(("rule", "code"), rows(LET_THROUGH))
def test_what_makes_no_difference_is_let_through(rule: str, code: str) -> None:
    tree = ast.parse(code)
    assert judged(tree, code, Index.of([tree])) == ([], [])


def test_each_rule_has_examples_of_both_sorts() -> None:
    assert FOUND.keys() == LET_THROUGH.keys() == WORDS.keys()


def test_what_is_declared_in_another_module_is_known() -> None:
    home = ast.parse("KINDS = frozenset({'a'})\ndef ids() -> set[int]: ...\nclass A:\n    names: set[str]")
    code = dedent(
        """
        from tidegate.home import A, KINDS, ids
        for x in KINDS: pass
        for x in ids(): pass
        for x in A().names: pass
        """
    )
    tree = ast.parse(code)
    assert [fault.line for fault in faults(tree, Index.of([home, tree]))] == [3, 4, 5]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("x = hash(1)  # deterministic: an integer's own value", {1: "an integer's own value"}),
        ("x = hash(1)  # deterministic:", {}),
        ("x = hash(1)  # deterministic: yes", {}),
        ("x = '# deterministic: in a text'", {}),
    ],
)
def test_a_reason_is_a_comment_of_at_least_two_words(code: str, kept: dict[int, str]) -> None:
    assert waivers(code) == kept


def test_a_reason_may_stand_on_any_line_of_what_it_excuses_and_on_no_other() -> None:
    code = "x = hash(\n    1  # deterministic: an integer\n)\ny = hash(2)\n"
    tree = ast.parse(code)
    found, unused = judged(tree, code, Index())
    assert ([fault.line for fault in found], unused) == ([4], [])


def test_a_reason_that_excuses_nothing_is_told() -> None:
    code = "x = 1  # deterministic: a constant value\n"
    assert judged(ast.parse(code), code, Index()) == ([], [1])


def test_a_reason_on_an_import_speaks_for_its_uses() -> None:
    code = "import os\nfrom time import time  # deterministic: says how long it took\nx = time() + time()\n"
    tree = ast.parse(code)
    assert judged(tree, code, Index()) == ([], [])
