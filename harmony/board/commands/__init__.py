"""Every action of the Board as one registered command (DESIGN.md section 8, after qutebrowser).

Menus, tool buttons, shortcuts, the command palette, the shortcuts page and docs/commands.md follow
from the registry; a click, a key and a test run the same function.
"""
