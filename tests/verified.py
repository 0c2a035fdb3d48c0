"""Every journal that a session of a test records is checked; with `--journals` every session records one."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

_RIGHT: set[bytes] = set()
"""Digests of journals in which nothing was found: the very same bytes, whose header has fingerprints of their data, are
as right when another session writes them, as hundreds do that take turns in other orders."""


@contextmanager
def checking(session: Any, *, every: bool) -> Iterator[list[str]]:
    """Checks journals of sessions while it is open; what is wrong with them is listed.

    Args:
        session: the module of sessions.
        every: whether sessions record that were not asked to.
    """
    problems: list[str] = []
    original = session.Session.arun

    @wraps(original)
    async def arun(self: Any) -> Any:
        folder = _folder(self) if every and self._log_plan is None else None
        ended = False
        try:
            result = await original(self)
            ended = True
            return result
        finally:
            if _writes(self._log_plan, ended) and self._log_plan.path.is_file():
                problems.extend(await asyncio.to_thread(_problems, self))
            if folder is not None:
                shutil.rmtree(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.Session, "arun", arun)
        yield problems


def _writes(plan: Any, ended: bool) -> bool:
    """Whether there is a journal of the session's own; one gone on with is, once the session has come to its end."""
    from tidegate.journaling import JournalPlan  # not before there is a session

    resuming = sys.modules.get("tidegate.replay.resuming")
    resumed = resuming is not None and isinstance(plan, resuming.ResumingPlan)
    return isinstance(plan, JournalPlan) or (resumed and ended)


def _folder(session: Any) -> Path:
    """Has a session record."""
    from tidegate.journaling import JournalPlan

    folder = Path(mkdtemp())
    session._log_plan = JournalPlan(folder / "run.tgj", "off", "reference")
    return folder


def _problems(session: Any) -> list[str]:
    """What is wrong with the journal of a session; in a failed run, before the barrier that failed."""
    from tidegate.data.tables import TableSource
    from tidegate.journal import JournalError
    from tidegate.verify import verify

    config, path = session.config, session._log_plan.path
    digest = sha256(path.read_bytes()).digest()
    if digest in _RIGHT:
        return []
    source = session._source
    if source is None:
        zero_fills = config.execution.participation.zero_volume == "fill"
        source = TableSource(config.data, config.universe, session._frames, zero_fills=zero_fills)
    try:
        report = verify(path, source)
    except JournalError as error:
        return [str(error)]
    if report.clean:
        _RIGHT.add(digest)
    last = report.barriers if report.status == "failed" else 2**62
    return [f"{path.name}: {finding}" for finding in report.findings.found if finding.barrier < last]
