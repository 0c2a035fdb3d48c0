"""Plain values from and to configuration text."""

# ruff: noqa: E501 - a row of the tables is one case

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.config.text import PARSERS, parse_json, parse_toml, parse_yaml, write_yaml
from tidegate.core.errors import ConfigError

SCALARS = [
    # written       value
    ("1_000_000", 1_000_000),
    ("1e-4", 1e-4),
    ("5.", 5.0),
    (".5", 0.5),
    ("NO", "NO"),
    ("off", "off"),
    ("yes", "yes"),
    ("true", True),
    ("2015-01-02", "2015-01-02"),
    ("2015-01-02T14:30:00Z", "2015-01-02T14:30:00Z"),
    ("12:30", "12:30"),
    ("0o17", 15),
    ("~", None),
    ("", None),
    ('"1"', "1"),
]


@pytest.mark.parametrize(("written", "value"), SCALARS)
def test_yaml_words_mean_what_version_1_2_says_and_dates_stay_text(written: str, value: object) -> None:
    parsed = parse_yaml(f"a: {written}")["a"]
    assert (parsed, type(parsed)) == (value, type(value))


def test_toml_dates_and_times_become_their_iso_text() -> None:
    text = "a = 2015-01-02\nb = [2015-01-02T14:30:00Z]\nc = {d = 09:30:00}"
    assert parse_toml(text) == {"a": "2015-01-02", "b": ["2015-01-02T14:30:00+00:00"], "c": {"d": "09:30:00"}}


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse_yaml(write_yaml({"value": value})) == {"value": value}


@pytest.mark.parametrize(
    "text", ["\x1f" + "\U00010000" * 9 + "0 0", "\x7f" * 60 + " b  c", "word " * 80, "\x85 a " * 60]
)
def test_long_texts_are_read_back_to_the_last_space(text: str) -> None:
    assert parse_yaml(write_yaml({"value": text, "inside": {text: [text]}})) == {
        "value": text,
        "inside": {text: [text]},
    }


SYNTAX = [
    # parser      text                         problem
    (parse_yaml, "a: [1", "line 1, column 6: not YAML: expected ',' or ']', but got '<stream end>'"),
    (parse_yaml, "a: b: c", "line 1, column 5: not YAML: mapping values are not allowed here"),
    (parse_yaml, "a: *b", "line 1, column 4: not YAML: found undefined alias 'b'"),
    (parse_yaml, "a: 1\n---\nb: 2", "line 2, column 1: not YAML: but found another document"),
    (parse_yaml, "{a: {b: 1, b: 2}}", 'line 1, column 12: not YAML: found duplicate key "b"'),
    (parse_yaml, "a: \x00", "line 1, column 4: not YAML: the character '\\x00' is not allowed"),
    (parse_yaml, "%YAML 9.1\n---\na: 1", "line 1, column 1: not YAML: found incompatible YAML document (version 1.* is required)"),
    (parse_yaml, "a: !!python/name:x", "line 1, column 4: not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:x'"),
    (parse_json, "{", "line 1, column 2: not JSON: Expecting property name enclosed in double quotes"),
    (parse_json, '[{"a": 1, "a": 1}]', 'not JSON: found duplicate key "a"'),
    (parse_toml, "a = ", "not TOML: Invalid value (at end of document)"),
    (parse_toml, "a = 1\nb = x", "line 2, column 5: not TOML: Invalid value"),
]  # fmt: skip


@pytest.mark.parametrize(("parse", "text", "problem"), SYNTAX)
def test_a_syntax_error_names_line_and_column(parse: object, text: str, problem: str) -> None:
    assert callable(parse)
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert caught.value.problems == (problem,)


@pytest.mark.parametrize(
    ("parse", "text", "format_name"),
    [
        (parse_yaml, "a: !!int x", "YAML"),
        (parse_yaml, "[" * 100_000, "YAML"),
        (parse_json, "[" * 100_000, "JSON"),
        (parse_json, "9" * 5_000, "JSON"),
        (parse_toml, "a = " + "[" * 100_000, "TOML"),
    ],
    ids=["tag", "yaml", "json", "digits", "toml"],
)
def test_text_that_overwhelms_a_parser_is_refused_all_the_same(parse: object, text: str, format_name: str) -> None:
    assert callable(parse)
    with pytest.raises(ConfigError, match=f"^not {format_name}: "):
        parse(text)


def test_each_suffix_has_its_parser() -> None:
    assert {suffix: parse for suffix, parse in PARSERS.items() if suffix != ".yml"} == {
        ".yaml": parse_yaml,
        ".json": parse_json,
        ".toml": parse_toml,
    }
