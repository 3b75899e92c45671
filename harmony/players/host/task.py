"""One task of this process: the `run` message, and what its Player may say while it runs.

A message may wait behind others that were sent ahead, and most Players ask for nothing: what a
Player can use is made when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from harmony.players.context import Context
from harmony.players.host.package import LoadedPlayer
from harmony.players.values import read_input, write_output


class Sender(Protocol):
    """Where messages go."""

    def send(self, kind: str, fields: dict[str, Any]) -> None: ...


class Task:
    """What a checked `run` message asks for, and whether it is still wanted."""

    __slots__ = ("_context", "_message", "_sender", "cancelled", "key", "name", "player")

    def __init__(self, message: dict[str, Any], sender: Sender) -> None:
        self._message = message
        self._sender = sender
        self._context: Context | None = None
        self.cancelled = False
        self.key: tuple[str, int] = (message["task"], message["attempt"])
        self.name = {"task": self.key[0], "attempt": self.key[1]}
        self.player: LoadedPlayer | None = None

    @property
    def player_id(self) -> str:
        """The Player that is to run."""
        return str(self._message["player"])

    @property
    def inputs(self) -> dict[str, Any]:
        """A reference for each input port."""
        inputs: dict[str, Any] = self._message["inputs"]
        return inputs

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters, with secrets among them by their values."""
        message = self._message
        parameters: dict[str, Any] = message["parameters"]
        return {**parameters, **message["secrets"]} if message["secrets"] else parameters

    @property
    def scratch(self) -> str:
        """The folder of the task's own files."""
        return str(self._message["scratch"])

    @property
    def staging(self) -> str:
        """The folder that large outputs are written to."""
        return str(self._message["staging"])

    @property
    def quota(self) -> dict[str, Any] | None:
        """The limits of this task, where they differ from those of the process."""
        return self._message.get("quota")

    @property
    def context(self) -> Context:
        """The Player's side of the task. Asked for in the main thread."""
        if self._context is None:
            saved = self._message.get("saved")
            self._context = Context(
                scratch=Path(self.scratch),
                staging=Path(self.staging),
                secrets=self._message["secrets"],
                saved=None if saved is None else lambda: read_input(saved, "json", port="saved"),
                keep=self._keep,
                say=self.say,
                publish=self._publish,
            )
            # It may have been cancelled by the other thread in this very moment.
            if self.cancelled:
                self._context.cancel()
        return self._context

    def cancel(self) -> None:
        """It is not wanted any more. Called in any thread."""
        self.cancelled = True
        if self._context is not None:
            self._context.cancel()

    def finish(self) -> None:
        """Send what was held back. Called when the Player is done."""
        if self._context is not None:
            self._context.flush()

    def say(self, kind: str, fields: dict[str, Any]) -> None:
        """Send a message of this task. Called in any thread."""
        self._sender.send(kind, {**self.name, **fields})

    def _keep(self, state: Any) -> None:
        """Send where the work stands, for the next attempt."""
        reference = write_output(state, "json", Path(self.staging), port="saved")
        del reference["summary"]
        self.say("save", {"value": reference})

    def _publish(self, value: Any, output: str | None) -> None:
        """Send what an output is so far."""
        assert self.player is not None
        ports = self.player.spec.outputs
        if output is None and len(ports) == 1:
            output = ports[0].name
        port = self.player.spec.output(output or "")
        if port is None:
            names = ", ".join(port.name for port in ports)
            raise ValueError(f"There is no output {output!r}. The outputs are: {names}.")
        reference = write_output(value, port.type, Path(self.staging), port=port.name)
        self.say("partial", {"output": port.name, "value": reference})
