"""A finding: one thing that is wrong or odd in a melody, as a code with its place.

The canvas marks the node and port, the terminal prints a line; both take the words from the same
catalogue (DESIGN.md section 6, "Words for people").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harmony.foundation import words

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and (as words) what to do.

    `code` is `melody.what`; `node`, `port` and `parameter` are None where the finding is not about
    one. An `error` keeps a melody from running, a `warning` does not.
    """

    code: str
    severity: Severity = "error"
    node: str | None = None
    port: str | None = None
    parameter: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str | None:
        """The node of the melody itself: for `outer/inner` the one that places the part."""
        return None if self.node is None else self.node.partition("/")[0]

    @property
    def message(self) -> str:
        """What is wrong, in one sentence."""
        return words.render(self.code, **self.facts())

    @property
    def cure(self) -> str:
        """What to do about it, in one sentence."""
        code = f"{self.code}.cure"
        if self.parameters.get("matches"):
            code += ".matches"
        return words.render(code, **self.facts())

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON values, its words included."""
        return {
            "code": self.code,
            "severity": self.severity,
            "node": self.node,
            "port": self.port,
            "parameter": self.parameter,
            "parameters": dict(self.parameters),
            "message": self.message,
            "cure": self.cure,
        }

    def facts(self) -> dict[str, Any]:
        """What the sentence needs: the place and the parameters."""
        return {
            "node": self.node,
            "port": self.port,
            "parameter": self.parameter,
            **self.parameters,
        }
