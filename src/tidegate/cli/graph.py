"""`graph`: the actors of a configuration and the routes between them, from the wired session."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tidegate.actors.strategy import StrategyActor
from tidegate.cli.run import Flag, Settings, open_config
from tidegate.config.loader import blaming
from tidegate.core.enums import Phase
from tidegate.runtime.actor import Actor
from tidegate.runtime.routing import Route, RoutingTable
from tidegate.session import Session


def graph(
    config: Path,
    /,
    *,
    set_: Settings = (),
    mermaid: Flag = False,
) -> None:
    """Show the actors of a configuration and who sends what to whom. No data is read.

    Args:
        config: The configuration: YAML, JSON or TOML.
        mermaid: Print a Mermaid flowchart, for a Markdown page.
    """
    opened = open_config(config, set_)
    with blaming(config, set_):
        actors = Session(config=opened).actors()
    routes = RoutingTable(actors).rows()
    lines = flowchart(actors, routes) if mermaid else tables(actors, routes)
    print("\n".join(lines))


def tables(actors: Sequence[Actor], routes: Sequence[Route]) -> Iterator[str]:
    """The actors, the phases and the messages, one aligned table each."""
    yield "Actors"
    yield from _aligned([(actor.name, _class(actor)) for actor in actors], "  ")
    phases = [route for route in routes if is_phase(route)]
    yield "\nPhases of a barrier, in order: who opens them -> who acts"
    yield from _routes(phases)
    yield "\nMessages: who sends them -> who gets them"
    yield from _routes([route for route in routes if not is_phase(route)])


def flowchart(actors: Sequence[Actor], routes: Sequence[Route]) -> Iterator[str]:
    """A Mermaid flowchart: a node for each actor, one arrow from each sender to each receiver with all it carries."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for route in routes:
        for sender in route.senders:
            for receiver in route.receivers:
                arrows.setdefault((sender, receiver), []).append(route.key)
    others = dict.fromkeys(sender for sender, _ in arrows)
    yield "flowchart LR"
    yield from (f'  {actor.name}["{actor.name}<br/>{_class(actor)}"]' for actor in actors)
    yield from (f'  {name}(["{name}"])' for name in others if name not in {actor.name for actor in actors})
    for (sender, receiver), keys in arrows.items():
        yield f'  {sender} -- "{"<br/>".join(keys)}" --> {receiver}'


def is_phase(route: Route) -> bool:
    """Whether the row is of a phase, not of a message."""
    return route.key in Phase.__members__


def _class(actor: Actor) -> str:
    kind = type(actor.strategy) if isinstance(actor, StrategyActor) else type(actor)
    return kind.__name__ if kind.__module__.startswith("tidegate.") else f"{kind.__module__}:{kind.__name__}"


def _routes(routes: Sequence[Route]) -> Iterator[str]:
    width = max((len(route.key) for route in routes), default=0) + 1
    sent = [(f"{route.key + ':':<{width}} {_names(route.senders)}", _names(route.receivers)) for route in routes]
    yield from _aligned(sent, " -> ")


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nobody"


def _aligned(rows: Sequence[tuple[str, str]], between: str) -> Iterator[str]:
    width = max((len(first) for first, _ in rows), default=0)
    yield from (f"  {first:<{width}}{between}{second}" for first, second in rows)
