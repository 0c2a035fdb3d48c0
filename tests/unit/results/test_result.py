import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.unit.results.sample_run import CONFIG, DATA, record_of, seeded_run

from tidegate.core.enums import RunStatus
from tidegate.results import tables
from tidegate.results.digest import digest
from tidegate.results.record import SCHEMA, RunRecord
from tidegate.results.result import Result


def test_a_frame_is_built_when_it_is_first_looked_at_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    build = tables.frame

    def note(record: RunRecord, name: str) -> pl.DataFrame:
        built.append(name)
        return build(record, name)

    monkeypatch.setattr(tables, "frame", note)
    result = Result(seeded_run())
    assert built == []
    assert result.fills is result.fills
    assert built == ["fills"]


@pytest.mark.parametrize("table", SCHEMA)
def test_every_table_is_a_frame_of_the_result(table: str) -> None:
    record = seeded_run()
    made = getattr(Result(record), table)
    assert isinstance(made, pl.DataFrame)
    assert made.height == record.rows(table)


def test_trades_and_open_profit_sum_to_the_change_in_equity_exactly() -> None:
    result = Result(seeded_run(barriers=77))
    final = result.equity.row(-1, named=True)
    change = final["equity_micros"] - result.record.initial_cash_micros
    assert result.trades["pnl_micros"].sum() + final["unrealized_micros"] == change
    assert result.postings["amount_micros"].sum() == final["cash_micros"]


def test_a_digest_is_computed_once_and_one_that_is_known_is_kept() -> None:
    record = seeded_run()
    assert Result(record).digest == digest(record) == record.digest
    assert Result(seeded_run(digest="known")).digest == "known"


def test_the_parts_of_a_result_are_those_of_its_record() -> None:
    record = seeded_run(status=RunStatus.INTERRUPTED, error="stopped")
    result = Result(record, config=CONFIG, data=DATA, path=Path("runs/a"))
    assert (result.status, result.error, result.path) == (RunStatus.INTERRUPTED, "stopped", Path("runs/a"))
    assert (result.counts, result.timings) == (record.counts, record.timings)
    assert result.manifest["status"] == "interrupted"
    assert result.config["run"]["name"] == "top3"


def test_a_result_shows_itself_in_one_line_and_as_a_small_table() -> None:
    result = Result(record_of([110.0, 99.0], pnl=[1.0]))
    assert repr(result) == (
        "<Result completed: barriers 2, trades 1, total return -1.00%, sharpe 0.00, max drawdown -10.00%,"
        f" digest {result.digest[:12]}>"
    )
    assert result._repr_html_().count("<th>") == 6
    assert "-10.00%" in result._repr_html_()
    assert "sharpe -" in repr(Result(record_of([])))


def test_results_load_nothing_heavy_until_a_table_or_page_is_asked_for() -> None:
    code = """
import sys
from tidegate.results import digest, folder, manifest, metrics, periods, progress, record, result
made = result.Result(record.RunRecord(("A",), 10**6))
made.metrics, made.digest, repr(made)
progress.choose(None)
print(sorted({"polars", "plotly", "rich", "numba", "pandas"} & sys.modules.keys()))
made.fills
print("polars" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "True", ""]
