"""Recorded scientific workflows as WfCommons keeps them: WfFormat 1.5 and 1.6, read into a `Trace`.

Read as strictly as a melody (DESIGN.md section 6, "Trust nothing that comes in"): a file that
contradicts itself is refused with the place, and never repaired. `docs/import.md` says what is
taken over and what not; `replay.py` makes a melody of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harmony.melody.circles import circles, way_round
from harmony.melody.content import content_of
from harmony.melody.errors import MelodyFileError
from harmony.melody.limits import (
    MAXIMUM_CONNECTIONS,
    MAXIMUM_FILE_BYTES,
    MAXIMUM_NODES,
)
from harmony.melody.places import Way
from harmony.melody.strict_json import flaw_at, read, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

VERSIONS: Final = ("1.5", "1.6")

_TASKS: Final[Way] = ("workflow", "specification", "tasks")
_EXECUTED: Final[Way] = ("workflow", "execution", "tasks")
_FILES: Final[Way] = ("workflow", "specification", "files")


@dataclass(frozen=True, slots=True)
class TracedFile:
    """A file that a task read or wrote; `size` in bytes, None when the trace does not tell it."""

    name: str
    size: int | None


@dataclass(frozen=True, slots=True)
class TracedTask:
    """A task of a trace. `runtime` in seconds, None when the trace does not tell it."""

    id: str
    name: str
    runtime: float | None
    parents: tuple[str, ...]
    reads: tuple[TracedFile, ...]
    writes: tuple[TracedFile, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A recorded workflow: its tasks by id. `makespan` in seconds, None when it is not told."""

    name: str
    description: str
    version: str
    system: str
    executed_at: str
    makespan: float | None
    tasks: Mapping[str, TracedTask]

    @property
    def untimed(self) -> int:
        """How many tasks have no run time."""
        return sum(task.runtime is None for task in self.tasks.values())


def load(path: str | os.PathLike[str]) -> Trace:
    """Read an instance. Raises MelodyFileError, which says what is wrong, where, and the cure."""
    return loads(content_of(path), os.fspath(path))


