"""The source tree as tests look at it: which files there are, and what is in those of the package."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "tidegate"


@dataclass(frozen=True)
class Source:
    """One module; `root` is the folder of the tree and `base` that of the package."""

    path: Path
    root: Path = ROOT
    base: Path = SRC

    @property
    def place(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def module(self) -> str:
        return self.path.relative_to(self.base).as_posix()

    def within(self, *parts: str) -> bool:
        return self.module.split("/")[0] in parts

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.place)


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
    """The package's modules."""
    return tuple(Source(path) for path in sorted(SRC.rglob("*.py")))


def listed(found: list[str]) -> str:
    """One to a line, below the assertion."""
    return "\n" + "\n".join(found)
