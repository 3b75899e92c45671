"""Words of the players room: what is wrong with a Player, a value, a parameter or a manifest."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "players.failed": "{message}",
    "players.quota_cpu": (
        "The Player computed for longer than the {limit} seconds of processor time that it may "
        "take for one task."
    ),
    "players.quota_cpu_hint": (
        "Give it less to do at once, or raise cpu_seconds where the Player is declared."
    ),
    "players.quota_wall": (
        "The Player took longer than the {limit} seconds that it may take for one task."
    ),
    "players.quota_wall_hint": (
        "See what it waits for, give it less to do at once, or raise wall_seconds where the Player "
        "is declared."
    ),
    "players.quota_memory": (
        "The Player asked for more memory than the {limit} MB that it may have."
    ),
    "players.quota_memory_hint": (
        "Work on less data at once, or raise memory_mb where the Player is declared."
    ),
    "players.quota_files": (
        "The Player had more files open at once than the {limit} that it may have."
    ),
    "players.quota_files_hint": (
        "Close each file when it is read, or raise open_files where the Player is declared."
    ),
    "players.manifest_format": (
        "This description of Players has the format {found}, which this version cannot read. "
        "Describe the package again."
    ),
    "players.manifest_shape": (
        "This description of Players is damaged at {place}. Describe the package again."
    ),
    "players.manifest_port_type": (
        "The port “{port}” has the type “{type}”, which does not exist. Describe the package again."
    ),
    "players.not_a_package": (
        "“{source}” is neither a folder nor a Python module that holds Players."
    ),
    "players.source_too_large": (
        "{source} holds more than a package of Players can. Put the Players into a folder of "
        "their own."
    ),
    "players.unknown_player": "There is no Player “{player}” in {source}.",
    "players.variadic": (
        "“{name}” takes any number of arguments. A Player names each port and each parameter: "
        "for several values use a list, such as list[Text]."
    ),
    "players.promise_out_of_bounds": "{name} cannot be {found}. Write {expected}.",
    "players.example_outputs": (
        "The example of “{function}” gives {found}. Give a value for each output: {outputs}."
    ),
    "players.example_value": "The example of “{function}” does not fit {port}: {reason}.",
    "players.coroutine": "A Player is a plain function. Write “def” instead of “async def”.",
    "players.annotation_missing": ("“{name}” has no type. Write one, such as {name}: Text."),
    "players.annotation_unknown": (
        "“{name}” has the type {annotation}, which cannot be a port. Ports are Text, Number, "
        "Boolean, Json, Bytes, File, Folder, Table, Image, Vector, View, Any, or a list of one."
    ),
    "players.parameter_type_unknown": (
        "“{name}” has the type {annotation}, which cannot be a parameter. Parameters are str, "
        "int, float, bool, File, Folder, SaveFile, Multiline, Code, Expression, Secret or Choice."
    ),
    "players.annotation_unresolved": "A type in “{name}” cannot be resolved: {reason}.",
    "players.default_not_plain": (
        "The default of “{name}” is {found}. A default is a text, a number, true, false or None."
    ),
    "players.default_not_a_choice": (
        "The default of “{name}” is {found}, which is not among its choices: {choices}."
    ),
    "players.duplicate_player": (
        "“{player}” is defined twice; the one in {file} is left out. Give it another name."
    ),
    "players.output_type": (
        "The output “{port}” has to be {expected}, but the Player returned {found}."
    ),
    "players.outputs_missing": (
        "The Player has to return its outputs {ports}, each as a field, but it returned {found}."
    ),
    "players.input_type": "The input “{port}” has to be {expected}, but {found} arrived.",
    "players.reference_shape": "A value arrived at “{port}” in a form that is not known: {found}.",
    "players.table_rows": "A table cannot be made of these rows: {reason}.",
    "players.table_unreadable": "The table {path} cannot be read: {reason}.",
}
