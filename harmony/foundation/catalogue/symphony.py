"""Words of the facade and the terminal."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "symphony.set_form": '--set {entry}: write NODE.PARAM=VALUE, such as filter.where="a > 1".',
    "symphony.player_unknown": "No Player is called {player}. `harmony players list` names them.",
}
