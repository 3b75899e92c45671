"""One root of all errors: a code with parameters, turned into words only when a person reads it.

An error travels (over a socket, into a journal, to a test) as its code and parameters; the sentence
comes from the catalogue (DESIGN.md section 6, "Words for people"). Each room derives one root from
`HarmonyError` and its own kinds from that.
"""

from __future__ import annotations

from harmony.foundation import words


class HarmonyError(Exception):
    """Something went wrong that the program knows how to name.

    `code` is `room.what_happened`; `parameters` are what the sentence needs, as plain values.
    """

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters

    def __str__(self) -> str:
        return words.render(self.code, **self.parameters)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.parameters!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call the class with `parameters` as a second positional argument.
        return _rebuild, (type(self), self.code, self.parameters, self.__dict__)

    def to_json(self) -> dict[str, object]:
        """The error as plain data: `{"code", "parameters", "message"}`.

        A parameter that JSON has no form for is given as its text.
        """
        return {
            "code": self.code,
            "parameters": {name: _plain(value) for name, value in self.parameters.items()},
            "message": str(self),
        }


def _rebuild(
    kind: type[HarmonyError], code: str, parameters: dict[str, object], state: dict[str, object]
) -> HarmonyError:
    error = kind.__new__(kind, code, parameters)
    error.__dict__.update(state)
    return error


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [_plain(item) for item in sorted(value, key=str)]
    return str(value)
