# ruff: noqa: E501  (one fault to a row, as wide as it is)
"""Configurations, strategies and folders that cannot be used: told before anything runs."""

from pathlib import Path
from typing import Any

import pytest
from tests.faults.fault import Fault, Options, check_text
from tests.faults.planted import BothModes, Idle, daily

from tidegate import Actor, Session
from tidegate.core.errors import ConfigError, TidegateError, UserError
from tidegate.messages.base import Message


def text_file(folder: Path, text: str, name: str = "config.yaml") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def full_folder(folder: Path) -> str:
    (folder / "run").mkdir()
    (folder / "run" / "notes.txt").write_text("mine")
    return str(folder / "run")


def file_in_the_way(folder: Path) -> str:
    return text_file(folder, "not a folder", "run")


def use(name: str, **params: Any) -> dict[str, Any]:
    return {"strategy": None, "config": {"strategy": {"use": name, "params": params}}}


MINE = "tests.faults.planted"

# fmt: off
SETTINGS = [
    Fault("an unknown key",             lambda d: {"config": {"account": {"csh": 5}}},                                    ConfigError, (r"account\.csh", r"unknown|no such", r"did you mean 'cash'")),
    Fault("an unknown section",         lambda d: {"config": {"acount": {"cash": 5}}},                                    ConfigError, (r"acount", r"did you mean 'account'")),
    Fault("cash below zero",            lambda d: {"config": {"account": {"cash": -5}}},                                  ConfigError, (r"account\.cash", r"-5", r"greater than 0")),
    Fault("text for a number",          lambda d: {"config": {"account": {"cash": "a lot"}}},                             ConfigError, (r"account\.cash", r"a lot", r"number")),
    Fault("an infinite number",         lambda d: {"config": {"account": {"cash": float("inf")}}},                        ConfigError, (r"account\.cash", r"inf", r"finite|at most")),
    Fault("NaN",                        lambda d: {"config": {"execution": {"slippage": {"bps": float("nan")}}}},         ConfigError, (r"execution\.slippage\.bps", r"nan", r"finite|at least")),
    Fault("a timing there is not",      lambda d: {"config": {"execution": {"fill": "next_opem"}}},                       ConfigError, (r"execution\.fill", r"next_opem", r"next_open", r"same_close")),
    Fault("a stop of 150 percent",      lambda d: {"config": {"risk": {"rules": [{"stop_loss": {"pct": 1.5}}]}}},         ConfigError, (r"risk\.rules\.0\.stop_loss\.pct", r"1\.5", r"less than 1")),
    Fault("two rules in one item",      lambda d: {"config": {"risk": {"rules": [{"stop_loss": {"pct": 0.1}, "take_profit": {"pct": 0.1}}]}}}, ConfigError, (r"risk\.rules\.0", r"exactly one")),
    Fault("an unknown rule",            lambda d: {"config": {"risk": {"rules": [{"stoploss": {"pct": 0.1}}]}}},          ConfigError, (r"risk\.rules\.0\.stoploss", r"did you mean 'stop_loss'")),
    Fault("start without a length",     lambda d: {"config": {"data": {"prices": {"stamp": "start"}}}},                   ConfigError, (r"data\.prices", r"start", r"bar", r"5m")),
    Fault("a length that is none",      lambda d: {"config": {"data": {"prices": {"stamp": "start", "bar": "5 min"}}}},   ConfigError, (r"data\.prices\.bar", r"5 min", r"5m")),
    Fault("several at once",            lambda d: {"config": {"account": {"cash": 0, "csh": 1}, "run": {"seed": -1}}},    ConfigError, (r"account\.cash", r"account\.csh", r"run\.seed", r"\n.*\n")),
    Fault("a number for a configuration", lambda d: {"config": 5},                                                        ConfigError, (r"config: got 5", r"want a path, a mapping or a Config")),
    Fault("a rule that is none",        lambda d: {"risk": [5]},                                                          ConfigError, (r"risk: 5 is not a RiskRule", r"subclasses")),
    Fault("a name for the rules",       lambda d: {"risk": "stop"},                                                       ConfigError, (r"risk: 'stop' is not a RiskRule", r"list of instances")),
    Fault("no such file",               lambda d: {"config": str(d / "conf.yaml")},                                       ConfigError, (r"conf\.yaml", r"no such file")),
    Fault("a suffix nobody reads",      lambda d: {"config": text_file(d, "x", "config.ini")},                            ConfigError, (r"config\.ini", r"\.ini", r"\.yaml")),
    Fault("an empty file",              lambda d: {"config": text_file(d, "")},                                           ConfigError, (r"config\.yaml", r"empty", r"sections")),
    Fault("broken YAML",                lambda d: {"config": text_file(d, "account: {cash: 5\nrun: [")},                  ConfigError, (r"config\.yaml", r"line")),
    Fault("a key twice",                lambda d: {"config": text_file(d, "account: {cash: 5}\naccount: {cash: 6}\n")},   ConfigError, (r"config\.yaml", r"account", r"twice|duplicate")),
    Fault("a fault in a file",          lambda d: {"config": text_file(d, "account: {cash: -5}\n")},                      ConfigError, (r"config\.yaml", r"account\.cash", r"-5")),
]
CLASSES = [
    Fault("no strategy",                lambda d: {"strategy": None},                                  ConfigError, (r"strategy", r"there is none", r"module:Class")),
    Fault("not a strategy",             lambda d: {"strategy": "momentum"},                            ConfigError, (r"strategy", r"momentum", r"Strategy")),
    Fault("a class for an object",      lambda d: {"strategy": Idle},                                  ConfigError, (r"strategy", r"Idle", r"instance")),
    Fault("a list of classes",          lambda d: {"strategy": [Idle]},                                ConfigError, (r"strategy", r"Idle", r"instance")),
    Fault("both modes",                 lambda d: {"strategy": BothModes()},                           ConfigError, (r"BothModes", r"on_batch and on_event", r"keep one")),
    Fault("no such module",             lambda d: use("tests.faults.plantd:Idle"),                     ConfigError, (r"strategy\.use", r"tests\.faults\.plantd")),
    Fault("no such class",              lambda d: use(f"{MINE}:Idel"),                                 ConfigError, (r"strategy\.use", r"Idel", r"did you mean 'Idle'")),
    Fault("a class of another kind",    lambda d: use("pathlib:Path"),                                 ConfigError, (r"strategy\.use", r"Path", r"Strategy")),
    Fault("not module:Class",           lambda d: use("momentum"),                                     ConfigError, (r"strategy\.use", r"momentum", r"module:Class")),
    Fault("a parameter it has not",     lambda d: use(f"{MINE}:WantsMoney", money=1, mony=5),          ConfigError, (r"strategy\.params", r"WantsMoney", r"money", r"mony")),
    Fault("a parameter it refuses",     lambda d: use("tidegate.strategy:TopN", n=0),                  ConfigError, (r"strategy\.params", r"TopN", r"n is 0", r"more than 0")),
    Fault("a parameter in a file",      lambda d: {"strategy": None, "config": text_file(d, "strategy: {use: 'tidegate.strategy:TopN', params: {m: 3}}")}, ConfigError, (r"config\.yaml: strategy\.params: ", r"TopN", r"'m'")),
    Fault("a class in a file",          lambda d: {"strategy": None, "config": text_file(d, f"strategy: {{use: '{MINE}:Idel'}}")}, ConfigError, (r"config\.yaml: strategy\.use: ", r"did you mean 'Idle'")),
    Fault("a rule in a file",           lambda d: {"config": text_file(d, f"risk: {{rules: [{{custom: {{use: '{MINE}:NoRule'}}}}]}}")}, ConfigError, (r"config\.yaml: risk\.rules\.0\.custom\.use: ",)),
    Fault("no strategy in a file",      lambda d: {"strategy": None, "config": text_file(d, "account: {cash: 5}")}, ConfigError, (r"config\.yaml: strategy: there is none",)),
    Fault("not of the file's",          lambda d: {"strategy": "momentum", "config": text_file(d, "account: {cash: 5}")}, ConfigError, (r"^strategy: 'momentum' is not",)),
    Fault("a name that is taken",       lambda d: {"strategy": None, "config": {"strategy": {"use": f"{MINE}:Idle", "name": "broker"}}}, ConfigError, (r"strategy\.name", r"broker", r"choose another")),
    Fault("a rule that is not there",   lambda d: {"config": {"risk": {"rules": [{"custom": {"use": "tests.faults.planted:NoRule"}}]}}}, ConfigError, (r"risk\.rules\.0\.custom\.use", r"NoRule")),
    Fault("an occupied folder",         lambda d: {"out": full_folder(d)},                             UserError,   (r"run folder", r"not empty", r"new one|delete")),
    Fault("a file in its place",        lambda d: {"out": file_in_the_way(d)},                         UserError,   (r"run folder", r"/run", r"cannot|is a file|not a folder")),
]
# fmt: on


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in SETTINGS + CLASSES])
def test_what_cannot_be_used_is_told(fault: Fault, tmp_path: Path) -> None:
    options: Options = {"strategy": Idle(), "prices": daily(), "progress": False} | fault.plant(tmp_path)
    with pytest.raises(TidegateError) as caught:
        Session(**options).run()
    check_text(fault, caught.value)


