"""House rules that no linter checks: sizes, words, docstrings, mirrored tests.

What makes runs repeatable has rules of its own, in `tests/determinism`.
"""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import pytest
from tests.tree import ROOT, Source, listed, sources, tracked

LINES_MAX = 350
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# Built from pieces, so that this file does not hold them itself.
BANNED_WORDS = [
    (re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"), "unfinished work goes into the issue list"),
    (re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot)/"), "a path of one machine"),
    (re.compile(r"pragma: no " + r"cover"), "test it or remove it"),
    (
        re.compile(r"\b(?:lev" + r"erage[sd]? the|seam" + r"less(?:ly)?|delve|rob" + r"ust and)\b", re.IGNORECASE),
        "advertising",
    ),
    (re.compile(r"\b(?:Claude|Anth" + r"ropic|Chat" + r"GPT|Open" + r"AI|AI-gener" + r"ated)\b"), "says who typed it"),
    (re.compile(r"https?://(?!localhost|127\.0\.0\.1|example\.)\S*(?:pypi|simple|index)"), "an index address"),
]
VAGUE_NAMES = re.compile(r"(?:utils?|helpers?|common|misc|stuff|manager2|base2)$")


def dotted(node: ast.expr) -> str:
    """`datetime.now` for `datetime.datetime.now` as well: the last two parts, or the name alone."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts[:2]))


def documented(source: Source) -> Iterator[str]:
    tree = source.tree
    if not ast.get_docstring(tree) and source.lines:
        yield f"{source.place}: the module has no docstring"
    owners: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree)]
    owners += [(f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"]
    for prefix, owner in owners:
        for node in owner.body:
            if not isinstance(node, Definition) or node.name.startswith("_"):
                continue
            if overrides(node) or ast.get_docstring(node):
                continue
            yield f"{source.place}:{node.lineno}: {prefix}{node.name} has no docstring"


def overrides(node: Definition) -> bool:
    """Overloads, setters and methods marked as overriding are described elsewhere."""
    marks = [dotted(mark.func if isinstance(mark, ast.Call) else mark) for mark in node.decorator_list]
    return any(mark == "overload" or mark == "override" or mark.endswith(".setter") for mark in marks)


def local_imports(source: Source) -> Iterator[str]:
    """Imports inside functions; a comment above or on one of them speaks for the whole run of imports."""
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for run in import_runs(function):
                text = "".join(source.lines[run[0].lineno - 2 : run[-1].end_lineno])
                if "#" not in text:
                    yield f"{source.place}:{run[0].lineno}: an import inside a function, without a comment saying why"


def import_runs(function: ast.AST) -> Iterator[list[ast.stmt]]:
    """Imports that follow one another as statements of one block."""
    for node in ast.walk(function):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None), getattr(node, "finalbody", None)):
            if isinstance(block, list):
                for imported, run in groupby(block, lambda item: isinstance(item, ast.Import | ast.ImportFrom)):
                    if imported:
                        yield list(run)


def test_no_file_is_too_long_to_read() -> None:
    long = [f"{source.place}: {count} lines" for source in sources() if (count := len(source.lines)) > LINES_MAX]
    assert not long, listed(long)


def test_no_unfinished_work_machine_paths_or_banned_words() -> None:
    found = []
    for path in tracked():
        if path.suffix in (".parquet", ".png", ".tgj") or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for pattern, why in BANNED_WORDS:
                if hit := pattern.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: '{hit.group()}': {why}")
    assert not found, listed(found)


def test_every_public_name_has_a_docstring() -> None:
    found = [problem for source in sources() for problem in documented(source)]
    assert not found, listed(found)


def test_imports_inside_functions_say_why() -> None:
    found = [problem for source in sources() for problem in local_imports(source)]
    assert not found, listed(found)


def test_files_are_named_for_what_they_hold() -> None:
    python = [path for path in tracked() if path.suffix == ".py"]
    vague = [path.relative_to(ROOT).as_posix() for path in python if VAGUE_NAMES.search(path.stem)]
    assert not vague, listed(vague)


def test_every_type_ignore_carries_its_reason() -> None:
    silent = re.compile(r"# type: ignore(?:\[[\w, -]+\])?\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if silent.search(line)
    ]
    assert not found, listed(found)


# What no unit test imports, a module or a whole layer, with who speaks for it instead. Shorter is better.
UNTESTED: dict[str, str] = {
    "explain/seen.py": "test_causes",
    "explain/ledger.py": "test_causes",
    "strategy/keeping.py": "property/test_snapshots, unit/replay/test_restoring: runs go on from states",
    "kernels/mornings.py": "test_execution, test_events, scenario/test_margin_accounts",
    "kernels/measuring.py": "replay/test_measured_anew",
    "data/exclusions.py": "test_defects",
    "data/judge.py": "test_defects, test_tables_property",
    "data/stamps.py": "test_rows, test_tables",
    "kernels/liquidation.py": "scenario/test_margin_accounts",
    "strategy/weights.py": "test_targets, test_refusals",
    "verify/": "test_planted, test_delivery: a corruption for everything that is asked; test_check: right runs",
    "runtime/host_clock.py": "one name for one function of the host",
}
TESTED = (
    "core",
    "messages",
    "kernels",
    "runtime",
    "data",
    "config",
    "strategy",
    "risk",
    "journal",
    "results",
    "explain",
    "actors",
    "testing",
    "verify",
)


def untested() -> list[str]:
    """Modules of the tested layers without a test file of their name, and that no unit test of their layer imports."""
    found = []
    for source in sources():
        if source.within(*TESTED) and not source.path.name.startswith("_"):
            folder = ROOT / "tests" / "unit" / Path(source.module).parent
            name = "tidegate." + source.module.removesuffix(".py").replace("/", ".")
            imported = any(re.search(rf"\b{re.escape(name)}\b", path.read_text()) for path in folder.rglob("*.py"))
            if not imported and not (folder / f"test_{source.path.name}").is_file():
                found.append(source.module)
    return found


def test_every_module_has_its_unit_tests_or_a_reason_for_none() -> None:
    found = [module for module in untested() if module not in UNTESTED and f"{Path(module).parent}/" not in UNTESTED]
    assert not found, listed(found)


def test_no_reason_outlives_its_module() -> None:
    left = untested()
    over = [entry for entry in UNTESTED if not any(module.startswith(entry) for module in left)]
    assert not over, listed(over)


def test_test_names_are_sentences() -> None:
    label = re.compile(r"^ *(?:async )?def (test_[^_(]*)\(", re.MULTILINE)
    files = [path for path in tracked() if path.name.startswith("test_") and path.suffix == ".py"]
    short = [f"{path.relative_to(ROOT)}: {name}" for path in files for name in label.findall(path.read_text())]
    assert not short, listed(short)


PLANTED = [
    # code                                                      checked by      said
    ("def f():\n    import polars",                             local_imports,  "without a comment"),
    ("def f():\n    pass",                                      documented,     "f has no docstring"),
    ("'''D.'''\nclass A:\n    '''D.'''\n    def m(self): ...",  documented,     "A.m has no docstring"),
]  # fmt: skip
ALLOWED = [
    ("def f():\n    import polars  # heavy",                    local_imports),
    ("def f():\n    # heavy\n    import polars\n    import rich", local_imports),
    ("'''D.'''\ndef _f():\n    pass",                           documented),
]  # fmt: skip


@pytest.mark.parametrize(("code", "check", "said"), PLANTED)
def test_a_planted_fault_is_found(
    code: str, check: Callable[[Source], Iterator[str]], said: str, tmp_path: Path
) -> None:
    assert said in "\n".join(check(planted(code, tmp_path)))


@pytest.mark.parametrize(("code", "check"), ALLOWED)
def test_what_is_allowed_is_let_through(code: str, check: Callable[[Source], Iterator[str]], tmp_path: Path) -> None:
    assert list(check(planted(code, tmp_path))) == []


def planted(code: str, folder: Path) -> Source:
    path = folder / "planted.py"
    path.write_text(code)
    return Source(path, folder, folder)
