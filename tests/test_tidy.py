"""House rules that no linter checks: sizes, words, banned calls, docstrings, mirrored tests.

A rule is broken on purpose by ending the line with `# tidy: RULE - reason`.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "tidegate"
LINES_MAX = 350
# Engine: whatever can reach a recorded number. The command line and the benchmarks may look at the clock.
ENGINE = (
    "core",
    "messages",
    "kernels",
    "runtime",
    "data",
    "strategy",
    "risk",
    "actors",
    "journal",
    "results",
    "session.py",
)
# Layers in which no two floats may be added by the builtin `sum`, whose result differs between Python versions.
FLOAT_LAYERS = ("kernels", "actors", "strategy", "risk", "results")
HOST_CLOCK = "runtime/host_clock.py"
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

BANNED_CALLS = {
    # dotted name               why
    "time.time":                "reads the host clock",
    "time.time_ns":             "reads the host clock",
    "time.monotonic":           "reads the host clock",
    "time.monotonic_ns":        "reads the host clock",
    "time.perf_counter":        "reads the host clock",
    "time.perf_counter_ns":     "reads the host clock",
    "time.sleep":               "blocks the loop",
    "datetime.now":             "reads the host clock",
    "datetime.utcnow":          "reads the host clock",
    "datetime.today":           "reads the host clock",
    "date.today":               "reads the host clock",
    "uuid.uuid4":               "differs between runs",
    "uuid4":                    "differs between runs",
    "os.urandom":               "differs between runs",
    "hash":                     "differs between processes",
}  # fmt: skip
BANNED_MODULES = {"secrets": "differs between runs", "uuid": "differs between runs"}
SEEDED = ("random.Random", "random.Generator", "random.PCG64")
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


@dataclass(frozen=True)
class Source:
    path: Path

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        return self.path.relative_to(SRC).as_posix()

    def within(self, *parts: str) -> bool:
        return self.module.split("/")[0] in parts

    @property
    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(), self.place)

    def waived(self, line: int, rule: str) -> bool:
        """Whether the line gives a reason for breaking the rule."""
        return re.search(rf"# tidy: {rule} - \S+", self.lines[line - 1]) is not None


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the source tree: as git knows them, or all where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = listing.stdout.split("\0") if listing.returncode == 0 else []
    found = [ROOT / name for name in names if name]
    return tuple(path for path in found or sorted(ROOT.rglob("*")) if path.is_file())


@cache
def sources() -> tuple[Source, ...]:
    return tuple(Source(path) for path in sorted(SRC.rglob("*.py")))


def listed(found: list[str]) -> str:
    """One to a line, below the assertion."""
    return "\n" + "\n".join(found)


def engine() -> list[Source]:
    return [source for source in sources() if source.within(*ENGINE)]


def dotted(node: ast.expr) -> str:
    """`datetime.now` for `datetime.datetime.now` as well: the last two parts, or the name alone."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts[:2]))


def calls(source: Source) -> Iterator[tuple[int, str, ast.Call]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func), node


def imports(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def banned_calls(source: Source) -> Iterator[str]:
    for line, name, _ in calls(source):
        why = BANNED_CALLS.get(name)
        if name.startswith("random.") and name not in SEEDED:
            why = "draws from the global generator"
        if why and not source.waived(line, name):
            yield f"{source.place}:{line}: {name}() {why}"


def float_sums(source: Source) -> Iterator[str]:
    """Every builtin sum, save of what is plainly a count: `sum(len(x) ...)`, `sum(1 for ...)`, `sum(int(x) ...)`."""
    for line, name, call in calls(source):
        if name != "sum" or not call.args or source.waived(line, "sum"):
            continue
        term = call.args[0].elt if isinstance(call.args[0], ast.GeneratorExp | ast.ListComp) else call.args[0]
        counted = isinstance(term, ast.Constant) and isinstance(term.value, int)
        whole = isinstance(term, ast.Call) and dotted(term.func) in ("len", "int")
        if not counted and not whole and not isinstance(term, ast.Compare):
            yield f"{source.place}:{line}: builtin sum(): use numpy or math.fsum, or say `# tidy: sum - of integers`"


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


def test_the_engine_reads_no_clock_and_nothing_that_differs_between_runs() -> None:
    found = [problem for source in engine() if source.module != HOST_CLOCK for problem in banned_calls(source)]
    assert not found, listed(found)


def test_only_the_host_clock_imports_time_and_nobody_the_global_generators() -> None:
    found = []
    for source in engine():
        for line, name in imports(source):
            if source.waived(line, name):
                continue
            if name == "time" and source.module != HOST_CLOCK:
                found.append(f"{source.place}:{line}: imports time; only {HOST_CLOCK} may")
            if name in BANNED_MODULES:
                found.append(f"{source.place}:{line}: imports {name}: {BANNED_MODULES[name]}")
    assert not found, listed(found)


def test_no_builtin_sum_of_floats_reaches_a_recorded_number() -> None:
    layers = [source for source in sources() if source.within(*FLOAT_LAYERS)]
    found = [problem for source in layers for problem in float_sums(source)]
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
    "kernels/mornings.py": "test_execution, test_events, scenario/test_margin_accounts",
    "data/exclusions.py": "test_tables",
    "data/judge.py": "test_tables, test_tables_property",
    "data/stamps.py": "test_rows, test_tables",
    "kernels/liquidation.py": "scenario/test_margin_accounts",
    "strategy/weights.py": "test_context",
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
    "actors",
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
    ("import time\nx = time.time()",                            banned_calls,   "time.time() reads the host clock"),
    ("import datetime\nx = datetime.datetime.now()",            banned_calls,   "datetime.now() reads the host clock"),
    ("x = hash('a')",                                           banned_calls,   "hash() differs between processes"),
    ("x = sum(prices)",                                         float_sums,     "builtin sum()"),
    ("x = sum(p * q for p, q in pairs)",                        float_sums,     "builtin sum()"),
    ("def f():\n    import polars",                             local_imports,  "without a comment"),
    ("def f():\n    pass",                                      documented,     "f has no docstring"),
    ("'''D.'''\nclass A:\n    '''D.'''\n    def m(self): ...",  documented,     "A.m has no docstring"),
]  # fmt: skip
ALLOWED = [
    ("x = hash('a')  # tidy: hash - of an int",                 banned_calls),
    ("import random\nr = random.Random(seed)", banned_calls),
    ("x = clock.time()",                                        banned_calls),
    ("x = sum(1 for _ in rows) + sum(len(r) for r in rows)",    float_sums),
    ("x = sum(counts)  # tidy: sum - of integers",              float_sums),
    ("def f():\n    import polars  # heavy",                    local_imports),
    ("def f():\n    # heavy\n    import polars\n    import rich", local_imports),
    ("'''D.'''\ndef _f():\n    pass",                           documented),
]  # fmt: skip


@pytest.mark.parametrize(("code", "check", "said"), PLANTED)
def test_a_planted_fault_is_found(
    code: str, check: object, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said in "\n".join(problems(code, check, monkeypatch, tmp_path))


@pytest.mark.parametrize(("code", "check"), ALLOWED)
def test_what_is_allowed_is_let_through(
    code: str, check: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert problems(code, check, monkeypatch, tmp_path) == []


def problems(code: str, check: object, monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    assert callable(check)
    monkeypatch.setattr(f"{__name__}.ROOT", folder)
    path = folder / "planted.py"
    path.write_text(code)
    return list(check(Source(path)))
