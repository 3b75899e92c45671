"""docs/commands.md: every command with its keys, made from the registry.

python -m harmony.board.commands.reference docs/commands.md
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from harmony.board.commands.command import MENUS, Command
from harmony.foundation.words import render


def reference(commands: Sequence[Command]) -> str:
    """The page as Markdown."""
    lines = [
        "# Commands",
        "",
        "Made from the commands that the window registers; do not edit by hand",
        "(`python -m harmony.board.commands.reference docs/commands.md`). Each is reached from the",
        "menu, from the command palette (Ctrl+Shift+P) and, where there is one, by its shortcut.",
    ]
    for menu in MENUS:
        lines += [
            "",
            f"## {render(f'board.menu_{menu}')}",
            "",
            "| command | keys | what it does | id |",
            "|---|---|---|---|",
        ]
        for command in sorted((c for c in commands if c.menu == menu), key=lambda c: c.group):
            keys = ", ".join(f"`{key}`" for key in command.shortcuts)
            if keys and command.on_canvas:
                keys += " (on the canvas)"
            lines.append(f"| {command.name} | {keys} | {command.help} | `{command.id}` |")
    return "\n".join(lines) + "\n"


def main(path: str) -> None:
    """Write the page."""
    from harmony.board.desk.desk import Desk
    from harmony.board.window import BoardWindow

    # The desks only remember the window; what they would do in it is not asked for here.
    commands = Desk(cast("BoardWindow", None)).commands()
    Path(path).write_text(reference(commands), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
