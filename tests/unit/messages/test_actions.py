from typing import Any

import numpy as np

from tidegate.core.enums import ActionKind
from tidegate.messages.actions import CorporateActions, closed_by


def test_what_is_halted_or_has_ended_is_closed_until_it_resumes() -> None:
    said = [
        (ActionKind.DIVIDEND, 0), (ActionKind.SPLIT, 0), (ActionKind.HALT, 1), (ActionKind.DELISTING, 2),
        (ActionKind.MERGER_CASH, 3), (ActionKind.MERGER_STOCK, 4), (ActionKind.SYMBOL_CHANGE, 5),
        (ActionKind.RESUME, 6), (ActionKind.HALT, 7), (ActionKind.RESUME, 7),
    ]  # fmt: skip
    columns: dict[str, Any] = dict.fromkeys((*CorporateActions.int_rows(), *CorporateActions.float_rows()), [0] * 10)
    columns |= {"kind": [kind for kind, _ in said], "asset": [asset for _, asset in said]}
    closed = np.array([False] * 6 + [True, False, True])
    after = closed_by(CorporateActions.of(columns, seq=1, ts_ns=1), closed)
    assert after.tolist() == [False, True, True, True, True, True, False, False, True]
    assert closed.tolist() == [False] * 6 + [True, False, True], "what was before stays"
