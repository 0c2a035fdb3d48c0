"""How one source runs in two forms, and when it is compiled."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from tests.unit.kernels.made import floats, ints

from tidegate.kernels import __main__ as compile_command
from tidegate.kernels import kernel as kernels_module
from tidegate.kernels.kernel import (
    INTERPRETED,
    Bools,
    FloatRows,
    Floats,
    IntRows,
    Ints,
    Kernels,
    ReadFloatRows,
    ReadFloats,
    ReadInts,
    all_kernels,
    cache_folder,
    compile_all,
    is_cached,
    kernel,
    loaded,
)

STEP = 3
COMPILED = Kernels(compiled=True)


class Pair(NamedTuple):
    """Two arrays that travel together."""

    amounts: Floats
    counts: ReadInts


# Small kernels, so that compiling them takes no time; `small` makes them known.
def inner_sum(values: Floats, start: float) -> float:
    total = start
    for value in values:
        total += value
    return total


def outer_sum(pair: Pair, factor: int, negative: bool) -> float:
    total = inner_sum(pair.amounts, 0.5) * factor + STEP
    pair.amounts[0] = total
    return -total if negative else total


def number_or_text(value: float) -> Any:
    return value if value > 0.0 else "text"  # numba wants one type


def numba_folder() -> Any:
    settings: Any = numba.config
    return settings.CACHE_DIR


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What is known, without the package's own kernels, and an empty cache."""
    all_kernels()  # whatever is imported later would be registered here, and lost
    known: dict[str, Any] = {}
    monkeypatch.setattr(kernels_module, "_REGISTERED", known)
    monkeypatch.setattr(kernels_module, "_COMPILED", {})
    monkeypatch.setenv("TIDEGATE_CACHE", str(tmp_path / "cache"))
    return known


