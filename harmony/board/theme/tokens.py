"""The colours and measures of the Board as data: one frozen set for dark, one for light.

The values come from the drawn pictures of the Board (the table beside them); whatever is painted,
by a style sheet or by hand, takes its colour from here. No Qt: a test can judge contrast with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from harmony.players.ports import item_type

ThemeName = Literal["dark", "light"]

NODE_RADIUS: Final = 10.0
FIELD_RADIUS: Final = 8.0
BODY_SIZE: Final = 13
SMALL_SIZE: Final = 11
GRID: Final = 24
SNAP: Final = 8


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour of one theme, as `#rrggbb`. `ports` maps a scalar port type to its colour."""

    name: ThemeName
    canvas: str
    panel: str
    raised: str
    hover: str
    field: str
    line: str
    card: str
    card_line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    done: str
    failed: str
    warning: str
    instrument: str
    operator: str
    motif: str
    dot: str
    shadow: str
    shadow_share: float
    chip_share: float
    ports: Mapping[str, str]

    @property
    def running(self) -> str:
        """The colour of what is at work: the accent."""
        return self.accent

    def kind(self, kind: str) -> str:
        """The colour of a kind of Player; muted for a Player that is not known."""
        return {
            "instrument": self.instrument,
            "operator": self.operator,
            "motif": self.motif,
        }.get(kind, self.muted)

    def port(self, port_type: str) -> str:
        """The colour of a port type. A list has the colour of its items."""
        return self.ports.get(item_type(port_type) or port_type, self.muted)

    def state(self, state: str) -> str:
        """The colour of a node's state, as `NodeStatus.state` names it."""
        return {
            "running": self.accent,
            "done": self.done,
            "failed": self.failed,
            "reused": self.muted,
        }.get(state, self.faint)


def mix(over: str, under: str, share: float) -> str:
    """The opaque colour of `over` laid on `under` with an opacity of `share` (0 to 1)."""
    pairs = zip(channels(over), channels(under), strict=True)
    return "#" + "".join(f"{round(top * share + low * (1 - share)):02x}" for top, low in pairs)


def channels(color: str) -> tuple[int, int, int]:
    """Red, green and blue (0 to 255) of `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours (1 to 21), as WCAG 2 defines it."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ports(number: str, motif: str, any_type: str) -> Mapping[str, str]:
    # The Okabe–Ito colours, told apart by colour-blind eyes; kin among the types share one.
    return MappingProxyType(
        {
            "text": "#56b4e9",
            "table": "#e69f00",
            "file": "#009e73",
            "folder": "#009e73",
            "number": number,
            "boolean": number,
            "vector": number,
            "image": "#cc79a7",
            "bytes": "#cc79a7",
            "json": "#d55e00",
            "view": motif,
            "any": any_type,
        }
    )


DARK: Final = Theme(
    name="dark",
    canvas="#15171c",
    panel="#1b1e25",
    raised="#21252e",
    hover="#2a2f3a",
    field="#171a20",
    line="#2b303b",
    card="#232833",
    card_line="#343b4a",
    text="#e6e8ee",
    muted="#949bab",
    faint="#5d6576",
    accent="#7c9cff",
    on_accent="#0d1220",
    done="#3fbf8f",
    failed="#ff6b6b",
    warning="#f2b84b",
    instrument="#b68cff",
    operator="#56b4e9",
    motif="#e6a03c",
    dot="#2c313b",
    shadow="#000000",
    shadow_share=0.30,
    chip_share=0.18,
    ports=_ports(number="#f0e442", motif="#e6a03c", any_type="#949bab"),
)

LIGHT: Final = Theme(
    name="light",
    canvas="#f5f6f8",
    panel="#ffffff",
    raised="#f2f3f6",
    hover="#e7e9ee",
    field="#f7f8fa",
    line="#e1e4ea",
    card="#ffffff",
    card_line="#d5dae3",
    text="#1d222c",
    muted="#626b7c",
    faint="#a2a9b7",
    accent="#3b63e0",
    on_accent="#ffffff",
    done="#12855c",
    failed="#cf3434",
    warning="#a86b00",
    instrument="#7a48d8",
    operator="#0072b2",
    motif="#b86e00",
    dot="#dadde4",
    shadow="#1d2a44",
    shadow_share=0.10,
    chip_share=0.13,
    ports=_ports(number="#b8a900", motif="#b86e00", any_type="#626b7c"),
)

THEMES: Final[Mapping[str, Theme]] = MappingProxyType({"dark": DARK, "light": LIGHT})
