"""Runs of which there is a journal, run again: to prove them equal, to see what other parts change, to go on.

General layout:

    replaying   replay, run_again: every message is compared with the journal; record_again: or recorded
    plans       what a run is held against
    leading     the recorded run up to a barrier, and where it stands there
    fitting     what other parts take over there
    branching   they go on from there
    beginning   what stands before that in their journal
    comparing   the log that compares
    again       a session made from a journal's header
    feed        batches out of the journal
    checks      whether data, code and parts are those of the recorded run
    restoring   actors brought to where a snapshot is
    resuming    resume: a run that was killed goes on
"""

from tidegate.replay.again import Again, Given
from tidegate.replay.plans import Outcome
from tidegate.replay.replaying import Replayer, record_again, record_from, replay, run_again
from tidegate.replay.resuming import resume

__all__ = ["Again", "Given", "Outcome", "Replayer", "record_again", "record_from", "replay", "resume", "run_again"]
