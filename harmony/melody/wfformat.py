"""Recorded scientific workflows (WfCommons instances, WfFormat 1.5 and 1.6) made into melodies.

A task becomes a node that replays it (`harmony/replay`), a dependency a wire. Read as strictly as a
melody (DESIGN.md section 6, "Trust nothing that comes in"): a file that contradicts itself is
refused with the place, and never repaired. `docs/import.md` says what is taken over and what not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harmony.melody.circles import circles, way_round
from harmony.melody.content import content_of
from harmony.melody.errors import MelodyFileError
from harmony.melody.layout import arrange, card_height
from harmony.melody.limits import MAXIMUM_CONNECTIONS, MAXIMUM_FILE_BYTES, MAXIMUM_NODES
from harmony.melody.model import Connection, Melody, Node
from harmony.melody.naming import fresh_id
from harmony.melody.places import Way
from harmony.melody.strict_json import flaw_at, read, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

VERSIONS: Final = ("1.5", "1.6")
PLAYER: Final = "harmony/replay"
INPUT: Final = "after"
OUTPUT: Final = "result"

_LONGEST_STEM: Final = 94
"""Characters of a node's id that come from the task's; what is left is for a number behind it."""
_NOT_IN_AN_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")
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


def melody_of(trace: Trace, identifier: str, scale: float = 1.0) -> Melody:
    """A melody called `identifier` that replays the trace on a clock scaled by `scale`.

    Nodes stand in the order of the trace's tasks, laid out in layers. A task without a run time
    takes none.
    """
    names = _node_ids(trace.tasks)
    edges = [
        (names[parent], names[task.id]) for task in trace.tasks.values() for parent in task.parents
    ]
    # Where a card shows its run time, it is one row and one field high.
    height = card_height(1, 1, has_field=True)
    places = arrange(dict.fromkeys(names.values(), height), edges)
    nodes = {}
    for task in trace.tasks.values():
        node = names[task.id]
        x, y = places[node]
        nodes[node] = Node(node, PLAYER, task.name, x, y, _parameters(task, scale))
    return Melody(
        id=identifier,
        name=trace.name,
        description=_described(trace),
        nodes=nodes,
        connections={Connection(source, OUTPUT, target, INPUT): "hard" for source, target in edges},
    )


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


def _node_ids(tasks: Mapping[str, TracedTask]) -> dict[str, str]:
    """An id for each task's node: the task's own as far as it may be one, and no two alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for task in tasks:
        # The end of a long id tells tasks apart, not its beginning.
        stem = _NOT_IN_AN_ID.sub("-", task)[-_LONGEST_STEM:].strip("-") or "task"
        names[task] = fresh_id(stem, taken.__contains__)
        taken.add(names[task])
    return names


def _parameters(task: TracedTask, scale: float) -> dict[str, Any]:
    """What differs from the defaults of the Replay Player."""
    parameters: dict[str, Any] = {"runtime": task.runtime or 0.0, "name": task.name}
    if scale != 1.0:
        parameters["scale"] = scale
    for key, files in (("input_files", task.reads), ("output_files", task.writes)):
        if files:
            parameters[key] = "\n".join(_file_lines(files))
    return parameters


def _file_lines(files: Sequence[TracedFile]) -> Iterator[str]:
    for file in files:
        size = "-" if file.size is None else str(file.size)
        yield f"{size} {' '.join(file.name.split())}"


def _described(trace: Trace) -> str:
    """The instance's own words, and what a person wants to know of where it came from."""
    ran = [f"Replay of a WfFormat {trace.version} trace: {len(trace.tasks):,} tasks"]
    if trace.system:
        ran.append(f"run by {trace.system}")
    if trace.executed_at:
        ran.append(f"at {trace.executed_at}")
    if trace.makespan is not None:
        ran.append(f"in {trace.makespan:,.1f} s")
    told = f"{' '.join(ran)}."
    return f"{trace.description}\n\n{told}" if trace.description else told


def _shortened(path: Sequence[str]) -> str:
    shown_of_path = path if len(path) <= 8 else [*path[:4], "…", *path[-3:]]
    return " → ".join(shown_of_path)
