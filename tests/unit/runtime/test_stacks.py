"""Where a thread runs and where a coroutine waits, as lines of file, number and name."""

import asyncio
import inspect
import re
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import coroutine
from typing import Any

import anyio
import pytest

from tidegate.runtime import stacks
from tidegate.runtime.stacks import thread_stack, waiting_stack

HERE = Path(__file__)


def names(lines: list[str]) -> list[str]:
    """The functions named, innermost last."""
    found = [re.fullmatch(r".+:\d+ in (.+)", line) for line in lines]
    assert all(found), lines
    return [match[1].split(".")[-1] for match in found if match]


@coroutine
def give_way() -> Generator[None, None, None]:
    yield


async def innermost() -> None:
    await give_way()


async def middle() -> None:
    await innermost()


async def outermost() -> None:
    await middle()


async def items() -> AsyncIterator[int]:
    await innermost()
    yield 1


async def through_items() -> None:
    async for _ in items():
        pass


def test_a_waiting_coroutine_is_followed_to_the_one_that_waits() -> None:
    work = outermost()
    work.send(None)
    lines = waiting_stack(work)
    assert names(lines) == ["outermost", "middle", "innermost", "give_way"]
    waits_at = inspect.getsourcelines(middle)[1] + 1
    assert lines[1] == f"{HERE}:{waits_at} in middle"
    work.close()


def test_a_coroutine_that_has_not_begun_stands_at_its_first_line() -> None:
    work = outermost()
    assert names(waiting_stack(work)) == ["outermost"]
    work.close()


def test_a_task_is_shown_as_its_coroutine() -> None:
    async def scene() -> list[str]:
        task = asyncio.ensure_future(outermost())
        await asyncio.sleep(0)
        lines = waiting_stack(task)
        await task
        return lines

    assert names(asyncio.run(scene())) == ["outermost", "middle", "innermost", "give_way"]


def test_a_generator_that_is_waited_through_is_named() -> None:
    def waits() -> Generator[None, None, None]:
        yield

    def delegates() -> Generator[None, None, None]:
        yield from waits()

    steps = delegates()
    next(steps)
    assert names(waiting_stack(steps)) == ["delegates", "waits"]
    steps.close()


def test_a_wait_inside_an_asynchronous_loop_names_the_loop() -> None:
    work = through_items()
    work.send(None)
    assert names(waiting_stack(work))[0] == "through_items"
    work.close()


def test_a_waiting_asynchronous_generator_is_followed() -> None:
    work = items()
    step = work.__anext__()
    step.send(None)  # type: ignore[attr-defined]  # it is a coroutine of its own kind
    assert names(waiting_stack(work)) == ["items", "innermost", "give_way"]
    step.close()  # type: ignore[attr-defined]  # likewise


@pytest.mark.parametrize("thing", [None, 7, "text"])
def test_what_has_no_frames_is_shown_as_it_is(thing: object) -> None:
    assert waiting_stack(thing) == [repr(thing)]


async def waits_in_anyio() -> None:
    async with anyio.create_task_group():
        await anyio.sleep_forever()


async def waits_in_asyncio() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 60)


def waiting_in(wait: Callable[[], Coroutine[Any, Any, None]]) -> list[str]:
    """The frames of a task after its first step."""

    async def scene() -> list[str]:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        lines = waiting_stack(task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return lines

    return asyncio.run(scene())


@pytest.mark.parametrize("wait", [waits_in_anyio, waits_in_asyncio])
def test_frames_of_the_event_loop_are_left_out(wait: Callable[[], Coroutine[Any, Any, None]]) -> None:
    assert names(waiting_in(wait)) == [wait.__name__]


def test_frames_of_the_event_loop_are_shown_where_there_are_no_others() -> None:
    assert names(waiting_in(anyio.sleep_forever))[0] == "sleep_forever"


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_what_is_installed_beside_the_standard_library_is_not_of_it(folder: str) -> None:
    path = Path(asyncio.__file__).parents[1] / folder / "mine.py"
    made: dict[str, Any] = {}
    exec(compile("async def mine(work):\n    await work", str(path), "exec"), made)
    work = made["mine"](outermost())
    work.send(None)
    assert names(waiting_stack(work))[0] == "mine"
    work.close()


def test_a_coroutine_that_is_over_has_no_frames() -> None:
    work = outermost()
    work.close()
    assert waiting_stack(work) == [repr(work)]


def test_of_many_frames_the_innermost_are_kept() -> None:
    async def deep(n: int) -> None:
        await (deep(n - 1) if n else give_way())

    work = deep(100)
    work.send(None)
    found = names(waiting_stack(work))
    assert len(found) == 24
    assert found[-1] == "give_way"
    work.close()


def of_the_runtime(source: str) -> dict[str, Any]:
    """Functions that stand, as far as frames can tell, in a file of the runtime."""
    made: dict[str, Any] = {}
    exec(compile(source, str(Path(stacks.__file__).with_name("made_up.py")), "exec"), made)
    return made


def test_the_runtime_s_own_frames_are_left_out_of_a_wait() -> None:
    wrap: Callable[..., Coroutine[Any, Any, None]] = of_the_runtime("async def wrap(work):\n    await work")["wrap"]
    work = wrap(outermost())
    work.send(None)
    assert names(waiting_stack(work)) == ["outermost", "middle", "innermost", "give_way"]
    work.close()


def seen_from_another_thread() -> list[str]:
    """The frames of the thread that calls this; below it are those of its waiting for the answer."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(thread_stack, threading.get_ident()).result()


def of_this_file(lines: list[str]) -> list[str]:
    return names([line for line in lines if line.startswith(f"{HERE}:")])


def handler() -> list[str]:
    return seen_from_another_thread()


def test_a_thread_s_frames_are_told_innermost_last() -> None:
    lines = handler()
    assert of_this_file(lines)[-2:] == ["handler", "seen_from_another_thread"]
    assert f"{HERE}:{inspect.getsourcelines(handler)[1] + 1} in handler" in lines


def test_a_thread_s_frames_begin_with_the_handler_that_the_runtime_called() -> None:
    call = of_the_runtime("def call(handler):\n    return handler()")["call"]
    lines = call(handler)
    assert names(lines[:2]) == ["handler", "seen_from_another_thread"]
    assert of_this_file(lines) == ["handler", "seen_from_another_thread"]


def test_of_a_deep_thread_the_innermost_frames_are_kept() -> None:
    def dive(n: int) -> list[str]:
        return dive(n - 1) if n else seen_from_another_thread()

    lines = dive(60)
    assert len(lines) == 24
    assert names(lines)[0] == "dive"
    assert of_this_file(lines)[-1] == "seen_from_another_thread"


def test_of_a_thread_that_waits_in_a_library_the_caller_s_frames_are_told() -> None:
    call = of_the_runtime("def call(handler):\n    return handler()")["call"]
    assert names(call(handler)) == ["handler", "seen_from_another_thread"]


def test_a_thread_that_is_not_there_has_no_frames() -> None:
    assert thread_stack(-1) == []
