"""How wide output may be, what it may be made of, and how tables are printed."""

import sys
from io import StringIO
from shutil import get_terminal_size

from rich.console import Console, RenderableType


def columns() -> int:
    """How wide the output may be."""
    return get_terminal_size((100, 24)).columns


def plain_output() -> bool:
    """Whether standard output can take ASCII alone."""
    try:
        "\N{BLACK CIRCLE}\N{BOX DRAWINGS LIGHT HORIZONTAL}".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return True
    return False


def show(*parts: RenderableType) -> None:
    """Prints tables and text: in color on a terminal, else as plain lines without blanks at their ends."""
    if sys.stdout.isatty():
        Console(highlight=False).print(*parts, sep="\n")
        return
    text = StringIO()
    # In a notebook rich would show the text there instead of writing it to the file.
    plain = Console(file=text, width=columns(), color_system=None, force_terminal=False, force_jupyter=False)
    plain.print(*parts, sep="\n")
    print("\n".join(line.rstrip() for line in text.getvalue().splitlines()))
