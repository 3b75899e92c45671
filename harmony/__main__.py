"""`python -m harmony`: the same as the `harmony` command."""

from __future__ import annotations

from harmony.cli import main

if __name__ == "__main__":
    main()
