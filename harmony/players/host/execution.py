"""One task, as chart 9 draws the inside of Executing: ValidateInputs, RunPlayer, ValidateOutputs.

Whatever a Player does ends in exactly one `result` or `failure`: an exit, a Ctrl-C of its own,
running out of memory or stack are failures like any other, never a silent death.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from harmony.players.context import Context
from harmony.players.host.arguments import arguments_of
from harmony.players.host.failures import describe_failure
from harmony.players.host.interruption import Interruption
from harmony.players.host.outputs import fit_for_a_message
from harmony.players.host.package import LoadedPlayer, Package
from harmony.players.scratch import scratch_folder
from harmony.players.specs import PlayerSpec
from harmony.players.values import write_output
from harmony.wire.errors import WireError


class Sender(Protocol):
    """Where messages go."""

    def send(self, kind: str, fields: dict[str, Any]) -> None: ...


@dataclass(slots=True)
class Task:
    """What a `run` message asks for."""

    key: tuple[str, int]
    player: str
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    scratch: Path
    staging: Path
    context: Context
    publisher: _Publisher

    @classmethod
    def of(cls, message: dict[str, Any], sender: Sender) -> Task:
        """The task in a checked `run` message."""
        name = {"task": message["task"], "attempt": message["attempt"]}
        staging = Path(message["staging"])
        publisher = _Publisher(sender, name, staging)
        context = Context(
            scratch=Path(message["scratch"]),
            staging=staging,
            secrets=message["secrets"],
            say=lambda kind, fields: sender.send(kind, {**name, **fields}),
            publish=publisher.publish,
        )
        return cls(
            key=(message["task"], message["attempt"]),
            player=message["player"],
            inputs=message["inputs"],
            parameters={**message["parameters"], **message["secrets"]},
            scratch=context.scratch,
            staging=staging,
            context=context,
            publisher=publisher,
        )


@dataclass(slots=True)
class _Publisher:
    """Sends what an output is so far."""

    sender: Sender
    name: dict[str, Any]
    staging: Path
    player: LoadedPlayer | None = field(default=None)

    def publish(self, value: Any, output: str | None) -> None:
        assert self.player is not None
        ports = self.player.spec.outputs
        if output is None and len(ports) == 1:
            output = ports[0].name
        port = self.player.spec.output(output or "")
        if port is None:
            names = ", ".join(port.name for port in ports)
            raise ValueError(f"There is no output {output!r}. The outputs are: {names}.")
        reference = write_output(value, port.type, self.staging, port=port.name)
        self.sender.send("partial", {**self.name, "output": port.name, "value": reference})


def execute(task: Task, package: Package, sender: Sender, interruption: Interruption) -> None:
    """Do a task and send how it ended. Raises ConnectionError when the parent is gone."""
    name = {"task": task.key[0], "attempt": task.key[1]}
    sender.send("started", name)
    started = time.monotonic()
    outputs: dict[str, Any] = {}
    failure: dict[str, Any] | None = None
    try:
        outputs = interruption.run(task.context, lambda: _perform(task, package))
    except BaseException as error:  # noqa: BLE001 - each way to end is told
        failure = describe_failure(error, package.folder)
    task.context.flush()
    flush_output()
    if failure is None:
        try:
            sender.send(
                "result", {**name, "outputs": outputs, "seconds": time.monotonic() - started}
            )
        except WireError as error:
            failure = describe_failure(error, package.folder)
    if failure is not None:
        sender.send("failure", {**name, "error": failure})


def flush_output() -> None:
    """Send on what was printed, so that the parent finds it before the task's end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            # A Player closed or replaced it: then there is nothing to send on.
            continue
    _c_flush()(None)


@cache
def _c_flush() -> Callable[[None], object]:
    """Flushes what libraries print through C, which has buffers of its own."""
    if os.name != "posix":
        return lambda _: None
    import ctypes

    flush: Callable[[None], object] = ctypes.CDLL(None).fflush
    return flush


def _perform(task: Task, package: Package) -> dict[str, Any]:
    player = package.load(task.player)
    task.publisher.player = player
    with scratch_folder(task.scratch):
        arguments = _validate_inputs(player, task)
        returned = _run_player(player, arguments, task.context)
        return _validate_outputs(player.spec, returned, task.staging)


def _validate_inputs(player: LoadedPlayer, task: Task) -> dict[str, Any]:
    """The arguments of the call: values of the input ports, parameters, the context."""
    arguments = arguments_of(player.spec, task.inputs, task.parameters)
    if player.wants_context:
        arguments["context"] = task.context
    return arguments


def _run_player(player: LoadedPlayer, arguments: dict[str, Any], context: Context) -> Any:
    returned = player.function(**arguments)
    if not isinstance(returned, Generator):
        return returned
    # A generator shows its output as it grows. What it returns is the output; one that returns
    # nothing has said it with its last yield.
    last: Any = None
    while True:
        try:
            last = next(returned)
        except StopIteration as stop:
            return last if stop.value is None else stop.value
        _publish_all(player.spec, last, context)


def _publish_all(spec: PlayerSpec, value: Any, context: Context) -> None:
    for name, part in _by_port(spec, value).items():
        context.partial(part, name)


def _validate_outputs(spec: PlayerSpec, returned: Any, staging: Path) -> dict[str, Any]:
    types = {port.name: port.type for port in spec.outputs}
    outputs = {
        name: write_output(value, types[name], staging, port=name)
        for name, value in _by_port(spec, returned).items()
    }
    return fit_for_a_message(outputs, staging)


def _by_port(spec: PlayerSpec, returned: Any) -> dict[str, Any]:
    if not spec.outputs:
        return {}
    if len(spec.outputs) == 1 and not hasattr(returned, "_fields"):
        return {spec.outputs[0].name: returned}
    return {port.name: getattr(returned, port.name) for port in spec.outputs}
