"""Loading a configuration from every kind of source, and writing it back."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.config.loader import blaming, dump_config, json_schema, load_config
from tidegate.config.models import Config, DataConfig, PriceSource, StrategyConfig
from tidegate.core.errors import ConfigError

EXAMPLE = """
run: {name: top25, seed: 7}
data:
  prices: {path: prices.parquet, stamp: end}          # columns timestamp, asset, open, high, low, close, volume
  signals: {path: scores.parquet, columns: [ml_score], lag: 0s}
  context: {path: vix.parquet, columns: [vix]}
strategy: {use: "tidegate.strategy:TopN", params: {n: 25, every: 5, gross: 0.95}}
risk:
  rules: [{stop_loss: {pct: 0.05}}, {take_profit: {pct: 0.15}}, {trailing_stop: {pct: 0.07}}]
  limits: [{max_weight: {pct: 0.10}}, {max_gross: {pct: 1.0}}]
execution: {fill: next_open, commission: {bps: 1.0}, slippage: {bps: 0.0}, shortage: scale}
account: {cash: 1_000_000, currency: USD, fractional: false}
journal: {mode: off}
"""
TOML = """
[run]
name = "top25"
seed = 7
[data]
start = 2015-01-02
[strategy]
use = "a.b:C"
[[risk.rules]]
stop_loss = {pct = 0.05}
"""
JSON = """{"run": {"name": "top25", "seed": 7}, "data": {"start": "2015-01-02"}, "strategy": {"use": "a.b:C"},
 "risk": {"rules": [{"stop_loss": {"pct": 0.05}}]}}"""
YAML = """
run: {name: top25, seed: 7}
data: {start: 2015-01-02}
strategy: {use: "a.b:C"}
risk: {rules: [{stop_loss: {pct: 0.05}}]}
"""


def write(folder: Path, text: str, name: str = "config.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_documented_example_loads_with_every_value_it_states(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, EXAMPLE))
    assert (config.run.name, config.run.seed, config.account.cash, config.journal.mode) == ("top25", 7, 1e6, "off")
    assert config.data.signals is not None
    assert config.data.signals.columns == ("ml_score",)
    assert isinstance(config.strategy, StrategyConfig)
    assert config.strategy.params == {"n": 25, "every": 5, "gross": 0.95}
    assert [rule.model_dump(exclude_none=True) for rule in config.risk.rules] == [
        {"stop_loss": {"pct": 0.05}},
        {"take_profit": {"pct": 0.15}},
        {"trailing_stop": {"pct": 0.07}},
    ]


def test_yaml_json_and_toml_say_the_same(tmp_path: Path) -> None:
    texts = {"c.yaml": YAML, "c.yml": YAML, "c.json": JSON, "c.toml": TOML, "C.JSON": JSON}
    configs = [load_config(write(tmp_path, text, name)) for name, text in texts.items()]
    assert configs == [configs[0]] * len(texts)
    assert configs[0].data.start == "2015-01-02"


def test_no_source_means_all_defaults() -> None:
    assert load_config(None) == Config()


def test_a_section_left_empty_means_its_defaults(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "run: {name: a}\nrisk:\n  # rules: []\n")).risk == Config().risk


def test_paths_in_a_file_are_taken_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    text = "data: {prices: {path: ../p/*.parquet, exclude: bad.parquet}, signals: {path: /abs/s.parquet}}"
    path = write(tmp_path / "sub", text)
    monkeypatch.chdir(tmp_path)
    data = load_config("sub/config.yaml").data
    assert data == load_config(path).data
    assert data.prices.path == str(tmp_path / "p" / "*.parquet")
    assert data.prices.exclude == str(tmp_path / "sub" / "bad.parquet")
    assert data.signals is not None
    assert data.signals.path == "/abs/s.parquet"


def test_paths_in_an_override_or_a_mapping_are_taken_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    path = write(tmp_path / "sub", "data: {prices: {path: a.parquet}}")
    monkeypatch.chdir(tmp_path)
    want = str(tmp_path / "b.parquet")
    assert load_config(path, ["data.prices.path=b.parquet"]).data.prices.path == want
    assert load_config({"data": {"prices": {"path": "b.parquet"}}}).data.prices.path == want
    assert load_config({"data": {"prices": {"path": Path("b.parquet")}}}).data.prices.path == want
    assert load_config(Config(data=DataConfig(prices=PriceSource(path="b.parquet")))).data.prices.path == want


def test_a_path_in_the_home_of_nobody_stays_for_the_data_layer_to_miss(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("data: {prices: {path: ~no-such-account/prices.parquet}}\n")
    assert load_config(path).data.prices.path == str(tmp_path / "~no-such-account" / "prices.parquet")


def test_remote_paths_stay_as_written() -> None:
    path = "s3://bucket/prices.parquet"
    assert load_config({"data": {"prices": {"path": path}}}).data.prices.path == path


def test_the_callers_mapping_stays_as_it_was() -> None:
    source = {"data": {"prices": {"path": "a.parquet"}}, "risk": {"rules": [{"stop_loss": {"pct": 0.05}}]}}
    before = json.dumps(source)
    config = load_config(source, ["risk.rules.0.stop_loss.pct=0.1"])
    assert json.dumps(source) == before
    assert config.risk.rules[0].stop_loss is not None
    assert config.risk.rules[0].stop_loss.pct == 0.1


def test_a_mapping_may_hold_ready_sections() -> None:
    strategy = StrategyConfig(use="a:B", params={"n": 3})
    assert load_config({"strategy": strategy}).strategy == strategy
    assert load_config({"strategy": [strategy, strategy]}).strategy == (strategy, strategy)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
actor = st.fixed_dictionaries(
    {"use": st.just("pkg.mod:Class")},
    optional={
        "params": st.dictionaries(st.text(max_size=8), plain, max_size=4),
        "name": st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True),
        "history": st.integers(1, 10**6),
    },
)
fraction = st.floats(0, 1, exclude_min=True, exclude_max=True)
percent = st.floats(0, 1e6, exclude_min=True)
rule = st.one_of(
    fraction.map(lambda pct: {"stop_loss": {"pct": pct}}),
    percent.map(lambda pct: {"take_profit": {"pct": pct}}),
    fraction.map(lambda pct: {"trailing_stop": {"pct": pct}}),
    actor.map(lambda use: {"custom": {key: use[key] for key in use if key in ("use", "params")}}),
)
limit = st.builds(
    lambda kind, pct, action: {kind: {"pct": pct, "action": action}},
    st.sampled_from(["max_weight", "max_gross"]),
    percent,
    st.sampled_from(["trim", "deny"]),
)
configs = st.fixed_dictionaries(
    {},
    optional={
        "run": st.fixed_dictionaries({"name": st.sampled_from(["1e5", "0x1", "a.b", "null", "on", "1_0", "7"])}),
        "data": st.fixed_dictionaries(
            {
                "prices": st.fixed_dictionaries(
                    {"path": st.text(min_size=1, max_size=12).map(lambda text: f"/d/{text}x")}
                )
            },
            optional={
                "start": st.dates().map(str),
                "signals": st.just({"columns": ["yes", "a b", "1"], "lag": "1h30m"}),
            },
        ),
        "universe": st.fixed_dictionaries({"exclude": st.lists(st.text(max_size=8), max_size=3)}),
        "strategy": actor | st.lists(actor, max_size=3),
        "risk": st.fixed_dictionaries({"rules": st.lists(rule, max_size=3), "limits": st.lists(limit, max_size=2)}),
        "execution": st.fixed_dictionaries({"fill": st.sampled_from(["next_open", "same_close", "next_close"])}),
        "account": st.fixed_dictionaries({"cash": st.floats(0, 1e12, exclude_min=True), "fractional": st.booleans()}),
        "record": st.fixed_dictionaries({"periods_per_year": st.none() | percent}),
    },
)


@given(values=configs)
def test_what_is_dumped_loads_to_the_same_configuration(values: dict[str, object], tmp_path_factory: object) -> None:
    config = load_config(values)
    assert isinstance(tmp_path_factory, pytest.TempPathFactory)
    path = write(tmp_path_factory.getbasetemp(), dump_config(config), "dumped.yaml")
    assert load_config(path) == config


def test_the_schema_accepts_one_strategy_or_several_and_no_unknown_key() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert schema["$schema"].startswith("https://json-schema.org/")
    shapes = [choice.get("type", "object") for choice in schema["properties"]["strategy"]["oneOf"]]
    assert sorted(shapes) == ["array", "object"]
    assert json.loads(json.dumps(schema)) == schema


FILE_FAULTS = [
    # name           content                          line
    ("c.yaml", "", "{0}: is empty; want sections such as data and strategy"),
    ("c.yaml", "# nothing\n", "{0}: is empty; want sections such as data and strategy"),
    ("c.json", "{}", "{0}: is empty; want sections such as data and strategy"),
    ("c.yaml", "- a\n- b\n", "{0}: holds ['a', 'b'], want sections such as data and strategy"),
    ("c.json", "7", "{0}: holds 7, want sections such as data and strategy"),
    ("c.yaml", "run: {seed: 1\ndata: 2\n", "{0}: line 2, column 5: not YAML: expected ',' or '}}', but got ':'"),
    (
        "c.yaml",
        "run:\n\tseed: 1\n",
        "{0}: line 2, column 1: not YAML: found character '\\t' that cannot start any token",
    ),
    ("c.yaml", "run: {}\nrun: {}\n", '{0}: line 2, column 1: not YAML: found duplicate key "run"'),
    ("c.yaml", "a: 1\nb: \x01\n", "{0}: line 2, column 4: not YAML: the character '\\x01' is not allowed"),
    ("c.json", '{"run": 1,\n "seed" 2}', "{0}: line 2, column 9: not JSON: Expecting ':' delimiter"),
    ("c.json", '{"run": {"seed": 1, "seed": 2}}', '{0}: not JSON: found duplicate key "seed"'),
    ("c.toml", "[run]\nseed 1\n", "{0}: line 2, column 6: not TOML: Expected '=' after a key in a key/value pair"),
    ("c.toml", "[run]\nseed = 1\nseed = 2", "{0}: not TOML: Cannot overwrite a value (at end of document)"),
    ("c.ini", "[run]", "{0}: got suffix '.ini', want a file named .yaml, .yml, .json, .toml"),
    ("config", "run: 1", "{0}: got suffix '', want a file named .yaml, .yml, .json, .toml"),
]


@pytest.mark.parametrize(("name", "content", "line"), FILE_FAULTS)
def test_a_file_that_cannot_be_read_is_named_with_the_place(name: str, content: str, line: str, tmp_path: Path) -> None:
    path = write(tmp_path, content, name)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.problems == (line.format(path),)


def test_a_missing_file_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, "run: {}", "other.yaml")
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "config.yaml")
    assert caught.value.problems == (f"{tmp_path / 'config.yaml'}: no such file; in that folder: other.yaml",)
    with pytest.raises(ConfigError, match=r"no such file; there is no folder .*nowhere$"):
        load_config(tmp_path / "nowhere" / "config.yaml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"no such file$"):
        load_config(tmp_path / "empty" / "config.yaml")


def test_a_folder_or_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "bytes.yaml").write_bytes(b"run: \xff\xfe")
    with pytest.raises(ConfigError, match=r"folder\.yaml: cannot be read: Is a directory$"):
        load_config(tmp_path / "folder.yaml")
    with pytest.raises(ConfigError, match=r"bytes\.yaml: not UTF-8 text at byte 5; save the file as UTF-8$"):
        load_config(tmp_path / "bytes.yaml")


def test_a_file_saved_with_a_byte_order_mark_loads(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"\xef\xbb\xbfrun: {seed: 3}")
    assert load_config(tmp_path / "c.yaml").run.seed == 3


PART = "strategy.params.n=0"
BLAMED = [
    # source         overrides                     place               who is blamed
    ("a.yaml",       [],                           "strategy.params",  "a.yaml: "),
    (Path("a.yaml"), [],                           "strategy.params",  "a.yaml: "),
    ("a.yaml",       ["account.cash=5"],           "strategy.params",  "a.yaml: "),
    ("a.yaml",       ["strategy.p=0"],             "strategy.params",  "a.yaml: "),
    ("a.yaml",       ["strategy.params={n: 0}"],   "strategy.params",  "override 'strategy.params={n: 0}': "),
    ("a.yaml",       ["strategy={use: 'a:B'}"],    "strategy.params",  "override 'strategy={use: 'a:B'}': "),
    ("a.yaml",       [PART],                       "strategy.params",  f"a.yaml with override '{PART}': "),
    ("a.yaml",       [PART, "run.seed=1"],         "strategy.params",  f"a.yaml with override '{PART}': "),
    ({},             [],                           "strategy.params",  ""),
    (None,           [],                           "strategy",         ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "overrides", "place", "blamed"), BLAMED)
def test_what_is_found_wrong_later_is_told_with_where_it_was_written(
    source: str | Path | dict[str, Any] | None, overrides: list[str], place: str, blamed: str
) -> None:
    cause = KeyError("why")
    with pytest.raises(ConfigError) as caught, blaming(source, overrides):
        raise ConfigError(f"{place}: no", f"{place}: nor: this") from cause
    assert caught.value.problems == (f"{blamed}{place}: no", f"{blamed}{place}: nor: this")
    assert caught.value.__cause__ is cause


def test_other_errors_pass_by_as_they_are() -> None:
    error = KeyError("no")
    with pytest.raises(KeyError) as caught, blaming("a.yaml"):
        raise error
    assert caught.value is error
