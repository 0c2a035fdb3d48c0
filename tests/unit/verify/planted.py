"""One corruption of a right journal, and what must be found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.unit.verify.altered import places, with_message
from tests.unit.verify.recorded import Sent, checked, recorded

from tidegate.messages.base import Message
from tidegate.verify import Report, Rule

Change = Callable[[Any], Message]


@dataclass(frozen=True)
class Planted:
    """A message that is altered, in a run of some kind.

    Attributes:
        kind: of the message; of those `where` is true of, the middle one.
    """

    run: str
    rule: Rule
    kind: type[Message]
    change: Change
    where: Callable[[Any], bool] = bool

    def report(self, block_bytes: int | None = None) -> tuple[int, Report]:
        """The number of the altered message, and what is found then; see `recorded.written`."""
        header, steps = recorded(self.run)
        numbers = places(steps, self.kind, self.where)
        assert numbers, f"the run {self.run} has no such {self.kind.__name__}"
        number = numbers[len(numbers) // 2]
        altered = with_message(steps, number, self.change)
        before, after = steps[number], altered[number]
        assert isinstance(before, Sent)
        assert isinstance(after, Sent)
        assert before.message is not after.message
        return number, checked(header, altered, block_bytes)


def expect(report: Report, rule: Rule, number: int) -> None:
    """The rule names this record."""
    found = report.findings.found
    assert [one for one in found if one.rule is rule and one.record == number], [str(one) for one in found[:5]]
    assert report.findings.count >= len(found) > 0
    assert not report.clean