def loads(data: bytes, name: str) -> Trace:
    """The trace in the bytes of a file. `name` is for the words of an error."""
    if len(data) > MAXIMUM_FILE_BYTES:
        raise MelodyFileError("melody.trace_too_large", name, limit=f"{MAXIMUM_FILE_BYTES:,}")
    if not data.strip():
        raise MelodyFileError("melody.trace_empty", name)
    value, text = read(data, name)
    return _Reader(name, text).trace(value)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One reading: the name and the text are for the words and the places of errors."""

    name: str
    text: str

    def trace(self, value: Any) -> Trace:
        self._check_format(value)
        instance = self._shaped(value)
        specification = instance["workflow"]["specification"]
        execution = instance["workflow"].get("execution") or {}
        tasks = self._tasks(specification, execution)
        system = instance.get("runtimeSystem") or {}
        return Trace(
            name=instance["name"],
            description=instance.get("description", ""),
            version=instance["schemaVersion"],
            system=f"{system.get('name', '')} {system.get('version', '')}".strip(),
            executed_at=execution.get("executedAt", ""),
            makespan=execution.get("makespanInSeconds"),
            tasks=tasks,
        )

    def _check_format(self, value: Any) -> None:
        """Refuse what is no instance at all, of another version, or beyond the limits."""
        if not isinstance(value, dict) or "workflow" not in value:
            raise self._flaw((), "melody.trace_not_one")
        version = value.get("schemaVersion")
        if version not in VERSIONS:
            way: Way = ("schemaVersion",) if version is not None else ()
            found = "not given" if version is None else shown(version)
            raise self._flaw(way, "melody.trace_version", found=found)
        workflow = value["workflow"]
        specification = workflow.get("specification") if isinstance(workflow, dict) else None
        tasks = specification.get("tasks") if isinstance(specification, dict) else None
        if isinstance(tasks, list) and len(tasks) > MAXIMUM_NODES:
            raise self._too_many("tasks", len(tasks), MAXIMUM_NODES)

    def _shaped(self, value: dict[str, Any]) -> dict[str, Any]:
        from pydantic import ValidationError

        from harmony.melody.wfformat_shape import InstanceShape

        try:
            InstanceShape.model_validate(value)
        except ValidationError as error:
            raise self._shape_flaw(error.errors(include_url=False)[0]) from None
        return value

    def _shape_flaw(self, problem: ErrorDetails) -> MelodyFileError:
        way = problem["loc"]
        if problem["type"] == "missing":
            return self._flaw(way[:-1], "melody.trace_missing_key", key=way[-1])
        reason = problem["msg"][:1].lower() + problem["msg"][1:]
        found = shown(problem["input"])
        return self._flaw(way, "melody.trace_wrong_type", found=found, reason=reason)

    def _tasks(
        self, specification: Mapping[str, Any], execution: Mapping[str, Any]
    ) -> dict[str, TracedTask]:
        plain: list[dict[str, Any]] = specification["tasks"]
        at: dict[str, int] = {}
        for number, task in enumerate(plain):
            if task["id"] in at:
                raise self._flaw((*_TASKS, number, "id"), "melody.trace_twice", id=task["id"])
            at[task["id"]] = number
        parents = self._parents(plain, at)
        self._check_circles(parents, at)
        sizes = self._sizes(specification.get("files") or ())
        runtimes = self._runtimes(execution.get("tasks") or (), at)
        return {
            task["id"]: TracedTask(
                id=task["id"],
                name=task["name"],
                runtime=runtimes.get(task["id"]),
                parents=tuple(parents[task["id"]]),
                reads=_files(task.get("inputFiles") or (), sizes),
                writes=_files(task.get("outputFiles") or (), sizes),
            )
            for task in plain
        }

    def _parents(
        self, plain: Sequence[Mapping[str, Any]], at: Mapping[str, int]
    ) -> dict[str, dict[str, None]]:
        """Whom each task waits for. A dependency holds when either of its two tasks states it."""
        parents: dict[str, dict[str, None]] = {name: {} for name in at}
        count = 0
        for number, task in enumerate(plain):
            for key in ("parents", "children"):
                for index, other in enumerate(task[key]):
                    if other not in at:
                        way = (*_TASKS, number, key, index)
                        raise self._flaw(
                            way, "melody.trace_no_such_task", id=other, task=task["id"], key=key
                        )
                    child, parent = (task["id"], other) if key == "parents" else (other, task["id"])
                    count += parent not in parents[child]
                    parents[child][parent] = None
        if count > MAXIMUM_CONNECTIONS:
            raise self._too_many("dependencies", count, MAXIMUM_CONNECTIONS)
        return parents

    def _check_circles(
        self, parents: Mapping[str, Mapping[str, None]], at: Mapping[str, int]
    ) -> None:
        found = circles(at, lambda task: parents[task])
        if found:
            first = min((task for circle in found for task in circle), key=lambda task: at[task])
            circle = next(circle for circle in found if first in circle)
            path = _shortened(way_round(first, circle, lambda task: parents[task])[::-1])
            raise self._flaw((*_TASKS, at[first]), "melody.trace_circle", path=path)

    def _sizes(self, files: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for number, file in enumerate(files):
            size = sizes.setdefault(file["id"], file["sizeInBytes"])
            if size != file["sizeInBytes"]:
                way = (*_FILES, number)
                raise self._flaw(way, "melody.trace_two_sizes", id=file["id"], size=f"{size:,}")
        return sizes

    def _runtimes(
        self, executed: Sequence[Mapping[str, Any]], at: Mapping[str, int]
    ) -> dict[str, float]:
        runtimes: dict[str, float] = {}
        for number, task in enumerate(executed):
            way = (*_EXECUTED, number, "id")
            if task["id"] not in at:
                raise self._flaw(way, "melody.trace_not_specified", id=task["id"])
            if task["id"] in runtimes:
                raise self._flaw(way, "melody.trace_twice", id=task["id"])
            runtimes[task["id"]] = float(task["runtimeInSeconds"])
        return runtimes

    def _too_many(self, what: str, count: int, limit: int) -> MelodyFileError:
        counts = {"what": what, "count": f"{count:,}", "limit": f"{limit:,}"}
        return self._flaw(_TASKS, "melody.trace_too_many", **counts)

    def _flaw(self, way: Way, code: str, **facts: Any) -> MelodyFileError:
        return flaw_at(self.name, self.text, way, code, **facts)


def _files(names: Sequence[str], sizes: Mapping[str, int]) -> tuple[TracedFile, ...]:
    return tuple(TracedFile(name, sizes.get(name)) for name in dict.fromkeys(names))


def _shortened(path: Sequence[str]) -> str:
    shown_of_path = path if len(path) <= 8 else [*path[:4], "…", *path[-3:]]
    return " → ".join(shown_of_path)
