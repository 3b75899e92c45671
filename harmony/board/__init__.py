"""The Harmony Board: the desktop window over the engine (DESIGN.md section 4)."""
