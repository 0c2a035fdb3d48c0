import pytest

from tidegate.core.errors import (
    ActorFailed,
    BarrierTimeout,
    ConfigError,
    DataError,
    KernelBug,
    RequestError,
    RunInterrupted,
    TidegateError,
    UserError,
    did_you_mean,
)


def test_a_user_error_lists_every_problem_on_its_own_line() -> None:
    error = ConfigError("account.cash: -1 is not above 0", "risk.rules[0]: no rule")
    assert error.problems == ("account.cash: -1 is not above 0", "risk.rules[0]: no rule")
    assert str(error).splitlines() == list(error.problems)


@pytest.mark.parametrize("kind", [UserError, ConfigError, DataError, RequestError])
def test_gathered_problems_keep_the_kind_of_error(kind: type[UserError]) -> None:
    error = kind.of(["one", "two"])
    assert type(error) is kind
    assert error.problems == ("one", "two")


@pytest.mark.parametrize(
    ("kind", "blame"),
    [
        (ConfigError, UserError),
        (DataError, UserError),
        (RequestError, UserError),
        (UserError, TidegateError),
        (ActorFailed, TidegateError),
        (BarrierTimeout, TidegateError),
        (KernelBug, TidegateError),
    ],
)
def test_errors_are_split_by_who_is_to_blame(kind: type[Exception], blame: type[Exception]) -> None:
    assert issubclass(kind, blame)


def test_our_own_failures_are_not_the_users_mistake() -> None:
    for kind in (ActorFailed, BarrierTimeout, KernelBug):
        assert not issubclass(kind, UserError)


def test_actor_failed_names_actor_barrier_message_and_cause() -> None:
    cause = ZeroDivisionError("division by zero")
    error = ActorFailed("topn", 7, "MarketBatch", cause)
    assert (error.actor, error.barrier, error.message_type, error.cause) == ("topn", 7, "MarketBatch", cause)
    assert str(error) == ("actor 'topn' failed at barrier 7 handling MarketBatch: ZeroDivisionError: division by zero")


def test_an_interruption_is_not_swallowed_by_except_exception() -> None:
    error = RunInterrupted("SIGTERM", result="partial")
    assert not isinstance(error, Exception)
    assert isinstance(error, KeyboardInterrupt)
    assert (error.reason, error.result) == ("SIGTERM", "partial")
    assert RunInterrupted("stopped").result is None


@pytest.mark.parametrize(
    ("word", "choices", "hint"),
    [
        ("APPL", ("AAPL", "MSFT"), "; did you mean 'AAPL'?"),
        ("slipage", ("slippage", "shortage"), "; did you mean 'slippage'?"),
        ("zzz", ("AAPL", "MSFT"), ""),
        ("AAPL", (), ""),
    ],
)
def test_only_a_near_choice_is_suggested(word: str, choices: tuple[str, ...], hint: str) -> None:
    assert did_you_mean(word, choices) == hint
