"""From a function's signature to ports and parameters, and from a docstring to help.

Positional arguments are input ports, keyword-only arguments are parameters, the return annotation
is the output (DESIGN.md section 8: a function's signature is its interface).
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from harmony.players.declare import Declaration, declaration_of
from harmony.players.errors import SignatureError
from harmony.players.examples import example_flaw
from harmony.players.ports import item_type, list_of, natural_name
from harmony.players.promises import broken_bounds
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec
from harmony.players.types import (
    File,
    Folder,
    Help,
    Image,
    Kind,
    Label,
    Nothing,
    PortType,
    Range,
    SaveFile,
    Table,
    View,
)

_PORT_TYPES: Final[dict[object, str]] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    bytes: "bytes",
    dict: "json",
    File: "file",
    Folder: "folder",
    Table: "table",
    Image: "image",
    View: "view",
    Any: "any",
}
_PARAMETER_KINDS: Final[dict[object, str]] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    File: "file",
    Folder: "folder",
    SaveFile: "save_file",
}
_STREAMS: Final = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
)
_UNIONS: Final = (typing.Union, types.UnionType)
_CONTEXT: Final = ("harmony.players.context", "Context")


@dataclass(frozen=True, slots=True)
class _Annotation:
    """A type hint taken apart: the type itself, whether None is allowed, the marks beside it."""

    base: Any
    optional: bool
    marks: tuple[Any, ...]

    def mark(self, kind: type) -> Any:
        """The first mark of a kind; None when there is none."""
        return next((mark for mark in self.marks if isinstance(mark, kind)), None)


def player_spec(
    function: Callable[..., Any], package: str, module: str, declaration: Declaration | None = None
) -> PlayerSpec:
    """The spec of one declared function. Raises SignatureError naming what does not fit."""
    declared = declaration or declaration_of(function)
    if declared is None:
        raise SignatureError("players.unknown_player", player=function.__name__, source=module)
    name = function.__name__
    for broken in broken_bounds(declared):
        raise SignatureError("players.promise_out_of_bounds", **broken._asdict())
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise SignatureError("players.coroutine", function=name)
    hints = _type_hints(function)
    summary, help_text, words = _read_docstring(
        function.__doc__ or "",
        (*inspect.signature(function).parameters, "returns", *_fields(hints)),
    )
    inputs, parameters = _arguments(function, hints, words)
    outputs, streams = _outputs(hints.get("return", type(None)), words)
    return PlayerSpec(
        id=f"{package}/{name}",
        kind=declared.kind,
        title=declared.title,
        category=declared.category,
        function=f"{module}:{name}",
        summary=summary,
        help=help_text,
        icon=declared.icon,
        inputs=tuple(inputs),
        outputs=outputs,
        parameters=tuple(parameters),
        deterministic=declared.deterministic,
        reads=declared.reads,
        effects=declared.effects,
        waits=declared.waits,
        streams=streams,
        extra=declared.extra,
        prefetch=declared.prefetch,
        memory_mb=declared.memory_mb,
        cpu_seconds=declared.cpu_seconds,
        open_files=declared.open_files,
        wall_seconds=declared.wall_seconds,
        tokens=declared.tokens,
        money=declared.money,
        example=_example(name, declared.example, outputs),
    )


def _example(
    function: str, example: dict[str, Any] | None, outputs: tuple[PortSpec, ...]
) -> dict[str, Any] | None:
    """The example as it was declared: a value that JSON has, for each output."""
    if example is None:
        return None
    names = [port.name for port in outputs]
    if sorted(example) != sorted(names):
        raise SignatureError(
            "players.example_outputs",
            function=function,
            found=", ".join(sorted(example)) or "none",
            outputs=", ".join(names) or "none",
        )
    for port in outputs:
        flaw = example_flaw(example[port.name], port.type)
        if flaw:
            facts = {"function": function, "port": port.name, "reason": flaw}
            raise SignatureError("players.example_value", **facts)
    return example


def is_context(parameter: inspect.Parameter, hint: object) -> bool:
    """Whether an argument is the task's Context, which is neither port nor parameter."""
    if parameter.name != "context":
        return False
    base = _take_apart(hint).base
    found = (getattr(base, "__module__", ""), getattr(base, "__name__", ""))
    return hint is inspect.Parameter.empty or found == _CONTEXT


def context_argument(function: Callable[..., Any]) -> bool:
    """Whether the function wants the task's Context (an argument called `context`)."""
    found = inspect.signature(function).parameters.get("context")
    return found is not None and is_context(
        found, _type_hints(function).get("context", found.empty)
    )


def _type_hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise SignatureError(
            "players.annotation_unresolved", name=function.__name__, reason=str(error)
        ) from error


def _arguments(
    function: Callable[..., Any], hints: dict[str, Any], words: dict[str, str]
) -> tuple[list[PortSpec], list[ParameterSpec]]:
    inputs: list[PortSpec] = []
    parameters: list[ParameterSpec] = []
    for argument in inspect.signature(function).parameters.values():
        hint = hints.get(argument.name, argument.empty)
        if is_context(argument, hint):
            continue
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise SignatureError("players.variadic", name=argument.name)
        if hint is argument.empty:
            raise SignatureError("players.annotation_missing", name=argument.name)
        parts = _take_apart(hint)
        help_text = _help(parts, words, argument.name)
        if argument.kind is argument.KEYWORD_ONLY:
            parameters.append(_parameter(argument, parts, help_text))
            continue
        required = argument.default is argument.empty and not parts.optional
        type_name = _port_type(argument.name, hint)
        inputs.append(PortSpec(argument.name, type_name, required, help_text))
    return inputs, parameters


