"""What the recorder and the actors' own remarks add to the log."""

from tidegate.messages.base import Message


class BarrierCommitted(Message, frozen=True):
    """The recorder has everything of barrier `seq`; what came before it is whole."""

    seq: int


class LogWritten(Message, frozen=True):
    """A remark for the reader of the run, by the actor named `source`."""

    seq: int
    source: str
    text: str