@pytest.fixture
def small(registry: dict[str, Any]) -> dict[str, Any]:
    """Two small kernels, one of which calls the other."""
    kernel(inner_sum)
    kernel(outer_sum)
    return registry


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves what has been compiled to the cache alone, as a new process finds it."""
    monkeypatch.setattr(kernels_module, "_COMPILED", {})


def pair() -> Pair:
    counts = ints(1, 2)
    counts.flags.writeable = False
    return Pair(floats(1.0, 2.0, 4.0), counts)


def test_a_kernel_stays_the_function_it_is(registry: dict[str, Any]) -> None:
    assert kernel(inner_sum) is inner_sum
    assert registry == {"inner_sum": inner_sum}
    assert INTERPRETED(inner_sum) is inner_sum
    assert not INTERPRETED.compiled


def test_a_module_that_is_loaded_again_may_register_again(registry: dict[str, Any]) -> None:
    kernel(inner_sum)
    kernel(inner_sum)
    assert list(registry) == ["inner_sum"]


def test_two_modules_may_not_have_kernels_of_one_name(
    registry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel(inner_sum)

    def namesake() -> None: ...

    namesake.__name__, namesake.__module__ = "inner_sum", "elsewhere"
    with pytest.raises(TypeError, match="two kernels are named inner_sum"):
        kernel(namesake)


@pytest.mark.parametrize(("factor", "negative", "want"), [(1, False, 10.5), (2, False, 18.0), (2, True, -18.0)])
def test_both_forms_give_the_same_and_write_the_same(
    small: dict[str, Any], factor: int, negative: bool, want: float
) -> None:
    for form in (INTERPRETED, COMPILED, INTERPRETED.unchecked, COMPILED.unchecked):
        given = pair()
        assert form(outer_sum)(given, factor, negative) == want
        assert given.amounts.tolist() == [abs(want), 2.0, 4.0]


def test_a_compiled_kernel_is_made_once_even_where_threads_ask_together(small: dict[str, Any]) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(COMPILED, [outer_sum] * 8))
    assert len({id(one) for one in made}) == 1
    assert made[0] is not outer_sum


def test_a_compiled_kernel_calls_compiled_kernels(small: dict[str, Any]) -> None:
    outer: Any = COMPILED(outer_sum)
    assert outer.py_func.__globals__["inner_sum"] is COMPILED(inner_sum)
    assert outer_sum.__globals__["inner_sum"] is inner_sum


def test_compiled_kernels_are_loaded_where_some_session_has_compiled_them(small: dict[str, Any]) -> None:
    assert loaded(outer_sum) is None
    made = COMPILED(outer_sum)
    assert loaded(outer_sum) is made
    assert loaded(inner_sum) is COMPILED(inner_sum)


@pytest.mark.parametrize(
    ("hint", "compiled"),
    [
        (int,            "int64"),
        (float,          "float64"),
        (bool,           "bool"),
        (Floats,         "array(float64, 1d, C)"),
        (Ints,           "array(int64, 1d, C)"),
        (Bools,          "array(bool, 1d, C)"),
        (FloatRows,      "array(float64, 2d, C)"),
        (IntRows,        "array(int64, 2d, C)"),
        (ReadFloats,     "readonly array(float64, 1d, C)"),
        (ReadInts,       "readonly array(int64, 1d, C)"),
        (ReadFloatRows,  "readonly array(float64, 2d, C)"),
    ],
)  # fmt: skip
def test_an_annotation_is_the_type_that_is_compiled(hint: Any, compiled: str) -> None:
    def function(one: Any) -> float: ...  # type: ignore[empty-body]  # only its annotations are read

    function.__annotations__["one"] = hint
    (one,) = kernels_module._signature(numba.types, function)  # type: ignore[arg-type]  # it is a plain function
    assert str(one) == compiled


def test_a_named_tuple_is_compiled_field_by_field_and_the_result_is_left_to_numba() -> None:
    together, factor, negative = kernels_module._signature(numba.types, outer_sum)  # type: ignore[arg-type]  # likewise
    assert (together.instance_class, together.fields) == (Pair, ("amounts", "counts"))
    assert [str(one) for one in together] == ["array(float64, 1d, C)", "readonly array(int64, 1d, C)"]
    assert [str(factor), str(negative)] == ["int64", "bool"]


def test_every_kernel_of_the_package_says_what_it_takes() -> None:
    for name in all_kernels():
        function = kernels_module._REGISTERED[name]
        assert len(kernels_module._signature(numba.types, function)) == function.__code__.co_argcount, name


def test_arrays_of_another_kind_are_refused_not_converted(small: dict[str, Any]) -> None:
    function = COMPILED(inner_sum)
    frozen = floats(1.0)
    frozen.flags.writeable = False
    wrong: list[Any] = [frozen, ints(1), floats(1.0, 2.0, 3.0)[::2], np.zeros((2, 2))]
    for values in wrong:
        with pytest.raises(TypeError, match="No matching definition"):
            function(values, 0.0)


def test_machine_code_is_kept_and_found_again(small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first: Any = COMPILED(outer_sum)
    assert (sum(first.stats.cache_hits.values()), sum(first.stats.cache_misses.values())) == (0, 1)
    forget(monkeypatch)
    again: Any = COMPILED(outer_sum)
    assert again is not first
    assert (sum(again.stats.cache_hits.values()), sum(again.stats.cache_misses.values())) == (1, 0)
    assert list(cache_folder().rglob("*outer_sum*.nbi"))


def test_what_a_kernel_calls_is_not_loaded_beside_it(small: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    compile_all()
    forget(monkeypatch)
    again: Any = COMPILED(outer_sum)
    assert sum(again.stats.cache_hits.values()) == 1
    assert loaded(inner_sum) is None
    assert again(pair(), 2, True) == outer_sum(pair(), 2, True)


def test_a_cache_that_numba_no_longer_trusts_is_made_anew(
    small: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_all()
    for index in cache_folder().rglob("*.nbi"):
        index.unlink()
    forget(monkeypatch)
    again: Any = COMPILED(outer_sum)
    assert sum(again.stats.cache_misses.values()) == 1
    assert again(pair(), 2, True) == outer_sum(pair(), 2, True)


def test_the_place_of_other_machine_code_is_left_as_it_was(small: dict[str, Any]) -> None:
    before = numba_folder()
    COMPILED(outer_sum)
    assert numba_folder() == before
    with pytest.raises(TypingError):
        COMPILED(kernel(number_or_text))
    assert numba_folder() == before
    assert loaded(number_or_text) is None


def test_the_command_compiles_everything_once_and_says_so(
    small: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not is_cached()
    compile_command.main()
    said = capsys.readouterr()
    assert said.out == "kernels: 2 compiled\n"
    assert said.err == "kernels: compiling inner_sum\nkernels: compiling outer_sum\n"
    assert is_cached()
    forget(monkeypatch)
    compile_command.main()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("kernels: already compiled\n", "")


def test_compiling_half_of_them_is_not_being_cached(small: dict[str, Any]) -> None:
    COMPILED(outer_sum)
    assert not is_cached()
    assert compile_all() == len(small)
    assert is_cached()


def test_all_kernels_are_those_of_every_module() -> None:
    names = all_kernels()
    assert {"micros", "allot", "book_fill", "best_columns", "mark_account", "limit_gross"} <= set(names)
    assert len(names) == len(set(names))
