"""What a strategy's desk keeps from one barrier to the next; what its hooks ask for has been sent by then."""

from tidegate.messages.account import AccountSnapshot
from tidegate.messages.state import ARRAY, BATCH, PART, Stateful, keeps, made


class KeepsDesk(Stateful):
    """What `Desk` keeps."""

    KEEPS = keeps(
        batch=BATCH, snapshot=AccountSnapshot | None, past=PART, _since_mark=ARRAY,
        _since_mark_used=bool, _issued=int, _conditional=set[int], _own=PART, _changes=PART,
        **made("terms labels instruments _spread _take_off _sizer _weights _requests _outgoing _were_conditional"),
    )  # fmt: skip
