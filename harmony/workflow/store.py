"""Workflows in SQLite: saved when told so, or each transition before it counts (seeds/001).

What an awaited call has returned from is on disk (WAL, `synchronous=FULL`, the mark beside the
database). Neither writing nor reading runs on the loop's thread.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import apsw

from harmony.foundation.clock import Clock, SystemClock
from harmony.polyphony.errors import StoreError
from harmony.polyphony.high_water import HighWater, read_mark
from harmony.polyphony.lock import WriteLock
from harmony.polyphony.schema import fetch, open_for_reading, open_for_writing, unusable
from harmony.workflow import checkpoints, rows, tables
from harmony.workflow.address import path_of
from harmony.workflow.checkpoints import WorkflowCheckpoint
from harmony.workflow.committing import Committer, missing, translated
from harmony.workflow.context import Delta
from harmony.workflow.core import StateHistoryEntry
from harmony.workflow.errors import RecoveryError, StateMachineError, WorkflowStoreError
from harmony.workflow.inspection import inspect
from harmony.workflow.machine import WorkflowStateMachine
from harmony.workflow.rows import WorkflowRecord
from harmony.workflow.serialized import SerializedWorkflow, checked_id

_Result = TypeVar("_Result")
LONGEST_LABEL: Final = 200


@dataclass(frozen=True, slots=True)
class StateStoreConfig:
    """What a store keeps: records of each workflow at most, and for how many seconds at most.

    None is for ever. Records that go are folded into the beginning of their history, so a workflow
    stands where it stood. Ages are looked at where records are counted, and by `apply_retention`.
    """

    max_history_per_workflow: int | None = 10_000
    max_age_seconds: float | None = None

    def __post_init__(self) -> None:
        most, age = self.max_history_per_workflow, self.max_age_seconds
        if (most is not None and most < 1) or (age is not None and not age > 0):
            raise WorkflowStoreError("workflow.retention", most=most, age=age)


class SqliteWorkflowStore:
    """An open store. `await SqliteWorkflowStore.open(...)`; close it, or use `async with`."""

    def __init__(
        self,
        path: Path,
        committer: Committer,
        reader: apsw.Connection,
        config: StateStoreConfig,
        clock: Clock,
    ) -> None:
        self._path = path
        self._committer = committer
        self._reader = reader
        self._config = config
        self._clock = clock
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="workflow-reader")

    @classmethod
    async def open(
        cls,
        database_url: str | os.PathLike[str],
        config: StateStoreConfig | None = None,
        *,
        clock: Clock | None = None,
    ) -> Self:
        """Open a database, making it with its tables where there is none.

        A path, or a `sqlite:` address. An older form is brought up to date after a copy is made; a
        newer one, another program's and a damaged one are refused and left as they are. Raises
        WorkflowStoreError. What is wrong with a store that works stands in `problems`.
        """
        path, make = path_of(database_url)
        config, clock = config or StateStoreConfig(), clock or SystemClock()
        committer, reader = await asyncio.to_thread(_opened, path, make, clock)
        return cls(path, committer, reader, config, clock)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def problems(self) -> list[StateMachineError]:
        """What a person should know, while the store works on."""
        return self._committer.problems

    async def initialize_schema(self) -> int:
        """The version of the tables, which `open` has made already. A second call does no harm."""
        return await self._read(
            lambda connection: int(fetch(connection, "PRAGMA user_version")[0][0])
        )

    # Workflows

    async def attach(self, machine: WorkflowStateMachine) -> WorkflowStateMachine:
        """Save a machine, and from now on each of its transitions before it counts."""
        await self.save_workflow(machine)
        machine.attach(self)
        return machine

    async def save_workflow(self, machine: WorkflowStateMachine) -> None:
        """Store where a machine stands, with the records that the store lacks.

        Raises ConflictError when the store has another history under its name.
        """
        serialized = machine.snapshot()
        await self._write(lambda connection: self._save(connection, serialized))

    async def save_serialized(self, serialized: SerializedWorkflow) -> None:
        """The same for a workflow at rest. Raises SerializedError, ConflictError."""
        checked = SerializedWorkflow.from_json(serialized.to_json())
        await self._write(lambda connection: self._save(connection, checked))

    async def load_workflow(self, workflow_id: str) -> SerializedWorkflow:
        """A stored workflow, every record of it checked. UnknownWorkflowError, RecoveryError."""
        workflow, findings = await self.inspect_workflow(workflow_id)
        if findings:
            raise RecoveryError.of(workflow_id, findings)
        return workflow

    async def inspect_workflow(
        self, workflow_id: str
    ) -> tuple[SerializedWorkflow, tuple[StateMachineError, ...]]:
        """A stored workflow and everything that is wrong with it. UnknownWorkflowError."""

        def look(
            connection: apsw.Connection,
        ) -> tuple[SerializedWorkflow, tuple[StateMachineError, ...]]:
            with connection:  # one transaction: the row and its records belong together
                row = rows.row_of(connection, workflow_id)
                texts = rows.texts_of(connection, workflow_id)
            return inspect(row, texts)

        return await self._read(look)

    async def list_workflows(self) -> list[WorkflowRecord]:
        """Every stored workflow, the one that changed last first."""
        return await self._read(rows.records)

    async def workflow_ids(self) -> list[str]:
        """The names of all stored workflows, also of damaged ones; in alphabetical order."""
        return await self._read(rows.ids)

    async def delete_workflow(self, workflow_id: str) -> None:
        """Remove a workflow with its history and checkpoints. Raises UnknownWorkflowError."""
        await self._write(lambda connection: rows.delete(connection, workflow_id))

    # Transitions

    async def save_transition(self, workflow_id: str, entry: StateHistoryEntry) -> None:
        """Store a record and the state that it leads to, in one transaction.

        Raises UnknownWorkflowError, and ConflictError for a record that does not follow.
        """
        await asyncio.wrap_future(self.keep_transition(workflow_id, entry))

    def keep_transition(self, workflow_id: str, entry: StateHistoryEntry) -> Future[None]:
        """The same without waiting, from any thread: the future is done when it is durable."""

        def job(connection: apsw.Connection) -> None:
            self._limit(connection, workflow_id, rows.append(connection, workflow_id, entry))

        return self._committer.submit(job)

    def keep_pending(self, workflow_id: str, sequence: int, pending: Delta) -> Future[None]:
        """Store what was set in a context since a record; done when it is durable."""
        return self._committer.submit(
            lambda connection: rows.set_pending(connection, workflow_id, sequence, pending)
        )

    async def get_workflow_history(
        self, workflow_id: str, limit: int | None = None
    ) -> list[StateHistoryEntry]:
        """The stored records, oldest first; only the last `limit`. Raises UnknownWorkflowError."""
        return await self._read(lambda connection: rows.entries_of(connection, workflow_id, limit))

    async def apply_retention(self) -> int:
        """Let go what is beyond the limits in every workflow; how many records went."""

        def job(connection: apsw.Connection) -> int:
            return sum(self._prune(connection, name) for name in rows.ids(connection))

        return await self._write(job)

    # Checkpoints

    async def create_checkpoint(
        self, workflow: str | WorkflowStateMachine, name: str = ""
    ) -> WorkflowCheckpoint:
        """Keep where a workflow stands, under a name; a machine is saved first.

        Raises UnknownWorkflowError, and ConflictError as `save_workflow` does.
        """
        serialized = None if isinstance(workflow, str) else workflow.snapshot()
        workflow_id = workflow if isinstance(workflow, str) else workflow.workflow_id
        checkpoint, at = secrets.token_hex(12), self._clock.wall()

        def job(connection: apsw.Connection) -> WorkflowCheckpoint:
            if serialized is not None:
                self._save(connection, serialized)
            label = name[:LONGEST_LABEL]
            return checkpoints.create(connection, checkpoint, workflow_id, label, at)

        return await self._write(job)

    async def list_checkpoints(self, workflow_id: str | None = None) -> list[WorkflowCheckpoint]:
        """The checkpoints of a workflow, or of all; the newest first."""
        return await self._read(lambda connection: checkpoints.listed(connection, workflow_id))

    async def delete_checkpoint(self, checkpoint_id: str) -> None:
        """Remove a checkpoint. Raises UnknownWorkflowError."""
        await self._write(lambda connection: checkpoints.remove(connection, checkpoint_id))

    async def restore_checkpoint(
        self,
        checkpoint_id: str,
        machine: WorkflowStateMachine | None = None,
        *,
        as_workflow: str | None = None,
    ) -> WorkflowStateMachine:
        """Go back to a checkpoint by a new record; the attached machine that did.

        Give the `machine` of that workflow where there is one; otherwise it is loaded. With
        `as_workflow` another workflow of that name begins there, and the first is left as it is.
        Raises UnknownWorkflowError, RecoveryError for what is damaged, IllegalEventError where the
        workflow is at an end without a way out.
        """
        if as_workflow is not None:
            name, at = checked_id(as_workflow), self._clock.wall()
            forked = await self._write(
                lambda connection: checkpoints.fork(connection, checkpoint_id, name, at)
            )
            return self._revived(forked)
        found, point = await self._read(
            lambda connection: checkpoints.point_of(connection, checkpoint_id)
        )
        if machine is None:
            machine = self._revived(await self.load_workflow(found.workflow_id))
        elif machine.workflow_id != found.workflow_id:
            raise WorkflowStoreError(
                "workflow.checkpoint_of_other",
                checkpoint=checkpoint_id,
                workflow=found.workflow_id,
                other=machine.workflow_id,
            )
        await self.attach(machine)
        await machine.return_to(checkpoint_id, point)
        return machine

    def _revived(self, workflow: SerializedWorkflow) -> WorkflowStateMachine:
        machine = WorkflowStateMachine.revive(workflow, clock=self._clock)
        machine.attach(self)
        return machine

    # Ending

    async def close(self) -> None:
        """Write what waits, then close. A second call does nothing."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._committer.close()
        self._reading.shutdown()
        self._reader.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    # On the store's threads

    def _save(self, connection: apsw.Connection, workflow: SerializedWorkflow) -> None:
        self._limit(connection, workflow.workflow_id, rows.save(connection, workflow))

    def _limit(self, connection: apsw.Connection, workflow: str, stored: int) -> None:
        """Prune now and then, a tenth at a time: what it costs is spread over many records."""
        most = self._config.max_history_per_workflow
        if most is not None and stored > most + most // 10:
            self._prune(connection, workflow)

    def _prune(self, connection: apsw.Connection, workflow: str) -> int:
        age = self._config.max_age_seconds
        older_than = None if age is None else self._clock.wall() - age
        return rows.prune(connection, workflow, self._config.max_history_per_workflow, older_than)

    async def _write(self, job: Callable[[apsw.Connection], _Result]) -> _Result:
        return await asyncio.wrap_future(self._committer.submit(job))

    async def _read(self, job: Callable[[apsw.Connection], _Result]) -> _Result:
        def guarded() -> _Result:
            try:
                return job(self._reader)
            except apsw.Error as error:
                raise WorkflowStoreError(
                    "workflow.read_failed", path=str(self._path), reason=str(error)
                ) from error
            except (ValueError, TypeError) as error:
                raise RecoveryError(
                    "workflow.read_failed", path=str(self._path), reason=str(error)
                ) from error

        try:
            reading: Future[Any] = self._reading.submit(guarded)
        except RuntimeError as error:
            raise WorkflowStoreError("workflow.store_closed", path=str(self._path)) from error
        result: _Result = await asyncio.wrap_future(reading)
        return result


def _opened(path: Path, make: bool, clock: Clock) -> tuple[Committer, apsw.Connection]:
    new = not path.exists()
    if new and not make:
        raise WorkflowStoreError("workflow.store_missing", path=str(path))
    mark_path = path.with_name(path.name + ".high-water")
    try:
        lock = WriteLock(path.with_name(path.name + ".lock"))
    except OSError as error:
        raise translated(unusable(path, error)) from error
    owned: list[Any] = [lock]
    try:
        with lock.held():
            mark = read_mark(mark_path)
            connection = open_for_writing(path, tables.FORM)
            owned.append(connection)
            if new:
                path.chmod(0o600)
            loss = missing(connection, mark)
            high_water = HighWater(mark_path)
            owned.append(high_water)
            reader = open_for_reading(path)
    except BaseException as error:
        for one in owned:
            one.close()
        if isinstance(error, StoreError):
            raise translated(error) from error
        if isinstance(error, (OSError, apsw.Error)):
            raise translated(unusable(path, error)) from error
        raise
    committer = Committer(path, connection, lock, high_water, clock)
    if loss is not None:
        committer.problems.append(loss)
    return committer, reader
