"""What all pages of the terminal share: a console that suits pipes, plain tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


def table(*headings: str) -> Table:
    """A table without lines."""
    rows = Table(box=None, header_style="dim", padding=(0, 1), pad_edge=False)
    for heading in headings:
        unbroken = heading in ("run", "started", "artifact", "state", "done")
        rows.add_column(heading, no_wrap=unbroken, overflow="fold")
    return rows


def console() -> Console:
    """Into a file or a pipe, lines are not broken to the width of a screen that is not there."""
    screen = Console()
    return screen if screen.is_terminal else Console(width=160)
