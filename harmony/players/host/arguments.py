"""ValidateInputs: from a message to the arguments of a Player's function.

The editor checks parameters before a run; here they are checked again, since a file may be written
by hand, and what reaches the author's code has to be what the signature says. How it is done is
prepared once a Player, since a short one is called thousands of times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.players.errors import PlayerError
from harmony.players.specs import ParameterSpec, PlayerSpec
from harmony.players.types import File, Folder, SaveFile
from harmony.players.values import read_input

_TEXTS: Final[dict[str, Callable[[str], str]]] = {
    "file": File,
    "folder": Folder,
    "save_file": SaveFile,
}


class Arguments:
    """How the arguments of one Player are made."""

    __slots__ = ("_names", "_parameters", "_ports", "_spec")

    def __init__(self, spec: PlayerSpec) -> None:
        self._spec = spec
        self._names = frozenset(
            (*(port.name for port in spec.inputs), *(field.name for field in spec.parameters))
        )
        self._ports = tuple((port.name, port.type, port.required) for port in spec.inputs)
        self._parameters = tuple((field.name, field) for field in spec.parameters)

    def of(self, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name; what is left out has a default in the signature.

        Raises PlayerError, and ValueTypeError for an input that does not fit its port.
        """
        names = self._names
        if not (inputs.keys() <= names and parameters.keys() <= names):
            self._refuse_unknown(*inputs, *parameters)
        arguments: dict[str, Any] = {}
        for name, port_type, required in self._ports:
            if name in inputs:
                arguments[name] = read_input(inputs[name], port_type, port=name)
            elif required:
                raise PlayerError(
                    f"Nothing arrived at the input {name}.", hint="Connect it to an output."
                )
        for name, field in self._parameters:
            value = parameters.get(name)
            if value is not None:
                arguments[name] = _value(field, value)
            elif field.required:
                raise PlayerError(
                    f"The parameter {field.label or name} is missing.",
                    hint="Set it in the inspector.",
                )
        return arguments

    def _refuse_unknown(self, *names: str) -> None:
        unknown = next(name for name in names if name not in self._names)
        raise PlayerError(
            f"{self._spec.title} has no input or parameter called {unknown}.",
            hint="Remove it, or use the version of the Player that has it.",
        )


def _value(field: ParameterSpec, value: Any) -> Any:
    """The value as the author's annotation names it. Raises PlayerError when it cannot be."""
    match field.kind:
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(field, value)
            return value
        case "number" | "integer":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise _wrong(field, value)
            if field.kind == "integer" and value != int(value):
                raise _wrong(field, value)
            low, high = field.minimum, field.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise _wrong(field, value)
            try:
                return int(value) if field.kind == "integer" else float(value)
            except OverflowError:
                raise _wrong(field, value) from None
    if not isinstance(value, str) or (field.choices and value not in field.choices):
        raise _wrong(field, value)
    return _TEXTS.get(field.kind, str)(value)


def _wrong(field: ParameterSpec, value: Any) -> PlayerError:
    return PlayerError(
        f"The parameter {field.label or field.name} cannot be {value!r}.", hint=_expected(field)
    )


def _expected(field: ParameterSpec) -> str:
    if field.choices:
        return f"Choose one of: {', '.join(field.choices)}."
    low, high = field.minimum, field.maximum
    if field.kind in ("number", "integer"):
        kind = "a whole number" if field.kind == "integer" else "a number"
        if low is not None and high is not None:
            return f"Use {kind} from {low:g} to {high:g}."
        if low is not None:
            return f"Use {kind} from {low:g}."
        if high is not None:
            return f"Use {kind} up to {high:g}."
        return f"Use {kind}."
    return "Use true or false." if field.kind == "boolean" else "Use a text."
