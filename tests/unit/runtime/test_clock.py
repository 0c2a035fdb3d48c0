"""The Clock alone: what it answers to quiescence."""

import pytest

from tidegate.core.enums import Phase
from tidegate.messages.base import Message
from tidegate.messages.clock import PhaseExtended, PhaseOpened, PhaseQuiesced, RunFinished, StopRequested
from tidegate.messages.market import EndOfData
from tidegate.runtime.clock import Clock

Q, X, E, S = PhaseQuiesced(), PhaseExtended(), EndOfData(), StopRequested("enough")


def answers(handled: set[Phase], heard: list[Message]) -> str:
    sent: list[Message] = []
    clock = Clock()
    clock.wire(sent.append, lambda *_: None)
    clock.wired(frozenset(handled))
    routes = clock.routes()
    for message in heard:
        routes[type(message)](message)
    return " ".join(map(short, sent))


def short(message: Message) -> str:
    if isinstance(message, PhaseOpened):
        return f"{message.phase.name[0]}{message.seq}" + f".{message.step}" * bool(message.step)
    assert isinstance(message, RunFinished)
    return f"end({message.seq}, {message.reason})"


# handled phases        heard                          answered
TABLE = [
    (set(Phase), [Q] * 8, "A0 F0 M0 G0 D0 R0 A1 F1"),
    (set(), [Q] * 5, "A0 R0 A1 R1 A2"),
    ({Phase.MARK}, [Q] * 4, "A0 M0 R0 A1"),
    (set(), [Q, E, Q], "A0 end(-1, end of data)"),
    (set(), [Q, Q, Q, E, Q], "A0 R0 A1 end(0, end of data)"),
    ({Phase.FILL}, [Q, Q, X, Q, Q], "A0 F0 F0.1 R0"),
    ({Phase.FILL}, [Q, Q, X, Q, X, Q, Q, Q], "A0 F0 F0.1 F0.2 R0 A1"),
    ({Phase.FILL}, [Q, Q, X, X, Q, Q], "A0 F0 F0.1 R0"),
    (set(), [Q, X, Q, Q], "A0 A0.1 R0"),
    (set(), [Q, X, E, Q], "A0 end(-1, end of data)"),
    (set(), [S, Q], "end(-1, enough)"),
    (set(), [Q, S, Q, Q], "A0 R0 end(0, enough)"),
    ({Phase.FILL}, [Q, S, Q, X, Q, Q, Q], "A0 F0 F0.1 R0 end(0, enough)"),
    (set(), [Q, Q, S, X, Q, Q], "A0 R0 R0.1 end(0, enough)"),
    (set(), [Q, S, StopRequested("later"), Q, Q], "A0 R0 end(0, enough)"),
    (set(), [Q, S, E, Q], "A0 end(-1, end of data)"),
    (set(), [X, Q, Q], "A0 R0"),
]


@pytest.mark.parametrize(("handled", "heard", "want"), TABLE)
def test_the_clock_answers_quiescence_by_its_table(handled: set[Phase], heard: list[Message], want: str) -> None:
    assert answers(handled, heard) == want
