"""What a Player is to everyone but its own process: a data manifest.

A child process describes a package (`players describe`); palette, validation and forms work on
these specs alone, so that the editor never imports a Player's code (DESIGN.md section 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from harmony.players.errors import PlayersError
from harmony.players.ports import is_port_type
from harmony.players.promises import broken_bounds
from harmony.wire.launch import Quota

PlayerKind = Literal["instrument", "operator", "motif"]
ParameterKind = Literal[
    "text",
    "multiline",
    "number",
    "integer",
    "boolean",
    "choice",
    "file",
    "folder",
    "save_file",
    "code",
    "expression",
    "secret",
]

MANIFEST_FORMAT = 1


class ManifestError(PlayersError):
    """A manifest that is not of the form described here."""


@dataclass(frozen=True, slots=True)
class PortSpec:
    """One typed input or output of a Player."""

    name: str
    type: str
    required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One field of a Player's form. `language` names the syntax of `code` and `expression`."""

    name: str
    kind: ParameterKind
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    label: str = ""
    help: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class PlayerSpec:
    """A kind of node. `id` is `<package>/<function>`, `function` is `module:name`.

    `deterministic`: same inputs, same bits out. `reads`: names of further parameters whose files
    count as inputs (`file` and `folder` parameters and ports always do). `effects`: it changes
    something outside. `waits`: it mostly waits, so it takes a waiting slot instead of a core.

    `prefetch`: how many further tasks may be sent ahead to a process that is busy with one.
    `memory_mb`, `cpu_seconds` and `wall_seconds` (of one task) and `open_files` are quotas that the
    process keeps to itself. `tokens` and `money`: what one task is expected to use at most; that
    much is reserved from the run's budget. 0 is none everywhere; bounds are in `promises.py`.

    `example`: what its outputs may be, as JSON values by port, where it must not be called.
    """

    id: str
    kind: PlayerKind
    title: str
    category: str
    function: str
    summary: str = ""
    help: str = ""
    icon: str = ""
    inputs: tuple[PortSpec, ...] = ()
    outputs: tuple[PortSpec, ...] = ()
    parameters: tuple[ParameterSpec, ...] = ()
    deterministic: bool = False
    reads: tuple[str, ...] = ()
    effects: bool = False
    waits: bool = False
    streams: bool = False
    extra: str = ""
    prefetch: int = 0
    memory_mb: int = 0
    cpu_seconds: float = 0
    open_files: int = 0
    wall_seconds: float = 0
    tokens: int = 0
    money: float = 0
    example: dict[str, Any] | None = None

    @property
    def quota(self) -> Quota:
        """What one of its tasks may take; processes of different quotas are not shared."""
        return Quota(self.memory_mb, self.cpu_seconds, self.open_files, self.wall_seconds)

    def input(self, name: str) -> PortSpec | None:
        """The input port called `name`."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> PortSpec | None:
        """The output port called `name`."""
        return next((port for port in self.outputs if port.name == name), None)

    def parameter(self, name: str) -> ParameterSpec | None:
        """The parameter called `name`."""
        return next((field for field in self.parameters if field.name == name), None)


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """A package of Players as data. `hash` is that of its source; `source` is what a child
    imports: a dotted module for the built-in library, a folder for a user's own Players."""

    name: str
    version: str
    hash: str
    source: str
    players: tuple[PlayerSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """What is wrong in one file of a package; `line` counts from 1, 0 when it is not known."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Description:
    """A described package: its manifest, and what kept some of its Players out of it."""

    manifest: PackageManifest
    problems: tuple[SourceProblem, ...] = ()


def description_to_json(description: Description) -> dict[str, Any]:
    """The manifest as JSON values, with the key `problems` when there are any."""
    data = manifest_to_json(description.manifest)
    if description.problems:
        data["problems"] = [asdict(problem) for problem in description.problems]
    return data


def description_from_json(data: Mapping[str, Any]) -> Description:
    """Read a description. Raises `ManifestError` naming the place that does not fit."""
    try:
        problems = tuple(
            SourceProblem(_text(item, "file"), int(item["line"]), _text(item, "message"))
            for item in (_list(data, "problems") if "problems" in data else ())
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ManifestError("players.manifest_shape", place=str(error)) from error
    return Description(manifest_from_json(data), problems)


def manifest_to_json(manifest: PackageManifest) -> dict[str, Any]:
    """The manifest as JSON values, in a stable order; defaults are left out."""
    return {
        "format": MANIFEST_FORMAT,
        "name": manifest.name,
        "version": manifest.version,
        "hash": manifest.hash,
        "source": manifest.source,
        "players": [_without_defaults(player) for player in manifest.players],
    }


def manifest_from_json(data: Mapping[str, Any]) -> PackageManifest:
    """Read a manifest. Raises `ManifestError` naming the place that does not fit."""
    if data.get("format") != MANIFEST_FORMAT:
        raise ManifestError("players.manifest_format", found=repr(data.get("format")))
    try:
        players = tuple(_player(item) for item in _list(data, "players"))
        return PackageManifest(
            name=_text(data, "name"),
            version=_text(data, "version"),
            hash=_text(data, "hash"),
            source=_text(data, "source"),
            players=players,
        )
    except (KeyError, TypeError) as error:
        raise ManifestError("players.manifest_shape", place=str(error)) from error


def _player(data: Mapping[str, Any]) -> PlayerSpec:
    fields = dict(data)
    _one_of(fields["kind"], get_args(PlayerKind), "kind")
    fields["inputs"] = tuple(_port(item) for item in fields.get("inputs", ()))
    fields["outputs"] = tuple(_port(item) for item in fields.get("outputs", ()))
    fields["parameters"] = tuple(_parameter(item) for item in fields.get("parameters", ()))
    fields["reads"] = tuple(fields.get("reads", ()))
    spec = PlayerSpec(**fields)
    if not isinstance(spec.example, dict | None):
        raise ManifestError("players.manifest_shape", place="example")
    for broken in broken_bounds(spec):
        raise ManifestError("players.manifest_shape", place=f"{broken.name} = {broken.found}")
    return spec


def _port(data: Mapping[str, Any]) -> PortSpec:
    if not is_port_type(_text(data, "type")):
        raise ManifestError("players.manifest_port_type", type=data["type"], port=data.get("name"))
    return PortSpec(**data)


def _parameter(data: Mapping[str, Any]) -> ParameterSpec:
    fields = dict(data)
    _one_of(fields["kind"], get_args(ParameterKind), "kind")
    fields["choices"] = tuple(fields.get("choices", ()))
    return ParameterSpec(**fields)


def _without_defaults(spec: PlayerSpec) -> dict[str, Any]:
    def clean(cls: type, values: dict[str, Any]) -> dict[str, Any]:
        defaults = {name: field.default for name, field in cls.__dataclass_fields__.items()}  # type: ignore[attr-defined]
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name not in defaults or value != defaults[name]
        }

    data = clean(PlayerSpec, asdict(spec))
    for key, cls in (("inputs", PortSpec), ("outputs", PortSpec), ("parameters", ParameterSpec)):
        if key in data:
            data[key] = [clean(cls, item) for item in data[key]]
    return data


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data[key]
    if not isinstance(value, str):
        raise ManifestError("players.manifest_shape", place=key)
    return value


def _list(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = data[key]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ManifestError("players.manifest_shape", place=key)
    return cast("list[Mapping[str, Any]]", value)


def _one_of(value: object, allowed: tuple[str, ...], place: str) -> None:
    if value not in allowed:
        raise ManifestError("players.manifest_shape", place=f"{place} = {value!r}")
