"""An order of running actors within a superstep that nobody can rely on.

By default actors run in their own order. Because each sends into its own outbox and outboxes are collected in actor
order, any other order must give the same run; this one is for the tests that prove it.
"""

from random import Random

from tidegate.core.seeds import derive_seed


class Shuffle:
    """Permutes the actors that run in each superstep, from a seed. One object serves one run.

    Args:
        seed: the same seed gives the same sequence of permutations.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = Random(derive_seed(seed, "runtime", "shuffle"))

    def __call__(self, actors: list[int]) -> list[int]:
        """The actors' numbers in this superstep's order."""
        shuffled = actors.copy()
        self._random.shuffle(shuffled)
        return shuffled
