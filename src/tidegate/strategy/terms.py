"""What a strategy's desk must know of the run."""

from dataclasses import dataclass

from tidegate.kernels.terms import PLAIN_SIZING, SizingTerms


@dataclass(frozen=True, slots=True)
class DeskTerms:
    """Of one desk.

    Attributes:
        name: of the strategy's actor.
        sender: its number, see `core.ids`.
        fractional: whether targets may have a fraction.
        history: how many batches are kept.
        currency: of the account.
        shorts: whether the account may sell what it does not hold.
        initial: part of a position's value that must be there to enter it, unless its instrument says otherwise.
        sizing: of targets.
    """

    name: str
    sender: int
    fractional: bool
    history: int
    currency: str = "USD"
    shorts: bool = False
    initial: float = 1.0
    sizing: SizingTerms = PLAIN_SIZING
