"""What the docstrings of the kernels must say."""

import ast
import re
from pathlib import Path

import pytest

from tidegate import kernels

FOLDER = Path(kernels.__file__).parent
DOCSTRINGS = {path.stem: ast.get_docstring(ast.parse(path.read_text())) or "" for path in FOLDER.glob("*.py")}
# Each is a model of something that exchanges, brokers or markets do.
MODELS = re.findall(
    r"\w+",
    "accruals admission charges corporate costs entries estimates events exits finer funds ledger levels limits"
    " liquidity margin matching paths replacing restating shortage sizing targets",
)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_where_it_is_unrealistic(name: str) -> None:
    assert "Where this is unrealistic: " in DOCSTRINGS[name]


def test_the_overview_names_every_model() -> None:
    overview = DOCSTRINGS["__init__"].partition("A barrier")[0]
    assert set(MODELS) <= set(re.findall(r"\w+", overview))
