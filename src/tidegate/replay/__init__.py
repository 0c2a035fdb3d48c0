"""Runs of which there is a journal, run again: to prove them equal, to see what other parts change, to go on.

General layout:

    replaying   replay, run_again: every message is compared with the journal
    comparing   the log that compares
    again       a session made from a journal's header
    feed        batches out of the journal
    checks      whether data, code and parts are those of the recorded run
    restoring   actors brought to where a snapshot is
    resuming    resume: a run that was killed goes on
"""

from tidegate.replay.again import Again, Given
from tidegate.replay.replaying import Outcome, Replayer, record_again, replay, run_again
from tidegate.replay.resuming import resume

__all__ = ["Again", "Given", "Outcome", "Replayer", "record_again", "replay", "resume", "run_again"]
