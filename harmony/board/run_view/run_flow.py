"""Starting, ending, repeating and reopening runs of an open melody, through the facade."""

from __future__ import annotations

import asyncio
import copy
import os
import time
from collections.abc import Mapping
from typing import Any

from harmony.board.documents.open_document import OpenDocument
from harmony.board.documents.workspace import Workspace
from harmony.board.errors import DocumentError
from harmony.board.run_view.account import RunAccount, Spending, account_of
from harmony.board.run_view.feed import RunFeed
from harmony.board.run_view.forking import edited_parameters
from harmony.board.run_view.past_run import inner_counts, model_of, nodes_in
from harmony.board.run_view.run_model import RunModel
from harmony.conductor.detail import RunDetail
from harmony.foundation.clock import Clock
from harmony.melody.fingerprint import content_hash
from harmony.melody.model import Melody
from harmony.pit.arbitration.budget import MILLION
from harmony.pit.dag.scope import Scope
from harmony.states.canvas import CanvasState
from harmony.states.melody_execution import RunState
from harmony.symphony import Run, Symphony

_MOST_COUNTED = 2_000
_MOST_LOOKED_THROUGH = 200


class RunFlow:
    """What Run, Stop, Pause, Resume, Retry and the history do."""

    def __init__(
        self,
        symphony: Symphony,
        workspace: Workspace,
        feed: RunFeed,
        clock: Clock,
    ) -> None:
        self._symphony = symphony
        self._workspace = workspace
        self._feed = feed
        self._clock = clock

    async def start(
        self, document: OpenDocument, scope: Scope | None = None, *, preview: bool = False
    ) -> None:
        """Run a snapshot of the melody. Raises MelodyInvalidError, DocumentError.

        A run of a part of it, or a preview, is a child of the last run and takes over what holds.
        """
        self._check_trusted(document)
        snapshot = copy.deepcopy(document.document.melody)
        after = None
        if scope is not None or preview:
            after = await asyncio.to_thread(self._symphony.last_run_of, snapshot)
        run = await self._symphony.start(
            snapshot, path=document.path, scope=scope, preview=preview, after=after
        )
        self._show_new(document, run, snapshot)

    async def retry(self, document: OpenDocument) -> None:
        """Try what failed again: in the same run, or in a child of it when the melody changed."""
        self._check_trusted(document)
        model = document.model
        if model is None:
            return
        snapshot = copy.deepcopy(document.document.melody)
        run = await self._symphony.retry(model.run, snapshot, path=document.path)
        if run.id == model.run:
            self._continue(document, run)
        else:
            self._show_new(document, run, snapshot)

    async def fork(
        self, document: OpenDocument, nodes: tuple[str, ...] = ()
    ) -> Mapping[str, Any] | None:
        """Run the melody of the run on show once more, as it was then, as a child of that run.

        Parameters that the document now has otherwise are given to it: those of `nodes`, from which
        on all is made anew; without any, those of all nodes. They are returned; None: no run is on
        show. Raises MelodyInvalidError, DocumentError.
        """
        self._check_trusted(document)
        model, melody = document.model, document.document.melody
        if model is None:
            return None
        snapshot = await asyncio.to_thread(self._symphony.melody_of, model.run)
        spec_of = self._symphony.catalogue.spec
        given = edited_parameters(snapshot, melody, spec_of, nodes or snapshot.nodes)
        scope = Scope("from", nodes) if nodes else None
        run = await self._symphony.fork(model.run, overrides=given, scope=scope)
        # Not beside the window: what the run says while nobody listens yet would be lost.
        self._show_new(document, run, self._symphony.melody_of(run.id))
        return given

    async def migrate(self, document: OpenDocument) -> None:
        """Go on with an interrupted run in a child of it, with the Players as they are now."""
        self._check_trusted(document)
        if document.model is not None:
            run = await self._symphony.migrate(document.model.run)
            self._show_new(document, run, self._symphony.melody_of(run.id))

    async def resume(self, document: OpenDocument, *, anyway: bool = False) -> None:
        """Let a paused or interrupted run go on. Raises ResumeRefusedError unless `anyway`."""
        self._check_trusted(document)
        if document.model is None:
            return
        if document.run is not None and document.model.live:
            document.run.resume()
            return
        run = await self._symphony.resume(document.model.run, anyway=anyway)
        self._continue(document, run)

    async def discard(self, run_id: str) -> None:
        """End an interrupted run for good."""
        await self._symphony.discard(run_id)

    async def open_past(self, run_id: str) -> OpenDocument:
        """Show a run of the past: on the tab of the same melody, or on a new one.

        Its journal is read and folded beside the window: it may be long.
        """
        wall_at_zero = self._wall_at_zero()

        def read() -> tuple[RunDetail, Melody, RunModel]:
            detail, snapshot = self._symphony.show(run_id), self._symphony.melody_of(run_id)
            interrupted = run_id in {run.id for run in self._symphony.interrupted_runs()}
            number = self._number(run_id, snapshot.id)
            return detail, snapshot, self._fold(detail, snapshot, number, interrupted, wall_at_zero)

        detail, snapshot, model = await asyncio.to_thread(read)
        document = self._tab_for(run_id, content_hash(snapshot), detail.summary.melody_id)
        if document is None:
            document = self._workspace.new(copy.deepcopy(snapshot))
            document.document.mark_saved()
        else:
            self._workspace.choose(document)
            if document.model is not None and document.model.run == run_id:
                return document
            document.put_run_away()
        document.show_run(model, snapshot, None, past=True)
        self._feed.attach(document)
        return document

    async def show_last(self, document: OpenDocument) -> bool:
        """Show the last run of a melody that was just opened; whether there was one.

        One that was interrupted can then be resumed where one looks for it; one that this program
        still drives is followed further.
        """
        last = self._last_run(document)
        if last is None:
            return False
        driven = {run.id: run for run in self._symphony.active_runs()}.get(last)
        detail = None
        if driven is None:
            detail = await asyncio.to_thread(self._symphony.show, last)
        untouched = document.model is None and document.canvas.state == CanvasState.VIEWING
        if document not in self._workspace.documents or not untouched or document.restricted:
            return False
        snapshot = self._symphony.melody_of(last)
        interrupted = last in {run.id for run in self._symphony.interrupted_runs()}
        number = self._number(last, snapshot.id)
        model = self._fold(detail or self._symphony.show(last), snapshot, number, interrupted)
        if driven is not None and model.live:
            document.canvas.run_started()
            document.show_run(model, snapshot, driven, past=False)
        else:
            looked_at = model.state != RunState.COMPLETED
            document.show_run(model, snapshot, None, past=True, looked_at=looked_at)
        self._feed.attach(document)
        return True

    def _last_run(self, document: OpenDocument) -> str | None:
        if document.path is None or document.restricted:
            return None
        where, melody = os.path.realpath(document.path), document.document.melody.id
        runs = self._symphony.runs(limit=_MOST_LOOKED_THROUGH)
        return next((r.id for r in runs if (r.path, r.melody_id) == (where, melody)), None)

    async def read_account(self, document: OpenDocument) -> None:
        """Make up the account of the run on show, beside the window: its journal may be long."""
        model = document.model
        if model is None or model.live:
            return
        run = model.run

        def read() -> RunAccount:
            return account_of(self._symphony.show(run), self._symphony.damaged(run))

        account = await asyncio.to_thread(read)
        if document.model is model and not model.live:
            document.show_account(account)

    def read_spending(self, document: OpenDocument) -> None:
        """What a run of this program has used so far of its limits."""
        model = document.model
        budget = self._symphony.house.arbitration.budget(model.run) if model is not None else None
        if model is not None and budget is not None:
            model.spent = Spending(budget.tokens.spent, budget.money.spent / MILLION)

    def refresh_elsewhere(self) -> None:
        """Another program may have gone on with a run on show here: read it anew."""
        for document in self._workspace.documents:
            model = document.model
            if model is None or not document.past_run or not model.live:
                continue
            detail = self._symphony.show(model.run)
            interrupted = model.run in {run.id for run in self._symphony.interrupted_runs()}
            snapshot = self._symphony.melody_of(model.run)
            fresh = self._fold(detail, snapshot, model.number, interrupted)
            document.replace_model(fresh)

    def _fold(
        self,
        detail: RunDetail,
        snapshot: Melody,
        number: int,
        interrupted: bool,
        wall_at_zero: float | None = None,
    ) -> RunModel:
        inner = inner_counts(snapshot, self._symphony.catalogue.spec)
        zero = self._wall_at_zero() if wall_at_zero is None else wall_at_zero
        model = model_of(detail, snapshot, number, zero, interrupted, inner)
        model.limits = snapshot.limits
        return model

    def _tab_for(self, run_id: str, melody_hash: str, melody_id: str) -> OpenDocument | None:
        for document in self._workspace.documents:
            if document.model is not None and document.model.run == run_id:
                return document
        for document in self._workspace.documents:
            melody = document.document.melody
            same = melody.id == melody_id and content_hash(melody) == melody_hash
            if same and not document.run_is_live and document.canvas.state != "Editing":
                return document
        return None

    def _show_new(self, document: OpenDocument, run: Run, melody: Melody) -> None:
        inner = inner_counts(melody, self._symphony.catalogue.spec)
        number = self._number(run.id, melody.id)
        nodes = nodes_in(melody, run.nodes)
        model = RunModel(run.id, nodes, number, self._wall_at_zero(), inner)
        model.started = self._clock.wall()
        model.limits = melody.limits
        document.canvas.run_started()
        document.show_run(model, melody, run, past=False)
        self._feed.attach(document)

    def _continue(self, document: OpenDocument, run: Run) -> None:
        document.canvas.run_started()
        if document.model is not None:
            document.model.continues()
        document.continue_run(run)
        self._feed.attach(document)

    def _number(self, run_id: str, melody_id: str) -> int:
        """Which run of its melody this is, counted from 1."""
        runs = self._symphony.runs(limit=_MOST_COUNTED)
        melody = next((run.melody_id for run in runs if run.id == run_id), melody_id)
        # Ids sort by the time they were made; a run that has just begun may not be listed yet.
        earlier = {run.id for run in runs if run.melody_id == melody and run.id < run_id}
        return len(earlier) + 1

    def _check_trusted(self, document: OpenDocument) -> None:
        if document.restricted:
            raise DocumentError("board.not_trusted")

    def _wall_at_zero(self) -> float:
        # What is painted counts seconds on time.monotonic, whatever clock the engine was given.
        return self._clock.wall() - time.monotonic()
