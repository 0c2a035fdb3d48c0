"""`graph`: the actors of a configuration and the routes between them, from the wired session."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tidegate.cli.run import Settings, open_config
from tidegate.core.enums import Phase
from tidegate.runtime.actor import Actor
from tidegate.runtime.routing import Route, RoutingTable
from tidegate.session import Session

SCHEDULER = "(scheduler)"
"""Who sends what no actor says it sends: the end of a phase comes from the scheduler itself."""


def graph(
    config: Path,
    *,
    set_: Settings = (),
    mermaid: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Show the actors of a configuration and who sends what to whom. No data is read.

    Args:
        config: The configuration: YAML, JSON or TOML.
        mermaid: Print a Mermaid flowchart, for a Markdown page.
    """
    actors = Session(config=open_config(config, set_)).actors()
    routes = RoutingTable(actors).rows()
    lines = flowchart(actors, routes) if mermaid else tables(actors, routes)
    print("\n".join(lines))


def tables(actors: Sequence[Actor], routes: Sequence[Route]) -> Iterator[str]:
    """The actors, the phases and the messages, one aligned table each."""
    yield "Actors"
    yield from _aligned([(actor.name, _class(actor)) for actor in actors], "  ")
    phases = [route for route in routes if is_phase(route)]
    yield "\nPhases of a barrier, in order, and who acts when one opens"
    yield from _aligned([(route.key, _names(route.receivers)) for route in phases], " -> ")
    yield "\nMessages: sender -> receiver"
    sent = [(route.key, _names(_senders(route)), _names(route.receivers)) for route in routes if not is_phase(route)]
    width = max((len(key) for key, _, _ in sent), default=0)
    yield from _aligned([(f"{key + ':':<{width + 1}} {who}", whom) for key, who, whom in sent], " -> ")


def flowchart(actors: Sequence[Actor], routes: Sequence[Route]) -> Iterator[str]:
    """A Mermaid flowchart: a node for each actor, one arrow from each sender to each receiver with all it carries."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for route in routes:
        for sender in () if is_phase(route) else _senders(route):
            for receiver in route.receivers:
                arrows.setdefault((sender, receiver), []).append(route.key)
    nodes = [actor.name for actor in actors]
    yield "flowchart LR"
    yield from (f'  {node}["{node}"]' for node in nodes)
    if any(sender == SCHEDULER for sender, _ in arrows):
        yield f'  {_node(SCHEDULER)}(["scheduler"])'
    for (sender, receiver), kinds in arrows.items():
        yield f'  {_node(sender)} -- "{"<br/>".join(kinds)}" --> {_node(receiver)}'


def is_phase(route: Route) -> bool:
    """Whether the row is of a phase, not of a message."""
    return route.key in Phase.__members__


def _class(actor: Actor) -> str:
    kind = type(actor)
    return kind.__name__ if kind.__module__.startswith("tidegate.") else f"{kind.__module__}:{kind.__name__}"


def _senders(route: Route) -> tuple[str, ...]:
    return route.senders or (SCHEDULER,)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _node(name: str) -> str:
    return name.strip("()")


def _aligned(rows: Sequence[tuple[str, str]], between: str) -> Iterator[str]:
    width = max((len(first) for first, _ in rows), default=0)
    yield from (f"  {first:<{width}}{between}{second}" for first, second in rows)
