"""Words of the Player processes."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "ipc.host_closed": "No Player process can be started any more: the program is closing.",
    "ipc.cannot_listen": "The socket {path} cannot be opened: {reason}.",
}
