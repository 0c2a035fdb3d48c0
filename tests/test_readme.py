"""What the README says is run: its commands, its Python, its map of the tree."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.testing.plugged import PLUGIN

import tidegate as tg
from tidegate.config.loader import json_schema
from tidegate.config.text import PARSERS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = ".venv/bin/python"
# Folders whose own entries the map lists, with what it leaves out.
MAPPED = ("src/tidegate", "tests", "examples")
LEFT_OUT = re.compile(r"^\.|__|\.md$|\.typed$|^src$|Makefile|\.toml$|constraints|^conftest|^test_|\.egg-info")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```\n", README, re.MULTILINE | re.DOTALL)
    return [text for named, text in fenced if named == language]


def commands() -> list[str]:
    lines = [line.split(" #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


MAKE = [command for command in commands() if command.startswith("make ")]
TIDEGATE = [command for command in commands() if command.startswith(f"{PYTHON} -m tidegate")]
PYTEST = [command for command in commands() if command.startswith("pytest")]
# The benchmarks take minutes; their own tests run them small.
HEAVY = {"bench": ["--help"]}
# Make what the other commands read.
FIRST = [next(command for command in TIDEGATE if word in command) for word in (" data make ", "journal.mode=")]


def test_every_documented_command_is_of_a_kind_that_is_run() -> None:
    assert sorted(MAKE + TIDEGATE + PYTEST) == sorted(commands())
    assert TIDEGATE[:2] == FIRST, "who follows the page from its top has nothing for the commands before these"
    assert len(MAKE) >= 2
    assert len(TIDEGATE) >= 5


@pytest.mark.parametrize("command", MAKE)
def test_a_documented_make_target_exists_and_starts_with_setup(command: str) -> None:
    target = command.split()[1]
    dry = subprocess.run(["make", "-n", "-B", target], cwd=ROOT, capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr
    if target not in ("help", "clean"):
        assert "-m venv .venv" in dry.stdout
        assert "-m tidegate.kernels" in dry.stdout


def work_as_documented(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)[3:]
    line = [sys.executable, "-m", "tidegate", *words, *HEAVY.get(words[0], [])]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, subprocess.CompletedProcess[str]]]:
    """A folder with the examples, the first commands done in it."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("data", "__pycache__"))
    return folder, {command: work_as_documented(command, folder) for command in FIRST}


@pytest.mark.parametrize("command", TIDEGATE)
def test_a_documented_command_works(
    command: str, clone: tuple[Path, dict[str, subprocess.CompletedProcess[str]]]
) -> None:
    folder, first = clone
    done = first.get(command) or work_as_documented(command, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def write_tables(folder: Path) -> None:
    """Sixty days of forty assets, with a score for each."""
    days, assets = 60, [f"A{number:02}" for number in range(40)]
    random = np.random.Generator(np.random.PCG64(1))
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, (days, len(assets))), axis=0))
    frame = pl.DataFrame(
        {
            "timestamp": [date(2024, 1, 1) + timedelta(day) for day in range(days) for _ in assets],
            "asset": assets * days,
            "open": close.ravel(),
            "high": close.ravel() * 1.01,
            "low": close.ravel() * 0.99,
            "close": close.ravel(),
            "volume": np.full(close.size, 1e6),
            "ml_score": random.normal(size=close.size),
        }
    )
    frame.drop("ml_score").write_parquet(folder / "prices.parquet")
    frame.select("timestamp", "asset", "ml_score").write_parquet(folder / "scores.parquet")
    moment = pl.col("timestamp").cast(pl.Datetime("us"))
    rising = frame.with_columns(moment + timedelta(hours=10), low=pl.col("close"), close=pl.col("high"))
    falling = frame.with_columns(moment + timedelta(hours=15), open=pl.col("high"))
    pl.concat([rising, falling]).drop("ml_score").sort("timestamp", "asset").write_parquet(folder / "minutes.parquet")


