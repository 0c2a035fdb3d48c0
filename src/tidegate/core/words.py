"""Tuples of words, one for each row of a message."""

from functools import lru_cache


@lru_cache(maxsize=1024)
def repeated(word: str, times: int) -> tuple[str, ...]:
    """The same word so many times; equal tuples are one object, for a run has thousands of messages of one tag."""
    return (word,) * times
