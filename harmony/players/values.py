"""Python values to references and back (docs/architecture.md, "References").

A small value travels inside its reference; a large one is a file in the task's staging folder, of
which only the name travels (DESIGN.md section 5: bulk never travels the socket). What a Player
returns is checked against its port here, so that a wrong type fails the task that made it and not
the one that would have stumbled over it.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harmony.players.early_sync import begin_sync
from harmony.players.errors import ValueTypeError
from harmony.players.ports import fit, is_port_type, item_type, list_of, natural_name
from harmony.players.scratch import current_folder, made
from harmony.players.summaries import LONGEST_HEAD, cut, summary_of
from harmony.players.tables import Table
from harmony.players.types import NOTHING, File, Folder, Image, Nothing, View

Reference = dict[str, Any]

LARGEST_INLINE: Final = 64 * 1024
"""Bytes of encoded JSON that a value may have inside its reference."""

_SHORT: Final = LARGEST_INLINE // 8
"""So many characters fit inside a reference, whatever they are."""
_INLINE: Final = {"text": str, "boolean": bool}
_SUFFIXES: Final = {"text": ".txt", "table": ".parquet", "bytes": ".bin"}
_WORDS: Final = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "json": "a JSON value",
    "bytes": "bytes",
    "file": "the path of a file",
    "folder": "the path of a folder",
    "table": "a table",
    "image": "a PNG or JPEG image",
    "vector": "a list of numbers",
    "view": "a view",
}


def read_input(reference: Mapping[str, Any], port_type: str, *, port: str = "") -> Any:
    """The Python value of a reference that arrived at a port.

    Raises ValueTypeError when the reference is malformed or of a type that does not fit the port.
    """
    found = reference.get("type")
    if found == port_type:
        # What most ports get, in a few steps; anything unusual takes the long way.
        value = reference.get("value")
        if type(value) is _INLINE.get(port_type):
            return value
    name = port or natural_name(port_type)
    if not isinstance(found, str) or not is_port_type(found):
        raise _malformed(name, reference)
    if fit(found, port_type) != "direct":
        raise ValueTypeError("players.input_type", port=name, expected=port_type, found=found)
    if reference.get("nothing") is True:
        return NOTHING
    if item_type(found) is not None:
        items = reference.get("items")
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise _malformed(name, reference)
        wanted = item_type(port_type) or "any"
        values = [read_input(item, wanted, port=name) for item in items]
        return [value for value in values if not isinstance(value, Nothing)]
    try:
        return _read_scalar(found, reference)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise _malformed(name, reference) from error


def write_output(value: Any, port_type: str, staging: str | Path, *, port: str = "") -> Reference:
    """The reference of what a Player returned for a port; what is large becomes a staged file.

    Raises ValueTypeError when the value is not of the port's type, OSError when the disk is full.
    """
    if type(value) is str and port_type == "text" and len(value) <= _SHORT and value.isascii():
        # What most ports give, in a few steps.
        head = value if len(value) <= LONGEST_HEAD else cut(value, LONGEST_HEAD)
        return {
            "type": "text",
            "value": value,
            "summary": {"characters": len(value), "head": head},
        }
    name, staging = port or natural_name(port_type), Path(staging)
    if isinstance(value, Nothing):
        return {"type": port_type, "nothing": True}
    if port_type == "any":
        port_type = _type_of(value)
    item = item_type(port_type)
    if item is not None:
        if not isinstance(value, list | tuple):
            raise _wrong(name, f"a list ({port_type})", value)
        items = [_write_scalar(entry, item, staging, name) for entry in value]
        return {"type": port_type, "items": items, "summary": {"count": len(items)}}
    reference = _write_scalar(value, port_type, staging, name)
    if "staged" in reference:
        begin_sync(staging / reference["staged"])
    return {**reference, "summary": summary_of(value, reference["type"])}


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys, no spaces and no NaN: the same bytes for the same value.

    Raises ValueError for what JSON cannot hold, keys that are no texts among it.
    """
    _check_json(value)
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def _read_scalar(found: str, reference: Mapping[str, Any]) -> Any:
    path = reference.get("path")
    if found in ("file", "folder"):
        kind = File if found == "file" else Folder
        return kind(_text(path if path is not None else reference["value"]))
    if found == "table":
        return Table(_text(path))
    if found in ("bytes", "image"):
        kind_of_bytes = Image if found == "image" else bytes
        if path is not None:
            return kind_of_bytes(Path(_text(path)).read_bytes())
        return kind_of_bytes(base64.b64decode(_text(reference["value"]), validate=True))
    if found == "text":
        if path is not None:
            return Path(_text(path)).read_bytes().decode("utf-8")
        return _text(reference["value"])
    value = reference["value"] if path is None else json.loads(Path(_text(path)).read_bytes())
    match found:
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(found)
        case "boolean" if not isinstance(value, bool):
            raise TypeError(found)
        case "vector":
            return [float(number) for number in value]
        case "view":
            return View(value["kind"], value.get("title", ""), value.get("data", {}))
    return value


