"""The messages: each kind's fields, what they may hold, and which way they go (docs/protocol.md).

`check` is the only judge, on both sides. It refuses rather than repairs: an unknown kind, a field
too many or too few, a value of another form or over its cap. What it lets through can be used as it
is. A few fields may be left out, which the table says; then there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

from harmony.wire import fields
from harmony.wire.errors import MessageError
from harmony.wire.quick import is_plainly_right

Direction = Literal["to_child", "to_parent"]


class _Field(NamedTuple):
    name: str
    test: Callable[[Any], bool]
    expected: str
    fits: Callable[[Any], bool] | None = None
    """Looks into a field for values that are over their caps."""


class _Shape(NamedTuple):
    required: frozenset[str]
    names: frozenset[str]
    fields: tuple[_Field, ...]
    optional: tuple[_Field, ...]
    capped: tuple[_Field, ...]


_UNKNOWN: Final = 1 << 62


def check(message: Mapping[str, Any], direction: Direction, size: int = _UNKNOWN) -> None:
    """Let a message through, or raise MessageError with its kind and the field that is wrong.

    `size` is how many bytes it has as a frame: a small one holds nothing that is over a cap.
    """
    if not is_plainly_right(message, direction, size):
        check_closely(message, direction, size)


def check_closely(message: Mapping[str, Any], direction: Direction, size: int = _UNKNOWN) -> None:
    """`check` without its short cut."""
    kind = message.get("kind")
    shape = _SHAPES[direction].get(kind) if type(kind) is str else None
    if shape is None:
        raise MessageError("wire.kind_unknown", kind=_shown(kind), direction=direction)
    names = message.keys()
    if names != shape.required and not shape.required <= names <= shape.names:
        raise _wrong_names(message, shape)
    for field in shape.fields:
        if not field.test(message[field.name]):
            raise _invalid(message, field)
    for field in shape.optional:
        if field.name in names and not field.test(message[field.name]):
            raise _invalid(message, field)
    if size > fields.SUMMARY_LIMIT:
        for field in shape.capped:
            if field.name in names and not field.fits(message[field.name]):  # type: ignore[misc]
                raise _invalid(message, field)


def kinds(direction: Direction) -> tuple[str, ...]:
    """The kinds of messages that go this way."""
    return tuple(_SHAPES[direction])


def _wrong_names(message: Mapping[str, Any], shape: _Shape) -> MessageError:
    kind = message["kind"]
    for field in shape.fields:
        if field.name not in message:
            return MessageError("wire.field_missing", kind=kind, field=field.name)
    unknown = min(str(name) for name in message.keys() - shape.names)
    return MessageError("wire.field_unknown", kind=kind, field=unknown[:100])


def _invalid(message: Mapping[str, Any], field: _Field) -> MessageError:
    return MessageError(
        "wire.field_invalid",
        kind=message["kind"],
        field=field.name,
        expected=field.expected,
        found=_shown(message[field.name]),
    )


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, (dict, list)) else f"a {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:99]}…"


def _shape(*listed: _Field, optional: tuple[_Field, ...] = ()) -> _Shape:
    required = frozenset({"kind", *(field.name for field in listed)})
    names = required.union(field.name for field in optional)
    capped = tuple(field for field in (*listed, *optional) if field.fits is not None)
    return _Shape(required, names, listed, optional, capped)


_TASK: Final = _Field("task", fields.short_text, "a text of 1 to 512 characters")
_ATTEMPT: Final = _Field("attempt", fields.positive, "a whole number from 1")
_NUMBER: Final = _Field("number", fields.natural, "a whole number from 0")
_RECEIVED: Final = _Field("received", fields.natural, "a whole number from 0")
_NONCE: Final = _Field("nonce", fields.nonce, "32 hexadecimal digits")
_PROOF: Final = _Field("proof", fields.proof, "64 hexadecimal digits")
_REFERENCES: Final = "a reference for each port"
_VALUE: Final = _Field("value", fields.reference_to_parent, "a reference", fields.reference_fits)
_VERSION: Final = _Field("version", fields.positive, "a whole number from 1")

_SHAPES: Final[dict[Direction, dict[str, _Shape]]] = {
    "to_child": {
        "challenge": _shape(
            _NONCE, _Field("versions", fields.versions, "1 to 16 whole numbers from 1")
        ),
        "welcome": _shape(_PROOF, _VERSION),
        "run": _shape(
            _TASK,
            _ATTEMPT,
            _Field("player", fields.short_text, "a text of 1 to 512 characters"),
            _Field("inputs", fields.references_to_child, _REFERENCES, fields.references_fit),
            _Field("parameters", fields.named_values, "a JSON object"),
            _Field("secrets", fields.secrets, "a text for each secret parameter"),
            _Field("scratch", fields.absolute_path, "an absolute path"),
            _Field("staging", fields.absolute_path, "an absolute path"),
            optional=(
                _Field("saved", fields.reference_to_child, "a reference", fields.reference_fits),
                _Field("quota", fields.quota, "limits of a task that are not 0"),
            ),
        ),
        "cancel": _shape(_TASK, _ATTEMPT),
        "ping": _shape(_NUMBER),
        "shutdown": _shape(),
        "resume": _shape(_RECEIVED),
        "acknowledge": _shape(_RECEIVED),
    },
    "to_parent": {
        "hello": _shape(
            _Field("process", fields.short_text, "a text of 1 to 512 characters"),
            _NONCE,
            _PROOF,
            _Field("pid", fields.positive, "a whole number from 1"),
            _VERSION,
            _Field("capabilities", fields.capabilities, "up to 64 short texts"),
        ),
        "ready": _shape(_Field("players", fields.player_ids, "up to 10,000 Player ids")),
        "started": _shape(_TASK, _ATTEMPT),
        "progress": _shape(
            _TASK,
            _ATTEMPT,
            _Field("fraction", fields.fraction, "a number from 0 to 1, or null"),
            _Field("message", fields.line, "a text of up to 2,000 characters"),
        ),
        "log": _shape(
            _TASK,
            _ATTEMPT,
            _Field("level", fields.level, "debug, info, warning or error"),
            _Field("text", fields.long_text, "a text of up to 65,536 characters"),
        ),
        "partial": _shape(
            _TASK,
            _ATTEMPT,
            _Field("output", fields.short_text, "a text of 1 to 512 characters"),
            _VALUE,
        ),
        "result": _shape(
            _TASK,
            _ATTEMPT,
            _Field("outputs", fields.references_to_parent, _REFERENCES, fields.references_fit),
            _Field("seconds", fields.amount, "a finite number from 0"),
            _Field("usage", fields.usage, "what the task used"),
        ),
        "save": _shape(_TASK, _ATTEMPT, _VALUE),
        "heartbeat": _shape(_TASK, _ATTEMPT),
        "spent": _shape(
            _TASK,
            _ATTEMPT,
            _Field("tokens", fields.natural, "a whole number from 0"),
            _Field("money", fields.amount, "a finite number from 0"),
        ),
        "failure": _shape(_TASK, _ATTEMPT, _Field("error", fields.error, "a described error")),
        "pong": _shape(_NUMBER),
        "resume": _shape(_RECEIVED),
        "acknowledge": _shape(_RECEIVED),
    },
}
