"""What `harmony verify` finds: one thing that is not as it was written, as a code with its place.

Three kinds. *Damage* is to be repaired. A *leftover* is what a crash may leave and nothing needs;
it goes by itself. A *known* loss was found before, could not be made good, and is remembered in the
system chain, so that it stays named and never hides new damage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from harmony.foundation import words
from harmony.polyphony.chain import canonical
from harmony.polyphony.errors import StoreWarning

Kind = Literal["damage", "leftover", "known"]

_CURES: Final[Mapping[Kind, str]] = {
    "damage": "polyphony.cure_repair",
    "leftover": "polyphony.cure_leftover",
    "known": "polyphony.cure_known",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `code` is `room.what`; `parameters` are JSON values."""

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = "damage"
    cure_code: str = ""

    @property
    def key(self) -> str:
        """What two findings of the same thing have in common."""
        return canonical([self.code, dict(self.parameters)])

    @property
    def message(self) -> str:
        """What is wrong and where, in one sentence."""
        return words.render(self.code, **self.parameters)

    @property
    def cure(self) -> str:
        """What to do about it."""
        return words.render(self.cure_code or _CURES[self.kind], **self.parameters)

    def as_known(self) -> Finding:
        """The same, as a loss that was written down before."""
        return replace(self, kind="known", cure_code="")

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON values, its words included."""
        return {
            "code": self.code,
            "kind": self.kind,
            "parameters": dict(self.parameters),
            "message": self.message,
            "cure": self.cure,
        }


def of_warning(warning: StoreWarning) -> Finding:
    """A problem of a chain as a finding."""
    return Finding(warning.code, dict(warning.parameters))
