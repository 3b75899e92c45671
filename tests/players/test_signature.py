"""A signature becomes ports and a form; what cannot is refused with the name and the cure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from harmony.players import (
    Boolean,
    Bytes,
    Code,
    Expression,
    File,
    Folder,
    Help,
    Image,
    Integer,
    Json,
    Label,
    Multiline,
    Nothing,
    Number,
    Range,
    SaveFile,
    Secret,
    Table,
    Text,
    Vector,
    View,
    operator,
)
from harmony.players.context import Context
from harmony.players.errors import SignatureError
from harmony.players.signature import context_argument, player_spec
from harmony.players.specs import ParameterSpec, PlayerSpec, PortSpec


class Two(NamedTuple):
    table: Annotated[Table, Help("the rows")]
    count: Number | Nothing


def spec_of(function: Callable[..., Any]) -> PlayerSpec:
    declared = operator("Title", category="Category")(function)
    return player_spec(declared, "package", "module")


def test_arguments_become_ports_and_keywords_become_parameters() -> None:
    def filter_rows(
        table: Table,
        other: Table | None = None,
        *,
        where: Annotated[Expression, Label("Keep rows where")] = "amount > 100",
        limit: Annotated[int, Range(1, 9), Help("how many")] = 5,
    ) -> Table:
        """keep what matches

        Longer help.

        table: the rows
          to choose from
        where: a condition
        returns: what matches
        """
        return other or table

    spec = spec_of(filter_rows)
    assert (spec.id, spec.function) == ("package/filter_rows", "module:filter_rows")
    assert (spec.summary, spec.help) == ("keep what matches", "Longer help.")
    assert spec.inputs == (
        PortSpec("table", "table", help="the rows to choose from"),
        PortSpec("other", "table", required=False),
    )
    assert spec.outputs == (PortSpec("table", "table", help="what matches"),)
    assert spec.parameters == (
        ParameterSpec(
            "where",
            "expression",
            "amount > 100",
            label="Keep rows where",
            help="a condition",
            language="sql",
        ),
        ParameterSpec("limit", "integer", 5, minimum=1, maximum=9, label="Limit", help="how many"),
    )


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (Text, "text"),
        (Number, "number"),
        (Integer, "number"),
        (int | float, "number"),
        (Boolean, "boolean"),
        (Bytes, "bytes"),
        (Json, "json"),
        (dict[str, Any], "json"),
        (File, "file"),
        (Folder, "folder"),
        (Table, "table"),
        (Image, "image"),
        (Vector, "vector"),
        (View, "view"),
        (Any, "any"),
        (list, "list[any]"),
        (list[Text], "list[text]"),
        (list[Vector], "list[vector]"),
        (Annotated[list[File], Help("files")], "list[file]"),
    ],
)
def test_every_type_has_its_port(hint: Any, expected: str) -> None:
    def work(value: Any) -> Any: ...

    work.__annotations__ = {"value": hint, "return": hint}
    spec = spec_of(work)
    assert spec.inputs[0].type == expected
    assert spec.outputs[0].type == expected


@pytest.mark.parametrize(
    ("hint", "name"),
    [(Text, "text"), (list[File], "files"), (Any, "result"), (Json, "result"), (View, "view")],
)
def test_an_output_is_called_after_its_type(hint: Any, name: str) -> None:
    def work() -> Any: ...

    work.__annotations__ = {"return": hint}
    assert [port.name for port in spec_of(work).outputs] == [name]


@pytest.mark.parametrize(
    ("hint", "kind", "language"),
    [
        (str, "text", ""),
        (Multiline, "multiline", ""),
        (float, "number", ""),
        (int, "integer", ""),
        (bool, "boolean", ""),
        (File, "file", ""),
        (Folder, "folder", ""),
        (SaveFile, "save_file", ""),
        (Code, "code", "python"),
        (Expression, "expression", "sql"),
        (Secret, "secret", ""),
        (str | None, "text", ""),
    ],
)
def test_every_kind_of_parameter_has_its_field(hint: Any, kind: str, language: str) -> None:
    def work(*, value: Any) -> None: ...

    work.__annotations__ = {"value": hint, "return": None}
    (field,) = spec_of(work).parameters
    assert (field.kind, field.language) == (kind, language)
    assert field.required is (hint != str | None)


def test_a_choice_is_a_literal() -> None:
    def work(*, size: Literal["S", "M", "L"] = "M") -> None: ...

    (field,) = spec_of(work).parameters
    assert (field.kind, field.choices, field.default) == ("choice", ("S", "M", "L"), "M")


def test_a_named_tuple_gives_several_outputs() -> None:
    def work() -> Two: ...

    assert spec_of(work).outputs == (
        PortSpec("table", "table", help="the rows"),
        PortSpec("count", "number"),
    )


def test_nothing_returned_is_no_output() -> None:
    def work(text: Text) -> None: ...

    assert spec_of(work).outputs == ()


@pytest.mark.parametrize("hint", [Iterator[Text], Generator[Text, None, Text]])
def test_a_generator_streams(hint: Any) -> None:
    def work() -> Any: ...

    work.__annotations__ = {"return": hint}
    spec = spec_of(work)
    assert spec.streams
    assert spec.outputs == (PortSpec("text", "text"),)


def test_the_context_is_neither_port_nor_parameter() -> None:
    def plain(text: Text) -> None: ...
    def asks(text: Text, context: Context, *, n: int = 1) -> None: ...
    def may_ask(text: Text, *, context: Context | None = None) -> None: ...

    for function in (asks, may_ask):
        spec = spec_of(function)
        assert [port.name for port in spec.inputs] == ["text"]
        assert "context" not in [field.name for field in spec.parameters]
        assert context_argument(function)
    assert not context_argument(plain)


def test_an_argument_called_context_may_be_a_port() -> None:
    def work(context: Text) -> None: ...

    assert spec_of(work).inputs == (PortSpec("context", "text"),)
    assert not context_argument(work)


async def coroutine(text: Text) -> Text:
    return text


def untyped(text) -> Text: ...  # type: ignore[no-untyped-def]
def variadic(*texts: Text) -> Text: ...
def strange_port(text: complex) -> Text: ...
def nested_list(texts: list[list[Text]]) -> Text: ...
def two_types(value: Text | Number) -> Text: ...
def strange_parameter(*, table: Table) -> Text: ...
def numbers_to_choose(*, n: Literal[1, 2] = 1) -> Text: ...
def wrong_choice(*, size: Literal["S", "M"] = "L") -> Text: ...  # type: ignore[assignment]
def strange_default(*, text: str = ("a",)) -> Text: ...  # type: ignore[assignment]
def unknown_name(text: Unheard) -> Text: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("function", "code", "name"),
    [
        (coroutine, "players.coroutine", None),
        (untyped, "players.annotation_missing", "text"),
        (variadic, "players.variadic", "texts"),
        (strange_port, "players.annotation_unknown", "text"),
        (nested_list, "players.annotation_unknown", "texts"),
        (two_types, "players.annotation_unknown", "value"),
        (strange_parameter, "players.parameter_type_unknown", "table"),
        (numbers_to_choose, "players.parameter_type_unknown", "n"),
        (wrong_choice, "players.default_not_a_choice", "size"),
        (strange_default, "players.default_not_plain", "text"),
        (unknown_name, "players.annotation_unresolved", "unknown_name"),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(
    function: Callable[..., Any], code: str, name: str | None
) -> None:
    with pytest.raises(SignatureError) as caught:
        spec_of(function)
    assert caught.value.code == code
    assert caught.value.parameters.get("name") == name
    assert code not in str(caught.value), "the catalogue has words for it"
