"""`data`: sample tables to try things on."""

from pathlib import Path

from cyclopts import App

from tidegate.cli.folders import refuse_taken

app = App(name="data", help="Make sample data.")


@app.command
def make(out: Path = Path("data"), *, assets: int = 100, days: int = 504, seed: int = 7, freq: str = "1d") -> None:
    """Make prices, scores and a market-wide index as Parquet; the same numbers for the same options.

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
    for path in synthetic.write(out, assets=assets, days=days, seed=seed, freq=freq):
        print(path)