def _write_scalar(value: Any, port_type: str, staging: Path, port: str) -> Reference:
    if isinstance(value, Nothing):
        raise _wrong(port, _WORDS.get(port_type, port_type), value)
    if port_type == "any":
        port_type = _type_of(value)
        if item_type(port_type) is not None:
            port_type = "json"  # an item of a list is a scalar
    if port_type != "json" and isinstance(value, Path) and _is_inside(value, staging):
        # Written by the Player straight to where it belongs (`Context.stage`).
        return {"type": port_type, "staged": value.name}
    match port_type:
        case "table":
            return {"type": "table", "staged": _stage_table(value, staging, port)}
        case "file" | "folder":
            return _write_path(value, port_type, staging, port)
        case "text":
            content = _utf8(value, port)
            encoded = (
                json.dumps(value, ensure_ascii=False) if len(content) <= LARGEST_INLINE else ""
            )
            if encoded and len(encoded.encode()) <= LARGEST_INLINE:
                return {"type": "text", "value": str(value)}
            return {"type": "text", "staged": _stage(content, ".txt", staging)}
        case "bytes" | "image":
            return _write_bytes(value, port_type, staging, port)
        case _:
            plain = _plain(value, port_type, port)
            try:
                content = canonical_json(plain)
            except (ValueError, RecursionError) as error:
                raise _wrong(port, _WORDS[port_type], value, str(error)) from error
            if len(content) <= LARGEST_INLINE:
                return {"type": port_type, "value": plain}
            return {"type": port_type, "staged": _stage(content, ".json", staging)}


def _plain(value: Any, port_type: str, port: str) -> Any:
    """A value of one of the JSON types as plain JSON. Raises ValueTypeError."""
    match port_type:
        case "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _wrong(port, _WORDS["number"], value)
            if not math.isfinite(value):
                raise _wrong(port, "a finite number", value)
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(port, _WORDS["boolean"], value)
        case "vector":
            if not isinstance(value, list | tuple) or not all(map(_is_finite, value)):
                raise _wrong(port, _WORDS["vector"], value)
            return [float(number) for number in value]
        case "view":
            if not isinstance(value, View):
                raise _wrong(port, _WORDS["view"], value)
            return {"kind": value.kind, "title": value.title, "data": value.data}
    return value


def _write_bytes(value: Any, port_type: str, staging: Path, port: str) -> Reference:
    if not isinstance(value, bytes | bytearray):
        raise _wrong(port, _WORDS[port_type], value)
    content, suffix = bytes(value), ".bin"
    if port_type == "image":
        kind = Image(content).format
        if kind is None:
            raise _wrong(port, _WORDS["image"], value)
        suffix = f".{kind}"
    if len(content) * 4 // 3 + 4 <= LARGEST_INLINE:
        return {"type": port_type, "value": base64.b64encode(content).decode("ascii")}
    return {"type": port_type, "staged": _stage(content, suffix, staging)}


