"""Words for people: a code and its parameters become a sentence, without Qt (DESIGN.md section 6).

The catalogue is one package, `catalogue/`, with one module a room; each holds a plain dictionary
`TEMPLATES` from code to English template in the style of `str.format`. A room's templates load
when the first of its codes is rendered: `melody.cycle` loads `catalogue/melody.py`. Templates pass
through gettext, so a translation is a catalogue file and no change to the program.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from gettext import NullTranslations, translation
from typing import Final

ROOMS: Final = (
    "board",
    "bootstrap",
    "cli",
    "conductor",
    "foundation",
    "ipc",
    "melody",
    "orchestra",
    "pit",
    "players",
    "polyphony",
    "states",
    "symphony",
    "timeline",
    "versions",
    "wire",
    "workflow",
)

_loaded: dict[str, Mapping[str, str]] = {}
_language: NullTranslations = NullTranslations()


class _Parameters(dict[str, object]):
    """Parameters for `str.format_map`: a list reads as "a, b", a missing one as its own name."""

    def __getitem__(self, name: str) -> object:
        value = super().__getitem__(name)
        return _Listed(value) if isinstance(value, (list, tuple)) else value

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


class _Listed:
    """A list in a sentence: `{names}` reads "a, b", and `{names!r}` shows the list as it is."""

    __slots__ = ("_items",)

    def __init__(self, items: Sequence[object]) -> None:
        self._items = items

    def __format__(self, specification: str) -> str:
        return format(", ".join(map(str, self._items)) or translate("nothing"), specification)

    def __repr__(self) -> str:
        return repr(self._items)


def render(code: str, /, **parameters: object) -> str:
    """The sentence for a code. An unknown code gives the code and its parameters; never raises."""
    template = templates(code.partition(".")[0]).get(code)
    if template is None:
        return _bare(code, parameters)
    try:
        return translate(template).format_map(_Parameters(parameters))
    except (ValueError, TypeError, AttributeError, LookupError):
        # The parameters do not suit the template. The reader still gets every fact there is.
        return _bare(code, parameters)


def translate(text: str) -> str:
    """The text in the language in use; the text itself where there is no translation."""
    return _language.gettext(text) if text else text


def templates(room: str) -> Mapping[str, str]:
    """All templates of a room; empty for a room that is unknown or has none."""
    if room not in _loaded:
        name = f"{__package__}.catalogue.{room}"
        if room in ROOMS and importlib.util.find_spec(name) is not None:
            _loaded[room] = importlib.import_module(name).TEMPLATES
        else:
            _loaded[room] = {}
    return _loaded[room]


def use_language(folder: str, languages: Sequence[str] | None = None) -> None:
    """Take translations from a gettext folder (`<folder>/<language>/LC_MESSAGES/harmony.mo`).

    `languages` defaults to what the environment asks for (LANGUAGE, LC_ALL, LC_MESSAGES, LANG).
    English is used where the folder has none of them.
    """
    global _language
    wanted = None if languages is None else list(languages)
    _language = translation("harmony", folder, wanted, fallback=True)


def _bare(code: str, parameters: Mapping[str, object]) -> str:
    if not parameters:
        return code
    return f"{code} ({', '.join(f'{name}={_shown(value)}' for name, value in parameters.items())})"


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a repr() that fails must not hide the error it belongs to
        return f"<{type(value).__name__}>"
