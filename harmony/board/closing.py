"""The end of the window: unsaved edits, and runs that still go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harmony.board.dialogs.ask import Answer, ask
from harmony.conductor.events import Event, RunChanged
from harmony.conductor.run_state import ENDED_RUN
from harmony.foundation.words import render
from harmony.states.melody_execution import RunState
from harmony.symphony import Run

if TYPE_CHECKING:
    from harmony.board.window import BoardWindow


class Closing:
    """Decides whether the window may close, asking what has to be asked."""

    def __init__(self, window: BoardWindow) -> None:
        self._window = window
        self._asking = False
        self._agreed = False
        self._until_idle = False
        window.feed.runs_changed.connect(self._runs_changed)

    def may_close(self) -> bool:
        """Whether it may close now. If something must be asked, it closes by itself later."""
        if self._agreed or not self._something_to_ask():
            return True
        if not self._asking:
            self._asking = True
            self._window.background.start(self._ask())
        return False

    @property
    def waits_for_runs(self) -> bool:
        """Whether the window ends by itself once its runs have ended."""
        return self._until_idle

    def end_now(self) -> None:
        """The system ends the program: nothing is asked. Runs can be resumed at the next start."""
        self._agreed = True
        self._window.close()

    def stay(self) -> None:
        """The user came back to the window: it stays after all."""
        self._until_idle = False

    def _something_to_ask(self) -> bool:
        documents = self._window.workspace.documents
        unsaved = any(d.document.modified and d.document.melody.nodes for d in documents)
        return unsaved or bool(self._window.symphony.active_runs())

    async def _ask(self) -> None:
        try:
            for document in list(self._window.workspace.documents):
                if not await self._window.desk.file.may_lose_edits(document):
                    return
            if self._window.symphony.active_runs() and not await self._ask_about_runs():
                return
            self._agreed = True
        finally:
            self._asking = False
        self._window.close()

    async def _ask_about_runs(self) -> bool:
        runs = self._window.symphony.active_runs()
        answer = await ask(
            self._window,
            render("board.ask_quit_run", count=len(runs)),
            render("board.ask_quit_run_why"),
            (
                Answer("keep", render("board.ask_quit_run_keep")),
                Answer("pause", render("board.ask_quit_run_pause")),
                Answer("stop", render("board.stop_run"), "destructive"),
                Answer("cancel", render("board.cancel"), "reject"),
            ),
        )
        if answer == "keep":
            self._until_idle = True
            self._window.showMinimized()
            self._runs_changed()
            return False
        if answer == "pause":
            for run in self._window.symphony.active_runs():
                await self._paused(run)
        if answer == "stop":
            for run in self._window.symphony.active_runs():
                run.cancel()
                await run.finished()
        return answer != "cancel"

    async def _paused(self, run: Run) -> None:
        """Pause a run, and wait until that is on disk (or the run has ended by itself)."""
        if run.status != RunState.EXECUTING:
            return
        moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(event: Event) -> None:
            if isinstance(event, RunChanged) and event.run == run.id and not moved.done():
                moved.set_result(None)

        unsubscribe = self._window.symphony.events.subscribe(heard)
        try:
            run.pause()
            await moved
        finally:
            unsubscribe()

    def _runs_changed(self) -> None:
        # A run that has ended still puts its folders away: nobody has to wait for that.
        going_on = any(run.status not in ENDED_RUN for run in self._window.symphony.active_runs())
        if self._until_idle and not going_on:
            self._until_idle = False
            self._agreed = True
            self._window.close()
