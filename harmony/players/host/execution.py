"""One task, as chart 9 draws the inside of Executing: ValidateInputs, RunPlayer, ValidateOutputs.

Whatever a Player does ends in exactly one `result` or `failure`: an exit, a Ctrl-C of its own, a
limit that it met, running out of memory or stack are failures like any other, never a silent death.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, Protocol

from harmony.players.context import Context
from harmony.players.errors import ValueTypeError
from harmony.players.host.failures import describe_failure
from harmony.players.host.interruption import Interruption
from harmony.players.host.limits import Limits
from harmony.players.host.outputs import fit_for_a_message
from harmony.players.host.package import LoadedPlayer, Package
from harmony.players.host.printing import Printing
from harmony.players.host.task import Task
from harmony.players.scratch import use_scratch_folder
from harmony.players.values import write_output
from harmony.wire.errors import WireError


class Encoder(Protocol):
    """Makes the bytes of a message; WireError for one that may not be sent."""

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes: ...


class Execution:
    """What the tasks of a process have in common."""

    def __init__(
        self, package: Package, encoder: Encoder, interruption: Interruption, limits: Limits
    ) -> None:
        self._package = package
        self._encoder = encoder
        self._interruption = interruption
        self._limits = limits
        self._printing = Printing()

    def closing(self, task: Task) -> bytes:
        """Do a task; the bytes of the message that tells how it ended."""
        outputs: dict[str, Any] = {}
        failure: dict[str, Any] | None = None
        started = time.monotonic()
        self._limits.begin(task.quota)
        try:
            outputs = self._interruption.run(task, lambda: self._perform(task))
        except BaseException as error:  # noqa: BLE001 - each way to end is told
            usage = self._limits.end()
            failure = self._described(error)
        else:
            usage = self._limits.end()
        task.finish()
        self._printing.end()
        if failure is None:
            result = {
                **task.name,
                "outputs": outputs,
                # In whole microseconds: more digits take longer to write than to measure.
                "seconds": int((time.monotonic() - started) * 1e6) / 1e6,
                "usage": usage,
            }
            try:
                return self._encoder.encode("result", result)
            except WireError as error:
                failure = self._described(error)
        return self._encoder.encode("failure", {**task.name, "error": failure})

    def _described(self, error: BaseException) -> dict[str, Any]:
        return describe_failure(error, self._package.folder, self._limits.exceeded(error))

    def _perform(self, task: Task) -> dict[str, Any]:
        use_scratch_folder(task.scratch)
        player = task.player = self._package.load(task.player_id)
        if player.spec.prefetch:
            self._printing.as_messages(task.say)
        arguments = player.arguments.of(task.inputs, task.parameters)
        if player.wants_context:
            arguments["context"] = task.context
        returned = player.function(**arguments)
        if isinstance(returned, Generator):
            returned = _last_of(returned, player, task.context)
        return _validate_outputs(player, returned, task.staging)


def _last_of(growing: Generator[Any, Any, Any], player: LoadedPlayer, context: Context) -> Any:
    """What a Player returned that shows its output as it grows.

    What it returns is the output; one that returns nothing has said it with its last yield.
    """
    last: Any = None
    while True:
        try:
            last = next(growing)
        except StopIteration as stop:
            return last if stop.value is None else stop.value
        for (name, _), part in zip(player.outputs, _by_port(player, last), strict=True):
            context.partial(part, name)


def _validate_outputs(player: LoadedPlayer, returned: Any, staging: str) -> dict[str, Any]:
    outputs = {
        name: write_output(value, port_type, staging, port=name)
        for (name, port_type), value in zip(player.outputs, _by_port(player, returned), strict=True)
    }
    return fit_for_a_message(outputs, staging)


def _by_port(player: LoadedPlayer, returned: Any) -> list[Any]:
    """The value of each output. Raises ValueTypeError when what was returned has other fields."""
    ports = player.outputs
    if len(ports) == 1 and not hasattr(returned, "_fields"):
        return [returned]
    try:
        return [getattr(returned, name) for name, _ in ports]
    except AttributeError:
        raise ValueTypeError(
            "players.outputs_missing",
            ports=", ".join(name for name, _ in ports),
            found="nothing (None)" if returned is None else type(returned).__name__,
        ) from None