def test_the_strategies_of_the_readme_run_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tables(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "readme"}
    results = []
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
        results.append(names["result"])
    top, dips, chase, finer, targets, shorts, actions, recorded, rising, stepped = results
    assert len(rising.fills) > 0
    assert set(top.fills["asset"].unique()) <= {f"A{number:02}" for number in range(40)}
    assert top.equity.height == 60
    assert (tmp_path / "report.html").stat().st_size > 1_000
    assert {"limit", "stop"} <= set(dips.orders.filter(pl.col("status") == "filled")["type"])
    assert chase.orders["replaced"].sum() > 0
    assert chase.risk.filter(pl.col("kind") == "canceled")["reason"].unique().to_list() == ["reduce_only"]
    assert chase.fills["quantity"].cum_sum().min() == 0  # never the other side
    assert finer.fills["finer_timestamp"].count() > 0
    assert targets.counts["orders.skipped"] > 0
    assert {"filled", "skipped"} <= set(targets.orders["status"])
    assert set(shorts.trades["side"]) == {"long", "short"}
    assert actions.actions["kind"].to_list() == ["dividend", "payment", "halt"]
    assert actions.metrics["dividend"] > 0
    assert recorded.manifest["journal"]["committed"] == recorded.equity.height - 1
    assert {type(order).__name__ for order in names["orders"]} == {"SubmitOrders"}
    assert stepped.fills["quantity"].to_list() == [5.0]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenarios of the README."""
    folder = tmp_path_factory.mktemp("rows")
    (text,) = blocks("scenarios")
    (folder / "orders.scenarios").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", PYTEST)
def test_a_documented_run_of_pytest_does_what_is_said_of_it(command: str, rows: Path) -> None:
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *PLUGIN, *shlex.split(command)[1:]]
    done = subprocess.run(line, cwd=rows, capture_output=True, text=True)
    swapped = "--tidegate-swap" in command
    assert ("2 failed, 1 passed" if swapped else "3 passed") in done.stdout, done.stdout + done.stderr
    assert done.returncode == int(swapped)


def write_further_tables(folder: Path) -> None:
    """What settings of the README speak of: quotes and lendable units, a currency's rate, facts about some assets."""
    prices = pl.read_parquet(folder / "prices.parquet")
    quotes = prices.select(
        "timestamp", "asset", bid=pl.col("close") * 0.999, ask=pl.col("close") * 1.001, lendable=pl.lit(1e4)
    )
    quotes.write_parquet(folder / "features.parquet")
    prices.select("timestamp", eurusd=pl.lit(1.1)).unique(maintain_order=True).write_parquet(folder / "context.parquet")
    facts = {"asset": ["A00", "A01"], "lot": [10.0, None], "currency": [None, "USD"], "asset_class": [None, "index"]}
    pl.DataFrame(facts).write_parquet(folder / "instruments.parquet")


def run_with(settings: dict[str, Any]) -> tg.Result:
    shorts = settings.get("account", {}).get("kind") == "margin"
    strategy = tg.LongShort(n=5, every=2, gross=1.5) if shorts else tg.TopN(n=15, every=2, gross=1.0)
    return tg.run(
        strategy, prices="prices.parquet", signals="scores.parquet", features="features.parquet",
        context="context.parquet", config=settings, progress=False,
    )  # fmt: skip


@pytest.mark.parametrize("block", blocks("yaml"))
def test_the_settings_of_the_readme_run_and_change_what_happens(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tables(tmp_path)
    write_further_tables(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = PARSERS[".yaml"](block)
    plain = {"account": {"kind": "margin"}} if "account" in settings else {}
    assert run_with(settings).digest != run_with(plain).digest


def declared(path: str) -> bool:
    """Whether the schema has a setting of this name."""
    schema = json_schema()
    here: Any = schema
    for name in path.split("."):
        (ref,) = re.findall(r"#/\$defs/(\w+)", str(here)) if here is not schema else ("",)
        here = (schema["$defs"][ref] if ref else schema)["properties"].get(name)
        if here is None:
            return False
    return True


INLINE = re.findall(r"`((?:run|data|universe|risk|execution|account|record)(?:\.\w+)*)(: [^`]+)?`", README)


def test_every_setting_that_the_readme_names_in_passing_is_there() -> None:
    assert len(INLINE) >= 5
    for path, value in INLINE:
        assert declared(path), path
        if value:
            tg.load_config(None, [f"{path}={value.removeprefix(': ')}"])


def test_every_file_that_the_readme_names_is_there() -> None:
    files = re.findall(r"`(src/[\w/]+\.py)`", README)
    assert len(files) >= 6
    assert [file for file in files if not (ROOT / file).is_file()] == []


def mapped() -> Iterator[str]:
    """Paths that the map names."""
    (tree,) = [block for block in blocks("") if block.startswith("src/tidegate/")]
    parent = ""
    for line in tree.splitlines():
        name = line.split()[0].rstrip("/")
        if line.startswith("  "):
            yield f"{parent}/{name}"
        else:
            parent = name
            yield name


def actual() -> Iterator[str]:
    """Paths that are in the tree: the top level, and the entries of the mapped folders that hold a tracked file."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    files = listing.stdout.split("\n") if listing.returncode == 0 else map(str, ROOT.rglob("*"))
    for file in filter(None, files):
        parts = Path(file).parts
        yield parts[0]
        for folder in MAPPED:
            depth = len(Path(folder).parts)
            if "/".join(parts[:depth]) == folder:
                yield folder
                yield "/".join(parts[: depth + 1])


def test_the_map_is_the_tree() -> None:
    wanted = {path for path in actual() if not LEFT_OUT.search(Path(path).name)}
    assert set(mapped()) == wanted


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_readme_names_the_layers_as_the_contract_has_them() -> None:
    settings = (ROOT / "pyproject.toml").read_text()
    (block,) = re.findall(r"^layers = \[\n(.*?)^\]", settings, re.MULTILINE | re.DOTALL)
    contract = [set(re.findall(r"\w+", line)) for line in re.findall(r'"(.*)"', block)]
    (said,) = re.findall(r"Imports go one way.*?`(.*?)`", README, re.DOTALL)
    for upper, named in enumerate(set(re.findall(r"\w+", part)) for part in said.split(">")):
        assert any(named <= layer for layer in contract), (upper, named)
    order = [next(i for i, layer in enumerate(contract) if name in layer) for name in re.findall(r"\w+", said)]
    assert order == sorted(order)
