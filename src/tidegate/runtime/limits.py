"""The bounds of a run, and the error of the one that no other error covers."""

from dataclasses import dataclass

from tidegate.core.errors import ConfigError, TidegateError


class MailboxOverflow(TidegateError):
    """More messages wait for one actor, or were sent by one, in a superstep than the run allows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take; every queue and every wait has a limit.

    Attributes:
        phase_timeout_s: seconds of host time a phase may take.
        max_supersteps: rounds of messages a phase may take, all of its steps together.
        mailbox_limit: messages that may wait for one actor, or be sent by one, in a superstep.
    """

    phase_timeout_s: float = 60.0
    max_supersteps: int = 10_000
    mailbox_limit: int = 65_536

    def __post_init__(self) -> None:
        problems = [
            f"run.{name}: {value} is not above 0"
            for name, value in (
                ("phase_timeout_s", self.phase_timeout_s),
                ("max_supersteps", self.max_supersteps),
                ("mailbox_limit", self.mailbox_limit),
            )
            if not value > 0
        ]
        if problems:
            raise ConfigError.of(problems)
