"""The child process that runs Players: `python -m harmony.players.host` (docs/protocol.md)."""
