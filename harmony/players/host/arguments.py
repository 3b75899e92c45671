"""ValidateInputs: from a message to the arguments of a Player's function.

The editor checks parameters before a run; here they are checked again, since a file may be written
by hand, and what reaches the author's code has to be what the signature says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harmony.players.errors import PlayerError
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec
from harmony.players.types import File, Folder, SaveFile
from harmony.players.values import read_input

_TEXTS: Final[dict[str, Callable[[str], str]]] = {
    "file": File,
    "folder": Folder,
    "save_file": SaveFile,
}


def arguments_of(
    spec: PlayerSpec, inputs: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments by name; what is left out has a default in the signature.

    Raises PlayerError, and ValueTypeError for an input that does not fit its port.
    """
    for name in (*inputs, *parameters):
        if spec.input(name) is None and spec.parameter(name) is None:
            raise PlayerError(
                f"{spec.title} has no input or parameter called {name}.",
                hint="Remove it, or use the version of the Player that has it.",
            )
    arguments = {
        port.name: read_input(inputs[port.name], port.type, port=port.name)
        for port in spec.inputs
        if _is_given(port, inputs)
    }
    for field in spec.parameters:
        if parameters.get(field.name) is not None:
            arguments[field.name] = _value(field, parameters[field.name])
        elif field.required:
            raise PlayerError(
                f"The parameter {field.label or field.name} is missing.",
                hint="Set it in the inspector.",
            )
    return arguments


def _is_given(port: PortSpec, inputs: Mapping[str, Any]) -> bool:
    if port.name in inputs:
        return True
    if port.required:
        raise PlayerError(
            f"Nothing arrived at the input {port.name}.", hint="Connect it to an output."
        )
    return False


def _value(field: ParameterSpec, value: Any) -> Any:
    """The value as the author's annotation names it. Raises PlayerError when it cannot be."""
    wrong = PlayerError(
        f"The parameter {field.label or field.name} cannot be {value!r}.",
        hint=_expected(field),
    )
    match field.kind:
        case "boolean":
            if not isinstance(value, bool):
                raise wrong
            return value
        case "number" | "integer":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise wrong
            if field.kind == "integer" and value != int(value):
                raise wrong
            low, high = field.minimum, field.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise wrong
            return int(value) if field.kind == "integer" else float(value)
    if not isinstance(value, str) or (field.choices and value not in field.choices):
        raise wrong
    return _TEXTS.get(field.kind, str)(value)


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