def _write_path(value: Any, port_type: str, staging: Path, port: str) -> Reference:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise _wrong(port, _WORDS[port_type], value)
    path = Path(os.path.abspath(os.fspath(value)))  # noqa: PTH100 - resolve() would follow links
    if port_type == "file" and _is_inside(path, staging):
        return {"type": "file", "staged": path.name}
    if not (path.is_file() if port_type == "file" else path.is_dir()):
        raise _wrong(port, f"{_WORDS[port_type]} that exists", value)
    return {"type": port_type, "value": str(path)}


def _stage_table(value: Any, staging: Path, port: str) -> str:
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        value = Table.from_rows(value)
    if not isinstance(value, Table):
        raise _wrong(port, _WORDS["table"], value)
    if _is_inside(value.path, staging):
        return value.path.name
    target = _new_staged_file(".parquet", staging)
    if _is_inside(value.path, current_folder()):
        # The task's own file, removed with its folder after the task: a second name is no copy.
        target.unlink()
        try:
            os.link(value.path, target)
        except OSError:  # another file system, or one without links
            shutil.copyfile(value.path, target)
    else:
        shutil.copyfile(value.path, target)
    return target.name


def _stage(content: bytes, suffix: str, staging: Path) -> str:
    target = _new_staged_file(suffix, staging)
    target.write_bytes(content)
    return target.name


def _new_staged_file(suffix: str, staging: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="output-", suffix=suffix, dir=made(staging))
    os.close(descriptor)
    return Path(name)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.parent == folder and path.is_file() and not path.is_symlink()


def _type_of(value: Any) -> str:
    """The port type that a value really has; what has none of its own is JSON."""
    scalar = _scalar_type(value)
    if scalar is None and isinstance(value, list | tuple) and value:
        types = {_scalar_type(item) for item in value}
        only = types.pop()
        if not types and only is not None:
            return list_of(only)
    return scalar or "json"


def _scalar_type(value: Any) -> str | None:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "boolean"),
        ((int, float), "number"),
        (File, "file"),
        (Folder, "folder"),
        (Path, "file"),
        (str, "text"),
        (Image, "image"),
        ((bytes, bytearray), "bytes"),
        (Table, "table"),
        (View, "view"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), None)


def _check_json(value: Any) -> None:
    match value:
        case None | bool() | int() | float():
            return
        case str():
            value.encode("utf-8")
        case list() | tuple():
            for item in value:
                _check_json(item)
        case dict():
            for key, item in value.items():
                if not isinstance(key, str):
                    raise ValueError(f"a key is {type(key).__name__}, not text")
                _check_json(key)
                _check_json(item)
        case _:
            raise ValueError(f"it holds {_shown(value)}")


def _utf8(value: Any, port: str) -> bytes:
    if not isinstance(value, str):
        raise _wrong(port, _WORDS["text"], value)
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _wrong(port, "a text of whole characters", value, str(error)) from error


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value


def _wrong(port: str, expected: str, value: Any, reason: str = "") -> ValueTypeError:
    found = _shown(value) + (f" ({reason})" if reason else "")
    return ValueTypeError("players.output_type", port=port, expected=expected, found=found)


def _shown(value: Any) -> str:
    """A value in a few words: its type, and how it begins where that helps."""
    if value is None:
        return "nothing (None)"
    kind = type(value).__name__
    if isinstance(value, bool | int | float | str):
        text = repr(value)
        return f"{kind} {text if len(text) <= 60 else text[:59] + '…'}"
    return kind


def _malformed(port: str, reference: Mapping[str, Any]) -> ValueTypeError:
    return ValueTypeError("players.reference_shape", port=port, found=_head(reference))


def _head(reference: Mapping[str, Any]) -> str:
    text = repr(dict(reference))
    return text if len(text) <= 200 else text[:199] + "…"