def test_what_was_in_an_occupied_folder_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not empty"):
        Session(Idle(), prices=daily(), out=full_folder(tmp_path), progress=False).run()
    assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["notes.txt"]


def test_a_session_that_ran_is_the_callers_mistake() -> None:
    session = Session(Idle(), prices=daily(), progress=False)
    session.run()
    with pytest.raises(UserError, match="a session runs once; make another one"):
        session.run()


class Unnamed(Actor):
    def __init__(self) -> None:
        """Forgets its base."""


@pytest.mark.parametrize("mode", ["off", "batch"])
@pytest.mark.parametrize(
    ("actor", "want"), [(5, "5 is not an Actor"), (Actor, "is not an Actor"), (Unnamed(), "has no name")]
)
def test_an_actor_that_cannot_be_wired_is_told_whether_or_not_there_is_a_journal(
    actor: Any, want: str, mode: str, tmp_path: Path
) -> None:
    config = {"journal": {"mode": mode}}
    session = Session(Idle(), prices=daily(), config=config, out=tmp_path / "run", progress=False)
    session.add(actor)
    with pytest.raises(ConfigError, match=want):
        session.run()


class Odd(Message, frozen=True):
    seq: int
    values: dict[str, float]


class SendsOdd(Actor):
    sends = (Odd,)


def test_a_message_that_no_journal_can_hold_is_named_with_its_field(tmp_path: Path) -> None:
    config = {"journal": {"mode": "batch"}}
    session = Session(Idle(), prices=daily(), config=config, out=tmp_path / "run", progress=False)
    session.add(SendsOdd("odd"))
    with pytest.raises(UserError, match=r"^Odd\.values: a journal.* dict\[str, float\]; want numbers"):
        session.run()
