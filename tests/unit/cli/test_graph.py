"""`graph`: actors and routes as they are wired."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tidegate.cli.graph import flowchart, tables
from tidegate.core.enums import Phase
from tidegate.messages.clock import PhaseOpened, PhaseQuiesced, StopRequested
from tidegate.runtime.actor import Actor, handles, on_phase
from tidegate.runtime.routing import RoutingTable
from tidegate.session import Session

Call = Callable[..., tuple[int, list[str], list[str]]]
JOB = "job/config.yaml"


class Mover(Actor):
    sends = (PhaseOpened,)

    @handles(PhaseQuiesced)
    def on_quiet(self, message: PhaseQuiesced) -> None:
        pass

    @handles(StopRequested)
    def on_stop(self, message: StopRequested) -> None:
        pass


class Watcher(Actor):
    sends = (StopRequested,)

    @on_phase(Phase.MARK)
    def on_mark(self, message: PhaseOpened) -> None:
        pass


ACTORS = (Mover("clock"), Watcher("eye"))


def test_actors_phases_and_messages_stand_in_aligned_tables() -> None:
    assert list(tables(ACTORS, RoutingTable(ACTORS).rows())) == [
        "Actors",
        f"  clock  {__name__}:Mover",
        f"  eye    {__name__}:Watcher",
        "\nPhases of a barrier, in order: who opens them -> who acts",
        "  ADVANCE: clock -> nobody",
        "  FILL:    clock -> nobody",
        "  MARK:    clock -> eye",
        "  GUARD:   clock -> nobody",
        "  DECIDE:  clock -> nobody",
        "  RECORD:  clock -> nobody",
        "\nMessages: who sends them -> who gets them",
        "  PhaseQuiesced: scheduler      -> clock",
        "  StopRequested: scheduler, eye -> clock",
    ]


def test_the_flowchart_has_one_arrow_from_each_sender_to_each_receiver() -> None:
    assert list(flowchart(ACTORS, RoutingTable(ACTORS).rows())) == [
        "flowchart LR",
        f'  clock["clock<br/>{__name__}:Mover"]',
        f'  eye["eye<br/>{__name__}:Watcher"]',
        '  scheduler(["scheduler"])',
        '  clock -- "MARK" --> eye',
        '  scheduler -- "PhaseQuiesced<br/>StopRequested" --> clock',
        '  eye -- "StopRequested" --> clock',
    ]


def test_the_command_prints_what_the_session_has_wired_and_reads_no_data(folder: Path, tidegate: Call) -> None:
    Path("job/prices.parquet").unlink()
    Path("job/scores.parquet").write_text("no table")
    code, out, err = tidegate("graph", JOB)
    assert (code, err) == (0, [])
    names = [actor.name for actor in Session(config=JOB).actors()]
    assert [line.split()[0] for line in out[1 : out.index("")]] == names
    for key, senders, receivers in RoutingTable(Session(config=JOB).actors()).rows():
        line = next(line for line in out if line.strip().startswith(f"{key}:"))
        assert line.partition("->")[2].strip() == (", ".join(receivers) or "nobody")
        assert ", ".join(senders) in line


def test_no_table_library_is_loaded_for_the_graph(folder: Path) -> None:
    code = (
        f"import sys; from tidegate.cli.app import main; main(['graph', '{JOB}']);"
        "print(sorted({'polars', 'numba', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_settings_reach_the_graph(folder: Path, tidegate: Call) -> None:
    two = "strategy=[{use: 'tidegate.strategy:TopN', name: one}, {use: 'tidegate.strategy:TopN', name: two}]"
    _, out, _ = tidegate("graph", JOB, "--set", two)
    actors = [line.split()[0] for line in out[1 : out.index("")]]
    assert {"one", "two"} <= set(actors)


def test_mermaid_is_printed_where_asked(folder: Path, tidegate: Call) -> None:
    code, out, _ = tidegate("graph", JOB, "--mermaid")
    assert (code, out[0]) == (0, "flowchart LR")
    assert any("--> broker" in line for line in out)


def test_a_configuration_without_a_strategy_is_refused(folder: Path, tidegate: Call) -> None:
    code, out, err = tidegate("graph", JOB, "--set", "strategy=[]")
    assert (code, out) == (2, [])
    assert "strategy" in err[0]
