"""Words of the facade and the terminal."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "symphony.set_form": '--set {entry}: write NODE.PARAM=VALUE, such as filter.where="a > 1".',
    "symphony.set_nowhere": (
        "--set {entry}: no node of this melody has a parameter {name!r}. There are: {known}."
    ),
    "symphony.set_node": (
        "--set {entry}: this melody has no node {name!r}. Its nodes: {known}; * stands for all."
    ),
    "symphony.set_parameter": (
        "--set {entry}: node {node!r} has no parameter {name!r}. It has: {known}."
    ),
    "symphony.import_exists": (
        "There is a file {file} in this folder already. Say with -o where to write the melody."
    ),
    "symphony.melody_meant": "There is no file {file}. Did you mean {meant}?",
    "symphony.melody_missing": (
        "There is no file {file}. Check the name. Melodies to try out lie in {folder}."
    ),
    "symphony.player_unknown": (
        "No Player is called {player}. `harmony players list` names them{matches}."
    ),
}
