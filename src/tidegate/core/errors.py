"""The exceptions of Tidegate, split by who is to blame.

Market outcomes (denied, rejected, expired) are messages and never raise. What raises is the caller's mistake
(`UserError` and its kinds), a broken promise of the run (`ActorFailed`, `BarrierTimeout`) or our own bug
(`KernelBug`).
"""

from collections.abc import Sequence
from difflib import get_close_matches


class TidegateError(Exception):
    """Base of everything Tidegate raises on purpose."""


class UserError(TidegateError):
    """A mistake of the caller; every problem that was found is listed, one to a line.

    Attributes:
        problems: one line each: place, value, limit and remedy.
    """

    def __init__(self, *problems: str) -> None:
        self.problems: tuple[str, ...] = problems
        super().__init__("\n".join(problems))

    @classmethod
    def of(cls, problems: Sequence[str]) -> "UserError":
        """The error for a list of problems gathered along the way."""
        return cls(*problems)


class ConfigError(UserError):
    """The configuration says something impossible."""


class DataError(UserError):
    """A source does not hold what it must; names file, column, and row or asset and time."""


class RequestError(UserError):
    """A strategy or a rule asked for something impossible: unknown asset, NaN weight, wrong shape."""


class ActorFailed(TidegateError):
    """An actor raised; the run ended at that barrier.

    Attributes:
        actor: name of the actor.
        barrier: sequence number of the barrier, from 0; -1 before the first.
        message_type: name of the type of the message in hand.
        cause: what was raised.
    """

    def __init__(self, actor: str, barrier: int, message_type: str, cause: BaseException) -> None:
        self.actor = actor
        self.barrier = barrier
        self.message_type = message_type
        self.cause = cause
        super().__init__(
            f"actor '{actor}' failed at barrier {barrier} handling {message_type}: {type(cause).__name__}: {cause}"
        )


class BarrierTimeout(TidegateError):
    """A phase did not become quiescent within its limit; names the actors at fault, message in hand and stack."""


class RunInterrupted(KeyboardInterrupt):
    """A signal or `Session.stop` ended the run at a barrier; what was recorded is whole.

    Attributes:
        result: the results up to the last committed barrier, or None where none were made.
    """

    def __init__(self, reason: str, result: object = None) -> None:
        self.reason = reason
        self.result = result
        super().__init__(reason)


class KernelBug(TidegateError):
    """An invariant of our own does not hold; please report it."""


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """`; did you mean 'X'?` for the nearest choice, or the empty string where none is near."""
    near = get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
