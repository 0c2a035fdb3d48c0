"""`demo` and `data make`: from nothing to tables, a configuration and a run."""

import shlex
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tidegate.cli.demo import MARK, command
from tidegate.config.loader import load_config

Call = Callable[..., tuple[int, list[str], list[str]]]
SMALL = ("--assets", "30", "--days", "40")


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_demo_leaves_data_a_configuration_and_a_run_and_says_what_to_try(tidegate: Call) -> None:
    code, out, _ = tidegate("demo", *SMALL)
    assert code == 0
    assert "Sample data      30 assets x 40 days, seed 7, in runs/demo-data" in out
    assert "Configuration    runs/demo-data/config.yaml" in out
    assert "Run folder  runs/demo" in out
    assert "Report      runs/demo/report.html" in out
    assert Path("runs/demo/report.html").stat().st_size > 10_000
    fills = pl.read_parquet("runs/demo/fills.parquet")
    assert fills.height > 25
    assert set(fills["tag"]) > {"stop_loss"} or set(fills["tag"]) > {"take_profit"}


def test_every_command_the_demo_recommends_works(tidegate: Call) -> None:
    _, out, _ = tidegate("demo", *SMALL)
    lines = [line.split(" -m tidegate ")[1] for line in out if line.startswith("  ") and " -m tidegate " in line]
    assert len(lines) == 3
    for line in lines:
        assert tidegate(*shlex.split(line))[0] == 0, line


@pytest.mark.parametrize(
    # the interpreter, below the working folder or not    on the path   how it is called
    ("python", "on_path", "called"),
    [
        ("{}/.venv/bin/python",     "{}/.venv/bin",  "python -m tidegate"),
        ("{}/.venv/bin/python3.12", "{}/.venv/bin",  "python3.12 -m tidegate"),
        ("{}/.venv/bin/python",     "{}/other",      ".venv/bin/python -m tidegate"),
        ("{}/.venv/bin/python",     "{}/nothing",    ".venv/bin/python -m tidegate"),
        ("/opt/my env/bin/python",  "{}/.venv/bin",  "'/opt/my env/bin/python' -m tidegate"),
    ],
)  # fmt: skip
def test_an_environment_need_not_be_activated_for_what_the_demo_recommends(
    python: str, on_path: str, called: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (".venv/bin", "other"):
        (tmp_path / folder).mkdir(parents=True)
        for name in ("python", "python3.12"):
            (tmp_path / folder / name).touch(mode=0o755)
    monkeypatch.setattr("sys.executable", python.format(tmp_path))
    monkeypatch.setenv("PATH", on_path.format(tmp_path))
    assert command() == called


def test_the_demo_can_be_in_a_folder_with_a_space(tidegate: Call) -> None:
    _, out, _ = tidegate("demo", "my folder", *SMALL)
    assert [line for line in out if line.endswith("graph 'my folder/config.yaml'")]
    assert "run 'my folder/config.yaml'" in Path("my folder/config.yaml").read_text().splitlines()[1]


def test_the_demo_runs_again_with_the_configuration_as_edited(tidegate: Call) -> None:
    tidegate("demo", *SMALL)
    config = Path("runs/demo-data/config.yaml")
    config.write_text(config.read_text().replace("n: 25", "n: 3"))
    code, out, _ = tidegate("demo", *SMALL)
    assert code == 0
    assert f"Configuration    {config} (kept as it is; remove it to get the original)" in out
    assert "Run folder  runs/demo-2" in out
    assert load_config("runs/demo-2/config.yaml").model_dump()["strategy"]["params"]["n"] == 3


def test_the_demo_can_be_told_where_and_be_quiet(tidegate: Call) -> None:
    assert tidegate("demo", "try", *SMALL, "--out", "result", "--quiet") == (0, ["result"], [])
    assert Path("try/config.yaml").read_text().startswith(MARK)


def test_the_demo_leaves_folders_alone_that_no_demo_made(tidegate: Call) -> None:
    Path("mine").mkdir()
    Path("mine/prices.parquet").write_text("precious")
    assert tidegate("demo", "mine") == (2, [], ["error: mine: holds something that no demo made; name a new folder"])
    assert [entry.name for entry in Path("mine").iterdir()] == ["prices.parquet"]
    assert Path("mine/prices.parquet").read_text() == "precious"


def test_data_make_writes_tables_of_the_size_asked_for_and_lists_them(tidegate: Call) -> None:
    code, out, err = tidegate("data", "make", "made", "--assets", "5", "--days", "9")
    assert (code, err) == (0, [])
    assert sorted(out) == sorted(str(path) for path in Path("made").iterdir())
    prices = pl.read_parquet("made/prices.parquet")
    assert (prices["asset"].n_unique(), prices["timestamp"].n_unique()) == (5, 9)


def test_data_make_repeats_itself_for_a_seed_and_differs_for_another(tidegate: Call) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert tidegate("data", "make", "--out", name, "--assets", "4", "--days", "6", "--seed", seed)[0] == 0
    a, b, c = (pl.read_parquet(f"{name}/prices.parquet") for name in "abc")
    assert a.equals(b)
    assert not a.equals(c)


def test_data_make_makes_intraday_bars(tidegate: Call) -> None:
    assert tidegate("data", "make", "m", "--assets", "2", "--days", "2", "--freq", "30m")[0] == 0
    assert pl.read_parquet("m/prices.parquet")["timestamp"].n_unique() > 10


def test_data_make_refuses_a_folder_that_holds_something(tidegate: Call) -> None:
    Path("full").mkdir()
    Path("full/x").touch()
    assert tidegate("data", "make", "full") == (
        2,
        [],
        ["error: full: exists and is not empty; name a new folder"],
    )
