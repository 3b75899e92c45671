"""Melodies run as workflows: by an id of the library, from a file, or from a definition in hand.

The library is the Polyphony Store's own: to register a workflow is to save a version of its melody,
and its id is the melody's. So whatever was saved, on the Board too, can be run by its id.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harmony.conductor.conductor import called
from harmony.melody.file import FORMAT, VERSION, dumps, loads
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Melody
from harmony.states.melody_execution import RunState
from harmony.symphony.errors import NotRegisteredError, WorkflowFailedError
from harmony.symphony.plain_values import errors_of, results_of
from harmony.symphony.run import Run
from harmony.symphony.running import load_file

if TYPE_CHECKING:
    from harmony.symphony.facade import Symphony

Definition = Melody | str | os.PathLike[str] | Mapping[str, Any]
"""A workflow: a melody, the path of its file, or the object that such a file holds.

The object may leave out the format, the version, and where nodes stand on a canvas.
"""


class Workflows:
    """Registers workflows and runs them. In the registry it is the `workflow_engine`."""

    def __init__(self, symphony: Symphony) -> None:
        self._symphony = symphony

    async def register(self, definition: Definition, workflow_id: str | None = None) -> str:
        """Save a workflow in the library; its id, which is the melody's unless another is given.

        What was saved under that id before stays as an older version. Raises MelodyFileError.
        """
        melody, path = _melody_of(definition)
        if workflow_id is not None:
            melody = replace(melody, id=workflow_id)
        store = self._symphony.house.store
        await asyncio.to_thread(
            store.remember_version,
            melody.id,
            content_hash(melody),
            dumps(melody),
            called(melody, path),
            path,
        )
        return melody.id

    async def execute_workflow_by_id(
        self,
        workflow_id: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        auto_checkpoint: bool = True,
        checkpoint_every: int | None = None,
    ) -> dict[str, Any]:
        """Run a workflow of the library as it was saved last, to its end; what it gave.

        Otherwise as `execute_workflow`. Raises NotRegisteredError for an unknown id.
        """
        versions = self._symphony.house.store.melody_versions(workflow_id, 1000)
        if not versions:
            raise NotRegisteredError("symphony.workflow_unknown", workflow=workflow_id)
        # What was run once with parameters of its own is no version that somebody saved.
        version = next((found for found in versions if found.run is None), versions[0])
        content = self._symphony.house.store.melody_content(version.snapshot)
        assert content is not None  # a version keeps its content
        run = await self._start(
            loads(content, version.name or workflow_id),
            version.path,
            parameters,
            auto_checkpoint,
            checkpoint_every,
        )
        return await self.result_of(run)

    async def execute_workflow(
        self,
        definition: Definition,
        *,
        parameters: Mapping[str, Any] | None = None,
        auto_checkpoint: bool = True,
        checkpoint_every: int | None = None,
    ) -> dict[str, Any]:
        """Run a workflow to its end; what it gave, as `result_of` says.

        `parameters` are values by `node.parameter` for this run alone. With persistence enabled,
        checkpoints are made at its start, after every so many finished tasks, when a task fails,
        and at its end, unless `auto_checkpoint` is False. Raises MelodyFileError,
        MelodyInvalidError, WorkflowFailedError.
        """
        run = await self.start(
            definition,
            parameters=parameters,
            auto_checkpoint=auto_checkpoint,
            checkpoint_every=checkpoint_every,
        )
        return await self.result_of(run)

    async def start(
        self,
        definition: Definition,
        *,
        parameters: Mapping[str, Any] | None = None,
        auto_checkpoint: bool = True,
        checkpoint_every: int | None = None,
    ) -> Run:
        """The same without waiting for its end. `result_of` waits for it."""
        melody, path = _melody_of(definition)
        return await self._start(melody, path, parameters, auto_checkpoint, checkpoint_every)

    async def result_of(self, run: Run | str) -> dict[str, Any]:
        """Wait for the end of a run of this program, or look at one that has ended.

        A dictionary: `run` its id, `status` its state, `outputs` what each node gave (by node and
        output, as plain values), `errors` what went wrong (by task). Raises WorkflowFailedError,
        which has the same in `result`, when it was not completed.
        """
        symphony = self._symphony
        if isinstance(run, Run):
            await run.finished()
            await symphony.checkpoints.followed(run.id)
        detail = await asyncio.to_thread(symphony.show, run.id if isinstance(run, Run) else run)
        outputs = await asyncio.to_thread(results_of, detail, symphony.house.artifacts)
        errors = errors_of(detail)
        result = {
            "run": detail.summary.id,
            "status": detail.state,
            "outputs": outputs,
            "errors": errors,
        }
        if detail.state != RunState.COMPLETED:
            first = next((f"{task}: {said}" for task, said in errors.items()), detail.state)
            raise WorkflowFailedError(
                "symphony.workflow_failed",
                result,
                name=detail.summary.name,
                state=detail.state,
                reason=first,
            )
        return result

    async def _start(
        self,
        melody: Melody,
        path: str | None,
        parameters: Mapping[str, Any] | None,
        auto_checkpoint: bool,
        every: int | None,
    ) -> Run:
        run = await self._symphony.start(melody, path=path, overrides=parameters)
        if auto_checkpoint:
            await self._symphony.checkpoints.follow(run, called(melody, path), every)
        return run


def _melody_of(definition: Definition) -> tuple[Melody, str | None]:
    """The melody that is meant, and the real path of its file when it comes from one."""
    if isinstance(definition, Melody):
        return definition, None
    if isinstance(definition, Mapping):
        return loads(json.dumps(_whole(definition)).encode(), "the workflow"), None
    return load_file(os.fspath(Path(definition)))


def _whole(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The object of a file, with what a script need not say."""
    nodes = definition.get("nodes")
    placed = nodes
    if isinstance(nodes, list) and all(isinstance(node, Mapping) for node in nodes):
        placed = [{"x": 240 * place, "y": 0, **node} for place, node in enumerate(nodes)]
    usual = {"format": FORMAT, "version": VERSION, "connections": []}
    return {**usual, **definition, "nodes": placed}
