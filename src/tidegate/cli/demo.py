"""`demo`: from nothing to a run folder, leaving a configuration to go on from."""

import shlex
import shutil
import sys
from pathlib import Path

from tidegate.cli.data import Count, Seed
from tidegate.cli.folders import RUNS, is_taken
from tidegate.cli.run import Flag, execute
from tidegate.core.errors import UserError

MARK = "# Tidegate demo"
CONFIG = (
    MARK
    + """: the 25 best-scored of {assets} assets, rebalanced every 5 days, with protective exits.
# Change something and run it again:  {command} run {path}
# All settings: {command} schema

run: {{name: demo, seed: 7}}

data:                                                         # paths are taken from this folder
  prices: {{path: prices.parquet}}                              # timestamp, asset, open, high, low, close, volume
  signals: {{path: scores.parquet, columns: [ml_score]}}        # timestamp, asset, and a model's predictions

strategy:
  use: "tidegate.strategy:TopN"                               # or a class of yours: "my_module:MyStrategy"
  params: {{n: 25, every: 5, gross: 0.95, signal: ml_score}}

risk:
  rules:                                                      # levels tested inside each bar
    - stop_loss: {{pct: 0.05}}
    - take_profit: {{pct: 0.15}}
    - trailing_stop: {{pct: 0.07}}
  limits:
    - max_weight: {{pct: 0.10}}

execution:
  fill: next_open                                             # decided at a close, filled at the next open
  commission: {{bps: 1.0}}
  slippage: {{bps: 2.0}}

account: {{cash: 1_000_000, currency: USD, fractional: false}}
"""
)


def demo(
    folder: Path = RUNS / "demo-data",
    /,
    *,
    assets: Count = 100,
    days: Count = 504,
    seed: Seed = 7,
    out: Path | None = None,
    quiet: Flag = False,
) -> int:
    """Make sample data, run the top-25 rotation, leave a run folder with report.

    [bold]Examples[/bold]

      [cyan]python -m tidegate demo[/cyan]
      [cyan]python -m tidegate demo try --assets 500 --days 252[/cyan]

    Args:
        folder: Where the data and the configuration go. A configuration that is there already is kept as it is.
        assets: How many assets.
        days: How many business days.
        seed: Another seed, other data.
        out: The run folder; new or empty. By default runs/demo, or runs/demo-2 and so on where that exists.
        quiet: Print nothing but the run folder.
    """
    config = prepare(folder, assets=assets, days=days, seed=seed, quiet=quiet)
    code = execute(config, (), out, quiet=quiet)
    if not quiet:
        print(_next_steps(config))
    return code


def prepare(folder: Path, *, assets: int, days: int, seed: int, quiet: bool) -> Path:
    """Writes the data, and the configuration where there is none yet; returns the latter's path.

    Raises:
        UserError: the folder holds something that is not of a demo.
    """
    from tidegate.data import synthetic  # brings Polars, which `demo --help` can do without

    config = folder / "config.yaml"
    if is_taken(folder) and not _is_ours(config):
        raise UserError(f"{folder}: holds something that no demo made; name a new folder")
    if not quiet:
        print(f"Sample data      {assets} assets x {days} days, seed {seed}, in {folder}")
    synthetic.make(assets, days, seed=seed).write(folder)
    kept = config.exists()
    if not kept:
        config.write_text(
            CONFIG.format(assets=assets, command=command(), path=shlex.quote(str(config))), encoding="utf-8"
        )
    if not quiet:
        print(f"Configuration    {config}" + (" (kept as it is; remove it to get the original)" if kept else "") + "\n")
    return config


def _is_ours(config: Path) -> bool:
    return config.is_file() and config.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def command() -> str:
    """How this command line is called again in the shell that called it: an environment need not be activated."""
    python = Path(sys.executable)
    named = shutil.which(python.name)
    if named is None or Path(named).parent != python.parent:
        here = Path.cwd()
        return f"{shlex.quote(str(python.relative_to(here) if python.is_relative_to(here) else python))} -m tidegate"
    return f"{python.name} -m tidegate"


def _next_steps(config: Path) -> str:
    path = shlex.quote(str(config))
    return f"""
Try next
  {command()} run {path} --set strategy.params.n=10
  {command()} run {path} --set "risk.rules=[]"
  {command()} graph {path}
or open {config} in an editor and run it again."""
