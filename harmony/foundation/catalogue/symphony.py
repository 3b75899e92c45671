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
    "symphony.not_set_up": (
        "This Symphony has not been brought up: await symphony.setup(state_dir=...) first."
    ),
    "symphony.persistence_disabled": (
        "Checkpoints are not enabled: make it with Symphony(persistence_enabled=True)."
    ),
    "symphony.not_registered": "Nothing is registered as {name!r}. There are: {known}.",
    "symphony.workflow_unknown": (
        "No workflow has the id {workflow!r}. Register it: await symphony.workflows.register(...)."
    ),
    "symphony.workflow_failed": "{name} is {state}: {reason}",
    "symphony.agent_name": "An agent needs a name that is a text; this one is {name}.",
    "symphony.agent_exists": (
        "There is an agent {agent} already. Leave the id out, or remove that one first."
    ),
    "symphony.no_instrument": (
        "Agent {agent}: {player} is no Instrument that is here. `harmony players list` names them."
    ),
    "symphony.agent_takes_no_text": "{player} takes no text, so no agent can be made of it.",
    "symphony.agent_parameter": (
        "Agent {agent}: {player} has no parameter {name!r}. It has: {known}."
    ),
    "symphony.no_state": (
        "{entity} ({kind}) does not say its state. Give it a method to_state() that returns a "
        "dictionary, or register a dictionary or a dataclass."
    ),
    "symphony.not_storable": (
        "{place} is a {kind}, which has no form in JSON. Say it as texts, numbers, lists and "
        "dictionaries; another entity must be registered itself."
    ),
    "symphony.state_too_deep": "{place} is nested more than {limit} levels deep.",
    "symphony.state_key": "{place}: {key} cannot be a key. Keys are texts other than $entity.",
    "symphony.dangling_reference": (
        "{entity} refers to {missing}, which is not registered. Nothing was changed."
    ),
    "symphony.missing_restorer": (
        "No restorer is registered for: {types}. Nothing was changed. Register one: "
        "restore_manager.register_restorer(...)."
    ),
    "symphony.restorer_failed": "{entity} could not be restored: {reason}. Nothing was changed.",
    "symphony.nothing_to_pin": (
        "{node} gave nothing in this run that could be pinned. Run it first, then pin its output."
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
