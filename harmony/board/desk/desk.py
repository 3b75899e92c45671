"""The desks together, and the commands that they carry out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmony.board.commands.command import Command
from harmony.board.commands.edit_commands import edit_commands
from harmony.board.commands.file_commands import file_commands
from harmony.board.commands.help_commands import help_commands
from harmony.board.commands.pin_commands import pin_commands
from harmony.board.commands.run_commands import run_commands
from harmony.board.commands.time_commands import time_commands
from harmony.board.commands.view_commands import view_commands
from harmony.board.desk.edit_desk import EditDesk
from harmony.board.desk.file_desk import FileDesk
from harmony.board.desk.help_desk import HelpDesk
from harmony.board.desk.pin_desk import PinDesk
from harmony.board.desk.run_desk import RunDesk
from harmony.board.desk.time_desk import TimeDesk
from harmony.board.desk.view_desk import ViewDesk

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow


class Desk:
    """One desk for each menu."""

    def __init__(self, window: BoardWindow) -> None:
        self.file = FileDesk(window)
        self.edit = EditDesk(window)
        self.pin = PinDesk(window)
        self.view = ViewDesk(window)
        self.time = TimeDesk(window)
        self.run = RunDesk(window)
        self.help = HelpDesk(window)

    def commands(self) -> list[Command]:
        """Every command of the window."""
        return [
            *file_commands(self.file),
            *edit_commands(self.edit),
            *pin_commands(self.pin),
            *view_commands(self.view),
            *time_commands(self.time),
            *run_commands(self.run),
            *help_commands(self.help),
        ]
