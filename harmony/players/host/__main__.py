"""Reads one line from standard input and serves until told to end."""

from __future__ import annotations

from harmony.players.host.start import main

if __name__ == "__main__":
    main()
