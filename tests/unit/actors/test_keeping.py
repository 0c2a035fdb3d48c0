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
def test_an_order_before_the_next_bar_is_of_the_decision_that_is_over(timing: FillTiming, asks: list[str]) -> None:
    (broker, mail), (other, others_mail) = made(timing), made(timing)
    bar = batch(0, [10.0, 20.0, 40.0])
    mail.deliver(bar, phase(Phase.FILL), phase(Phase.MARK), phase(Phase.DECIDE))
    other.restore(decode_state(encode_state(broker.state()), lambda _: bar))
    for one in (mail, others_mail):
        assert kinds(one.deliver(approved((0, 5.0)))) == ["OrdersAccepted", *asks]
