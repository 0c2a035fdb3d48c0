"""Finding and reading tables, and their fingerprints."""

import hashlib
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.unit.data.made import daily, scores, source

from tidegate.config.models import DataConfig
from tidegate.config.universe import UniverseConfig
from tidegate.core.errors import DataError
from tidegate.data.fingerprints import fingerprints
from tidegate.data.table import Frame, open_table
from tidegate.data.tables import TableSource


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("price.parquet", r"prices: there is no file '.*price\.parquet'; did you mean 'prices\.parquet'\?"),
        ("none/prices.parquet", r"prices: there is no file '.*none/prices\.parquet'$"),
        ("bars-*.parquet", r"prices: no file matches '.*bars-\*\.parquet'"),
        ("", r"prices: '.*' is a folder; name a file or a glob"),
        ("bad.parquet", r"prices \(file bad\.parquet\): cannot be read as Parquet: "),
        ("empty.parquet", r"prices \(file empty\.parquet\): cannot be read as Parquet: "),
    ],
)
def test_what_is_no_table_is_told(name: str, says: str, tmp_path: Path) -> None:
    daily().write_parquet(tmp_path / "prices.parquet")
    (tmp_path / "bad.parquet").write_bytes((tmp_path / "prices.parquet").read_bytes()[:-30])
    (tmp_path / "empty.parquet").touch()
    with pytest.raises(DataError, match=says):
        open_table("prices", tmp_path / name)


def test_damage_inside_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    daily(400).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"prices \(file p\.parquet\): cannot be read: "):
        list(source(path).chunks())


def test_files_of_a_glob_must_agree(tmp_path: Path) -> None:
    daily().write_parquet(tmp_path / "p1.parquet")
    daily().with_columns(pl.col("open").cast(pl.Float32)).drop("volume").write_parquet(tmp_path / "p2.parquet")
    with pytest.raises(DataError) as caught:
        open_table("prices", str(tmp_path / "p*.parquet"))
    remedy = "the files of a glob must have the same columns and types"
    assert caught.value.problems == (
        f"prices (file p2.parquet): column 'open' is Float32 but Float64 in p1.parquet; {remedy}",
        f"prices (file p2.parquet): column 'volume' is missing but Float64 in p1.parquet; {remedy}",
    )


def test_files_of_a_glob_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, part in (("10", daily()[6:]), ("09", daily()[:6])):
        part.write_parquet(tmp_path / f"{name}.parquet")
    assert source(str(tmp_path / "*.parquet")).open().barriers == 4


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    daily().write_parquet(tmp_path / "p[1].parquet")
    assert source(tmp_path / "p[1].parquet").open().barriers == 4


def test_what_is_neither_path_nor_frame_is_told() -> None:
    odd: Any = [1, 2]
    with pytest.raises(DataError, match="prices: got a list, want a path, a glob or a Polars frame"):
        open_table("prices", odd)


def test_a_lazy_frame_that_cannot_be_computed_is_told() -> None:
    with pytest.raises(DataError, match=r"prices \(frame\): cannot be computed: "):
        open_table("prices", daily().lazy().select("nothing"))
    failing = daily().lazy().with_columns(pl.col("asset").cast(pl.Int64).cast(pl.String))
    with pytest.raises(DataError, match=r"prices \(frame\): cannot be read: "):
        source(failing).open()


