"""`data`: sample tables to try things on."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from tidegate.cli.folders import refuse_taken
from tidegate.core.time import NS_PER, parse_duration

Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seed = Annotated[int, Parameter(validator=validators.Number(gte=0))]

app = App(name="data", help="Make sample data.")


@app.command
def make(out: Path = Path("data"), *, assets: Count = 100, days: Count = 504, seed: Seed = 7, freq: str = "1d") -> None:
    """Make prices, scores and a market-wide index; the same for the same options.

    [bold]Example[/bold]

      [cyan]python -m tidegate data make mydata --assets 500 --days 252[/cyan]

    Args:
        out: The folder; new or empty.
        assets: How many assets.
        days: How many business days.
        seed: Another seed, other numbers.
        freq: The length of a bar: 1d, or a part of the day such as 5m.
    """
    from tidegate.data import synthetic  # brings Polars, which `data --help` can do without

    refuse_taken(out, "name a new folder")
    market = synthetic.make(assets, days * bars_per_day(freq), seed=seed, freq=freq)
    for path in market.write(out).values():
        print(path)


def bars_per_day(freq: str) -> int:
    """How many bars of that length a session of 390 minutes has; 1 for days.

    Raises:
        ConfigError: no duration.
    """
    length, day = parse_duration(freq), NS_PER["d"]
    return 390 * NS_PER["m"] // length if 0 < length < day else 1
