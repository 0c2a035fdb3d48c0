"""Randomness comes from the run's seed and the name of its user, never from a global generator."""

import hashlib

import numpy as np


def derive_seed(seed: int, *path: str) -> int:
    """A 64-bit seed for one user of randomness, independent of every other user's.

    Args:
        seed: the run's seed.
        path: names that say whose it is, outermost first.
    """
    text = "\x1f".join((str(seed), *path)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def generator(seed: int, *path: str) -> np.random.Generator:
    """A numpy generator seeded by `derive_seed`; PCG64, whose stream numpy keeps stable."""
    return np.random.Generator(np.random.PCG64(derive_seed(seed, *path)))
