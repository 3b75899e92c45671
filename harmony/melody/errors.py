"""What can go wrong with a melody: a Change that does not fit, a file that cannot be read."""

from __future__ import annotations

from typing import Any

from harmony.foundation import words
from harmony.foundation.errors import HarmonyError
from harmony.melody.findings import Finding


class MelodyError(HarmonyError):
    """The root of this room's errors."""


class ChangeError(MelodyError):
    """A Change that does not fit the melody. Nothing was changed.

    `finding` says why when a wire was refused; the words are then those of the finding.
    """

    finding: Finding | None = None

    @classmethod
    def refused(cls, finding: Finding) -> ChangeError:
        """The error for a wire that is not possible."""
        error = cls(finding.code, **finding.facts())
        error.finding = finding
        return error


class CycleError(MelodyError):
    """A wire that would close a circle. `path` names its nodes, the first one again at the end."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__("melody.cycle", path=" → ".join(path))
        self.path = path


class MelodyFileError(MelodyError):
    """A melody file, or a fragment from the clipboard, that cannot be read or written.

    `name` is the file, `place` a JSON path such as `$.nodes[3].player` (empty when it is about the
    whole file), `line` counts from 1 and is None where it is not known.
    """

    def __init__(
        self, code: str, name: str, place: str = "", line: int | None = None, **parameters: Any
    ) -> None:
        super().__init__(code, name=name, place=place, line=line, **parameters)
        self.name = name
        self.place = place
        self.line = line

    @property
    def cure(self) -> str:
        """What to do about it, in one sentence."""
        return words.render(f"{self.code}.cure", **self.parameters)

    def __str__(self) -> str:
        where = self.name
        if self.line is not None:
            where += f", line {self.line}"
        if self.place:
            where += f" ({self.place})"
        return f"{where}: {super().__str__()} {self.cure}"
