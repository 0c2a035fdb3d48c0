"""The values are pinned: a seed written into a manifest must mean the same in every version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.seeds import derive_seed, generator


@pytest.mark.parametrize(
    ("seed", "path", "derived"),
    [
        (0, (), 8493733112532773764),
        (7, ("strategy",), 16415897837647659200),
        (7, ("strategy", "topn"), 16038334137230404559),
        (2**64, ("data",), 10891875612568693170),
    ],
)
def test_derived_seeds_never_change(seed: int, path: tuple[str, ...], derived: int) -> None:
    assert derive_seed(seed, *path) == derived


def test_the_generators_stream_never_changes() -> None:
    assert generator(7, "data").integers(0, 1_000_000, 4).tolist() == [547603, 334780, 789007, 255589]
    normal = generator(7, "data").standard_normal(2)
    assert normal.tolist() == [-1.0184216590994604, -0.07140348583959831]


@given(st.integers(0, 2**64), st.text(), st.text())
def test_every_user_of_randomness_has_its_own_seed(seed: int, left: str, right: str) -> None:
    assert (derive_seed(seed, left) == derive_seed(seed, right)) == (left == right)


@given(st.integers(0, 2**64))
def test_where_names_are_cut_matters(seed: int) -> None:
    assert derive_seed(seed, "ab", "c") != derive_seed(seed, "a", "bc") != derive_seed(seed, "abc")


@given(st.integers(0, 2**32), st.text())
def test_a_derived_seed_fits_64_bits(seed: int, name: str) -> None:
    assert 0 <= derive_seed(seed, name) < 2**64


def test_a_generator_is_not_shared() -> None:
    first = generator(1, "a")
    first.random(10)
    assert generator(1, "a").random() != first.random()