@pytest.mark.parametrize("works", [0, 1])
def test_what_a_function_in_a_lazy_frame_raises_is_told_of_the_frame(works: int) -> None:
    """In the pass over timestamps, and when numbers are read."""
    divisors = iter([1] * works + [0] * 9)

    def divided(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(pl.col("volume") * (1 // next(divisors)))

    computed = source(daily().lazy().map_batches(divided, schema=daily().schema))
    says = r"^prices \(frame\): cannot be read: ZeroDivisionError: integer division or modulo by zero$"
    with pytest.raises(DataError, match=says) as caught:
        list(computed.chunks())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_file_is_known_by_name_size_and_content_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        daily().write_parquet(tmp_path / folder / "p.parquet")
    made = [source(tmp_path / folder / "p.parquet").fingerprints() for folder in ("one", "two")]
    content = (tmp_path / "one" / "p.parquet").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert made[0] == made[1] == {"prices": [{"name": "p.parquet", "bytes": len(content), "sha256": digest}]}


def test_files_and_frames_have_their_fingerprints_in_the_order_of_tables_and_names(tmp_path: Path) -> None:
    sizes = {}
    for name, rows in (("b", 9), ("a", 2), ("c", 5)):
        daily()[:rows].write_parquet(tmp_path / f"{name}.parquet")
        sizes[f"{name}.parquet"] = (tmp_path / f"{name}.parquet").stat().st_size
    tables = {"signals": open_table("signals", daily()), "prices": open_table("prices", str(tmp_path / "*.parquet"))}
    found = fingerprints(tables)
    assert list(found) == ["signals", "prices"]
    assert [(one["name"], one["bytes"]) for one in found["prices"]] == sorted(sizes.items())
    assert len({one["sha256"] for entries in found.values() for one in entries}) == 4


def test_files_that_are_digested_while_they_are_opened_have_the_same_fingerprints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily().write_parquet(tmp_path / "p.parquet")
    frames: dict[str, Frame | None] = {"prices": str(tmp_path / "p.parquet"), "signals": scores(5)}
    later = TableSource(DataConfig(), UniverseConfig(), frames)
    later.open()
    at_once = TableSource(DataConfig(), UniverseConfig(), frames, identified=True)
    at_once.open()
    with monkeypatch.context() as patch:
        patch.setattr("hashlib.file_digest", None)
        assert at_once.fingerprints() == at_once.fingerprints()
    assert at_once.fingerprints() == later.fingerprints()


def test_a_file_that_was_written_to_since_it_was_digested_is_told(tmp_path: Path) -> None:
    daily().write_parquet(tmp_path / "p.parquet")
    made = TableSource(DataConfig(), UniverseConfig(), {"prices": str(tmp_path / "p.parquet")}, identified=True)
    made.open()
    daily()[:9].write_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match=r"prices \(file p.parquet\): changed while it was being read; run again"):
        made.fingerprints()


def test_a_file_that_another_takes_the_place_of_is_told_even_where_the_two_look_alike(tmp_path: Path) -> None:
    file, other = tmp_path / "p.parquet", tmp_path / "q.parquet"
    for path in (file, other):
        daily().write_parquet(path)
        os.utime(path, (1e9, 1e9))
    table = open_table("prices", str(file))
    table.check_unchanged()
    other.replace(file)
    with pytest.raises(DataError, match="changed while it was being read"):
        table.check_unchanged()


def of_frame(frame: pl.DataFrame | pl.LazyFrame) -> object:
    ((entry,),) = fingerprints({"prices": open_table("prices", frame)}).values()
    assert entry["name"] == "frame"
    return entry["sha256"]


@pytest.mark.parametrize(
    "other",
    [
        daily().with_columns(pl.col("open") + 1e-9),
        daily().rename({"volume": "turnover"}),
        daily()[:-1],
        daily().with_columns(pl.col("volume").cast(pl.Int64)),
        daily().with_columns(pl.col("asset").replace("XOM", "XON")),
        daily().with_columns(pl.when(pl.col("asset") == "XOM").then(pl.col("open")).alias("open")),
    ],
)
def test_the_fingerprint_of_a_frame_changes_with_its_content(other: pl.DataFrame) -> None:
    assert of_frame(other) != of_frame(daily())


def test_the_fingerprint_of_a_frame_does_not_depend_on_how_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = daily().with_columns(odd=pl.Series([None, "a:b", ""] * 4), day=pl.lit(date(2024, 1, 1)))
    whole = of_frame(frame)
    assert of_frame(frame.lazy()) == whole
    assert of_frame(pl.concat([frame[:5], frame[5:]], rechunk=False)) == whole
    monkeypatch.setattr("tidegate.data.fingerprints._BATCH_ROWS", 5)
    assert of_frame(frame) == whole
    assert of_frame(frame.with_columns(odd=pl.Series(["-", "a:b", ""] * 4))) != whole


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([[1, 2], None, [], [3]], pl.List(pl.Int64)),
        ([["a,b"], ["a", "b"], None, ["a"]], pl.List(pl.String)),
        ([[0.1, None], [0.2, 1.0], None, [0.3, 2.0]], pl.Array(pl.Float64, 2)),
        ([{"a": 1}, {"a": None}, None, {"a": 2}], pl.Struct({"a": pl.Int8})),
        ([{"a": "1", "b": ","}, {"a": "1,", "b": ""}, None, None], pl.Struct({"a": pl.String, "b": pl.String})),
        ([b"\xff\x00", b"", None, b"a"], pl.Binary),
        ([2**100, 1, 0, -1], pl.Int128),
        ([2**100, 1, 0, None], pl.UInt128),
        ([Decimal("1.10"), None, Decimal(0), Decimal(-1)], pl.Decimal(9, 2)),
        ([True, None, False, False], pl.Boolean),
        ([None] * 4, pl.Null),
    ],
    ids=str,
)  # fmt: skip
def test_columns_of_any_type_are_part_of_a_frames_fingerprint(values: list[Any], dtype: pl.DataType) -> None:
    frame = daily(4)[:4].with_columns(beside=pl.Series(values, dtype=dtype))
    assert of_frame(frame) == of_frame(pl.concat([frame[:1], frame[1:]], rechunk=False))
    others = [frame.drop("beside"), frame.with_columns(frame["beside"].shift(1))]
    assert len({of_frame(one) for one in (frame, *others)}) == (2 if dtype == pl.Null else 3)


def test_python_objects_in_a_frame_are_refused_before_a_run_is_made_of_it() -> None:
    frame = daily(1)
    objects = frame.with_columns(pl.Series("what", [object()] * frame.height, dtype=pl.Object))
    says = r"^prices \(frame\): column 'what' is Object; drop it, or make it a type of Polars$"
    for one in (objects, objects.lazy()):
        with pytest.raises(DataError, match=says):
            open_table("prices", one)


@pytest.mark.parametrize("identified", [True, False])
def test_a_source_that_is_opened_again_has_the_fingerprints_of_what_is_there_then(
    identified: bool, tmp_path: Path
) -> None:
    path = tmp_path / "p.parquet"
    made = TableSource(DataConfig(), UniverseConfig(), {"prices": str(path)}, identified=identified)
    for days in (4, 5):
        daily(days).write_parquet(path)
        assert made.open().barriers == days
        ((entry,),) = made.fingerprints().values()
        assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
