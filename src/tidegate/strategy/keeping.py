"""What a strategy's desk keeps from one barrier to the next; what its hooks ask for has been sent by then."""

from dataclasses import replace

from tidegate.kernels.terms import SizingTerms
from tidegate.messages.account import AccountSnapshot
from tidegate.messages.state import ARRAY, BATCH, PART, Stateful, keeps, made
from tidegate.strategy.sizing import TargetSizer
from tidegate.strategy.terms import DeskTerms


class KeepsDesk(Stateful):
    """What `Desk` keeps."""

    KEEPS = keeps(
        batch=BATCH, snapshot=AccountSnapshot | None, past=PART, _since_mark=ARRAY,
        _since_mark_used=bool, _issued=int, _conditional=set[int], _own=PART, _changes=PART,
        **made("terms labels instruments _spread _take_off _sizer _weights _requests _outgoing _were_conditional"),
    )  # fmt: skip
    terms: DeskTerms
    _sizer: TargetSizer

    def size_by(self, sizing: SizingTerms) -> None:
        """Targets are sized by these terms from now on; what was asked for stays as it is."""
        self.terms = replace(self.terms, sizing=sizing)
        self._sizer.size_by(sizing)
