"""What a broker's actor keeps beside its account."""

import pytest
from tests.unit.actors.brokerage import NEXT_OPEN, SAME_CLOSE, approved
from tests.unit.actors.letters import ASSETS, batch, kinds, phase, universe
from tests.unit.actors.mailbox import Mailbox

from tidegate.actors.broker import Broker
from tidegate.core.enums import FillTiming, Phase
from tidegate.kernels.execution import Execution
from tidegate.kernels.kernel import INTERPRETED
from tidegate.kernels.shortage import SCALE
from tidegate.kernels.terms import ExecutionTerms
from tidegate.messages.state import decode_state, encode_state


def made(timing: FillTiming) -> tuple[Broker, Mailbox]:
    """A broker that knows its universe, and its other end."""
    terms = ExecutionTerms(timing, 0.0, 0.0, 0.0, 0.0, SCALE, fractional=False)
    broker = Broker(timing, lambda declared: Execution(declared, 1_000_000_000, terms, INTERPRETED))
    mailbox = Mailbox(broker)
    mailbox.deliver(universe(ASSETS))
    return broker, mailbox


@pytest.mark.parametrize(("timing", "asks"), [(NEXT_OPEN, []), (SAME_CLOSE, ["PhaseExtended"])])
def test_an_order_between_two_bars_is_too_late_for_the_close_that_is_over(timing: FillTiming, asks: list[str]) -> None:
    (broker, mail), (other, others_mail) = made(timing), made(timing)
    first, second = batch(0, [10.0, 20.0, 40.0]), batch(1, [11.0, 21.0, 41.0])
    decided = [phase(Phase.DECIDE), phase(Phase.RECORD)] if timing is SAME_CLOSE else []
    mail.deliver(first, phase(Phase.FILL), phase(Phase.MARK), *decided)
    other.restore(decode_state(encode_state(broker.state()), lambda _: first))
    for one in (mail, others_mail):
        assert kinds(one.deliver(approved((0, 5.0)))) == ["OrdersAccepted"]
        filled = kinds(one.deliver(second, phase(Phase.FILL, 1)))
        assert ("Fills" in filled) == (timing is NEXT_OPEN)
        one.deliver(phase(Phase.MARK, 1))
        if timing is SAME_CLOSE:
            assert kinds(one.deliver(phase(Phase.DECIDE, 1))) == asks
            assert "Fills" in kinds(one.deliver(phase(Phase.DECIDE, 1, 1)))