def _take_apart(hint: Any) -> _Annotation:
    marks: list[Any] = []
    optional = False
    while True:
        origin = typing.get_origin(hint)
        if origin is typing.Annotated:
            marks.extend(hint.__metadata__)
            hint = typing.get_args(hint)[0]
        elif origin in _UNIONS:
            members = typing.get_args(hint)
            optional = optional or type(None) in members
            rest = [member for member in members if member not in (type(None), Nothing)]
            if set(rest) == {int, float}:
                rest = [float]
            if len(rest) != 1:
                return _Annotation(hint, optional, tuple(marks))
            hint = rest[0]
        else:
            return _Annotation(hint, optional, tuple(marks))


def _port_type(name: str, hint: Any) -> str:
    found = _port_type_or_none(hint)
    if found is None:
        raise SignatureError("players.annotation_unknown", name=name, annotation=_shown(hint))
    return found


def _port_type_or_none(hint: Any) -> str | None:
    parts = _take_apart(hint)
    marked = parts.mark(PortType)
    if marked is not None:
        return str(marked.name)
    origin = typing.get_origin(parts.base) or parts.base
    if origin in (list, collections.abc.Sequence):
        arguments = typing.get_args(parts.base)
        item = _port_type_or_none(arguments[0]) if arguments else "any"
        return None if item is None or item_type(item) is not None else list_of(item)
    try:
        return _PORT_TYPES.get(origin)
    except TypeError:  # not hashable: certainly no type of ours
        return None


def _parameter(argument: inspect.Parameter, parts: _Annotation, help_text: str) -> ParameterSpec:
    name = argument.name
    choices: tuple[str, ...] = ()
    language = ""
    marked = parts.mark(Kind)
    if marked is not None:
        kind, language = marked.name, marked.language
    elif typing.get_origin(parts.base) is typing.Literal:
        choices = typing.get_args(parts.base)
        kind = "choice" if all(isinstance(choice, str) for choice in choices) else None
    else:
        kind = _PARAMETER_KINDS.get(parts.base)
    if kind is None:
        raise SignatureError(
            "players.parameter_type_unknown", name=name, annotation=_shown(parts.base)
        )
    limits = parts.mark(Range) or Range()
    label = parts.mark(Label)
    required = argument.default is argument.empty
    default = None if required else _plain_default(name, argument.default)
    if choices and default is not None and default not in choices:
        raise SignatureError(
            "players.default_not_a_choice", name=name, found=default, choices=", ".join(choices)
        )
    return ParameterSpec(
        name=name,
        kind=kind,
        default=default,
        required=required and not parts.optional,
        choices=choices,
        minimum=limits.minimum,
        maximum=limits.maximum,
        label=label.text if label is not None else name.replace("_", " ").capitalize(),
        help=help_text,
        language=language,
    )


def _plain_default(name: str, value: object) -> object:
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise SignatureError("players.default_not_plain", name=name, found=repr(value))


def _outputs(hint: Any, words: dict[str, str]) -> tuple[tuple[PortSpec, ...], bool]:
    streams = False
    if typing.get_origin(hint) in _STREAMS:
        streams = True
        arguments = typing.get_args(hint)
        hint = arguments[0] if arguments else Any
    if hint is None or hint is type(None):
        return (), streams
    if _is_named_tuple(hint):
        fields = typing.get_type_hints(hint, include_extras=True)
        return tuple(
            PortSpec(name, _port_type(name, field), help=_help(_take_apart(field), words, name))
            for name, field in fields.items()
        ), streams
    type_name = _port_type("return", hint)
    help_text = _help(_take_apart(hint), words, "returns")
    return (PortSpec(natural_name(type_name), type_name, help=help_text),), streams


def _is_named_tuple(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields")


def _fields(hints: dict[str, Any]) -> tuple[str, ...]:
    found = hints.get("return")
    return tuple(found._fields) if _is_named_tuple(found) else ()  # type: ignore[union-attr]


def _help(parts: _Annotation, words: dict[str, str], name: str) -> str:
    marked = parts.mark(Help)
    return marked.text if marked is not None else words.get(name, "")


def _shown(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)


_WORD: Final = re.compile(r"^(\w+): +(\S.*)$")


def _read_docstring(docstring: str, names: Iterable[str]) -> tuple[str, str, dict[str, str]]:
    """Summary (first line), help (the rest), and one sentence for each name that has a line.

    A line `name: words` is about an argument or output, together with the indented lines after it.
    """
    known = frozenset(names)
    lines = inspect.cleandoc(docstring).splitlines()
    help_lines: list[str] = []
    words: dict[str, str] = {}
    current: str | None = None
    for line in lines[1:]:
        match = _WORD.match(line)
        if match is not None and match[1] in known:
            current = match[1]
            words[current] = match[2].strip()
        elif current is not None and line.startswith("  "):
            words[current] += " " + line.strip()
        else:
            current = None
            help_lines.append(line)
    summary = lines[0].strip() if lines else ""
    return summary, "\n".join(help_lines).strip(), words
