"""The pages in `docs/states/` (`python -m harmony.states.pages docs/states` writes them)."""

from __future__ import annotations

import sys
from pathlib import Path

from harmony.foundation.durable import write_atomically
from harmony.states.registry import CHARTS
from harmony.states.render import as_markdown


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {f"{chart.name}.md": as_markdown(chart) for chart in CHARTS}


def write_pages(folder: Path) -> None:
    """Write every page into a folder, which must be there. Raises OSError."""
    for name, text in pages().items():
        write_atomically(folder / name, text.encode("utf-8"), mode=0o644)


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
