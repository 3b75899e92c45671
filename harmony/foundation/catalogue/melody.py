"""Words of the melody: findings and their cures, Changes that do not fit, files, undo labels."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    # Findings: what is wrong, and under `.cure` what to do.
    "melody.cycle": "These nodes wait for each other in a circle: {path}.",
    "melody.cycle.cure": "Remove one of the wires between them.",
    "melody.empty": "There is nothing in this melody yet.",
    "melody.empty.cure": "Drag a Player from the palette onto the canvas.",
    "melody.type_mismatch": (
        "{source}.{output} gives {source_type}, but {target}.{input} takes {target_type}."
    ),
    "melody.type_mismatch.cure": (
        "Put a Player between them that turns {source_type} into {target_type}, "
        "or use another port."
    ),
    "melody.list_of_lists": (
        "{node} would run once for each item and give a list each time ({outputs}): "
        "a list of lists, which no port takes."
    ),
    "melody.list_of_lists.cure": (
        "Join the items into one before {node}, or use a Player there that gives single values."
    ),
    "melody.input_missing": "The input {port} of {node} has no wire; it needs {type}.",
    "melody.input_missing.cure": "Wire an output that gives {type} to it.",
    "melody.input_taken": "The input {input} of {target} has a wire already, from {sources}.",
    "melody.input_taken.cure": "It takes one value: keep one wire and remove the others.",
    "melody.input_unknown": "{target} has no input called {input} (Player {player}).",
    "melody.input_unknown.cure": "Remove the wire; this Player has no inputs.",
    "melody.input_unknown.cure.matches": "Wire it to one of its inputs: {matches}.",
    "melody.output_unknown": "{source} has no output called {output} (Player {player}).",
    "melody.output_unknown.cure": "Remove the wire; this Player has no outputs.",
    "melody.output_unknown.cure.matches": "Take one of its outputs: {matches}.",
    "melody.player_unknown": "{node} uses the Player {player}, which is not installed.",
    "melody.player_unknown.cure": (
        "Install the extension it comes from, or put another Player there."
    ),
    "melody.player_unknown.cure.matches": (
        "Perhaps it is {matches}; otherwise install the extension that it comes from."
    ),
    "melody.parameter_unknown": "{node} has no parameter called {parameter} (Player {player}).",
    "melody.parameter_unknown.cure": "Remove it from the node.",
    "melody.parameter_unknown.cure.matches": "Perhaps {matches} is meant; otherwise remove it.",
    "melody.parameter_required": "{label} of {node} is empty.",
    "melody.parameter_required.cure": "Fill it in.",
    "melody.parameter_type": "{label} of {node} is {value}, which is not of the kind {kind}.",
    "melody.parameter_type.cure": "Enter a value of the kind {kind}.",
    "melody.parameter_too_small": "{label} of {node} is {value}; the least is {minimum}.",
    "melody.parameter_too_small.cure": "Enter {minimum} or more.",
    "melody.parameter_too_large": "{label} of {node} is {value}; the most is {maximum}.",
    "melody.parameter_too_large.cure": "Enter {maximum} or less.",
    "melody.parameter_choice": "{label} of {node} is {value}, which is not one of its choices.",
    "melody.parameter_choice.cure": "Choose one of: {choices}.",
    "melody.parameter_secret": "{label} of {node} must not stand in the melody itself.",
    "melody.parameter_secret.cure": "Store it as a secret and write secret:NAME here.",
    "melody.input_unsure": (
        "{target} needs its input {input}, but the wire from {source}.{output} is {dependency}: "
        "it may bring nothing."
    ),
    "melody.input_unsure.cure": "Make the wire required, or use a Player whose input is optional.",
    # Findings about what a node does when it fails.
    "melody.setting.retries": "the number of further attempts",
    "melody.setting.retry_base": "the first wait",
    "melody.setting.retry_cap": "the longest wait",
    "melody.setting.retry_errors": "the choice of errors",
    "melody.setting.timeout": "the time limit",
    "melody.setting.heartbeat": "the limit without progress",
    "melody.setting.adaptive": "the deadline from past runs",
    "melody.setting.fallback": "the fallback",
    "melody.setting.on_failure": "what a failure means",
    "melody.setting.notify": "the notification",
    "melody.setting.compensate": "the compensation",
    "melody.setting.parallel": "the number of items at once",
    "melody.setting.quorum": "the quorum",
    "melody.policy_bounds": "{node}: {setting} is {value}; it can be from {least} to {most}.",
    "melody.policy_bounds.cure": "Enter a number from {least} to {most}.",
    "melody.policy_waits": (
        "{node}: the first wait ({first} s) is longer than the longest one ({longest} s)."
    ),
    "melody.policy_waits.cure": "Make the longest wait {first} s or more.",
    "melody.policy_part": "{node}: {setting} names a sub-melody ({player}), not a Player.",
    "melody.policy_part.cure": "Choose a Player.",
    "melody.policy_player_unknown": (
        "{node}: {setting} names the Player {player}, which is not installed."
    ),
    "melody.policy_player_unknown.cure": (
        "Choose another Player, or install the extension it comes from."
    ),
    "melody.policy_player_unknown.cure.matches": (
        "Perhaps it is {matches}; otherwise install the extension that it comes from."
    ),
    "melody.fallback_ports": (
        "{node}: {player} cannot stand in, its ports are others: {other} instead of {own}."
    ),
    "melody.fallback_ports.cure": "Choose a Player with the same ports: {own}.",
    "melody.compensate_ports": (
        "{node}: {player} needs {lacking}, which {node} neither takes nor gives."
    ),
    "melody.compensate_ports.cure": (
        "Choose a Player whose inputs are called like the inputs and outputs of {node}."
    ),
    "melody.quorum_not_deterministic": (
        "{node}: {player} may answer the same question differently, so its replicas cannot vote."
    ),
    "melody.quorum_not_deterministic.cure": (
        "Take the quorum out, or use a Player that is declared deterministic."
    ),
    "melody.quorum_effects": (
        "{node}: {player} changes something outside, and its replicas would do so several times."
    ),
    "melody.quorum_effects.cure": "Take the quorum out, or use a Player without effects.",
    "melody.quorum_mapped": "{node} runs once for each item of {ports}; items cannot vote.",
    "melody.quorum_mapped.cure": "Take the quorum out, or give {node} a single value.",
    "melody.compensate_mapped": (
        "{node} runs once for each item of {ports}; what an item did cannot be taken back alone."
    ),
    "melody.compensate_mapped.cure": (
        "Take the compensation out, or do the work for the whole list in one node."
    ),
    # Findings about parts.
    "melody.part_unknown": "{node} places the sub-melody {part}, which is not in this melody.",
    "melody.part_unknown.cure": "Remove the node, or put a Player there.",
    "melody.part_unknown.cure.matches": "Perhaps it is {matches}; otherwise remove the node.",
    "melody.part_endless": (
        "{node} places the sub-melody {part}, which contains itself or more than {limit} levels."
    ),
    "melody.part_endless.cure": "Take one of the sub-melodies out of the other.",
    "melody.part_circle": "These sub-melodies contain each other: {path}.",
    "melody.part_circle.cure": "Take one of them out of the other.",
    "melody.part_cycle": "Nodes of the sub-melody {part} wait for each other in a circle.",
    "melody.part_cycle.cure": "Unfold it and remove one of the wires between them.",
    "melody.parts_too_many": (
        "With everything inside its sub-melodies this melody has {count} nodes; "
        "the most is {limit}."
    ),
    "melody.parts_too_many.cure": "Place fewer of them, or split the melody into several.",
    "melody.part_not_itemwise": (
        "A list enters {ports} of {node}, but {inner} inside does not work item by item."
    ),
    "melody.part_not_itemwise.cure": (
        "Unfold {node}, or give it single values: each node inside must take one item and give one."
    ),
    "melody.policy_of_part": "{node} places a sub-melody, which cannot have {settings} as a whole.",
    "melody.policy_of_part.cure": "Take it out here, and set it on the nodes inside.",
    "melody.exposed_node": "The {side} {name} shows {port} of {node}, which is not there.",
    "melody.exposed_node.cure": "Show a port of a node that is there, or take {name} out.",
    "melody.exposed_port": "The {side} {name} shows {port} of {node}, which has no such port.",
    "melody.exposed_port.cure": "Take {name} out; this node has no such ports.",
    "melody.exposed_port.cure.matches": "Show one of its ports: {matches}.",
    "melody.exposed_twice": "The inputs {other} and {name} both lead to {port} of {node}.",
    "melody.exposed_twice.cure": "Take one of the two out.",
    "melody.repeat_without_part": "{node} is to repeat, but {player} is a Player by itself.",
    "melody.repeat_without_part.cure": "Fold it into a sub-melody first, or let it run once.",
    "melody.repeat_until": "{node} repeats until {until}, which is no yes-or-no output of it.",
    "melody.repeat_until.cure": "Show a boolean output of the sub-melody and choose it.",
    "melody.repeat_until.cure.matches": "Choose one of: {matches}.",
    "melody.repeat_rounds": "{node} repeats at most {at_most} times; it can be from 1 to {most}.",
    "melody.repeat_rounds.cure": "Enter a number from 1 to {most}.",
    "melody.repeat_carried": (
        "{node} hands {port} from one round to the next, but gives {gives} and takes {takes}."
    ),
    "melody.repeat_carried.cure": "Give one of the two ports another name, or make them fit.",
    "melody.repeat_mapped": "{node} repeats and would also run once for each item of {port}.",
    "melody.repeat_mapped.cure": "Give it a single value, or take the repetition out.",
    "melody.pin_port": "{node} has a value pinned to {port}, and {player} has no such output.",
    "melody.pin_port.cure": "Unpin it, run it, and pin what it gives now.",
    "melody.pin_missing": "{node} is pinned, but not its output {port}, which is wired.",
    "melody.pin_missing.cure": "Unpin it, run it, and pin what it gives now.",
    "melody.pin_type": "{node} has {found} pinned to {port}, where it gives {type}.",
    "melody.pin_type.cure": "Unpin it, run it, and pin what it gives now.",
    "melody.pin_of_part": "{node} is a sub-melody, which cannot be pinned as a whole.",
    "melody.pin_of_part.cure": "Unpin it; pin nodes inside, or let it repeat.",
    # Changes that do not fit.
    "melody.no_such_node": "There is no node called {node}.",
    "melody.no_such_node.cure": "Use the id of a node that is in the melody.",
    "melody.no_such_note": "There is no note called {note}.",
    "melody.no_such_connection": "There is no wire from {source}.{output} to {target}.{input}.",
    "melody.duplicate_id": "Something in this melody is called {id} already.",
    "melody.duplicate_id.cure": "Give it another id.",
    "melody.duplicate_connection": ("{source}.{output} is wired to {target}.{input} already."),
    "melody.duplicate_connection.cure": "One wire between the same two ports is enough.",
    "melody.no_such_part": "There is no sub-melody called {part}.",
    "melody.duplicate_part": "A sub-melody called {part} is there or is named by a node already.",
    "melody.part_in_part": "This edit belongs to the whole melody, not to its sub-melody {part}.",
    "melody.bad_setting": "{what} of {node} cannot be {value!r}.",
    "melody.duplicate_port": "The port {port} is shown outside twice.",
    "melody.fold_nothing": "There is no node to fold.",
    "melody.fold_way_back": (
        "A wire leads out of these nodes to {node} and back to {inner}: select {node} as well."
    ),
    "melody.fold_order": (
        "{port} of {node} takes an item from {outer} before one from {inner}, "
        "and folding would turn them round: select {outer} as well."
    ),
    "melody.unfold_no_part": "{node} places no sub-melody.",
    "melody.unfold_repeats": "{node} repeats its sub-melody: take the repetition out first.",
    "melody.part.title": "Part",
    "melody.part.category": "Sub-melody",
    "melody.bad_id": (
        "{id!r} cannot be an id: use 1 to 100 letters, digits, hyphens and underscores, "
        "no hyphen first."
    ),
    "melody.bad_name": "{value} cannot be a {what}.",
    "melody.bad_place": "{x}, {y} is no place or size for {node} on the canvas.",
    "melody.bad_index": "There is no place {index} among {size}.",
    "melody.bad_value": (
        "The value of {parameter} of {node} cannot be saved ({why}): use text, finite numbers, "
        "yes/no, or lists and tables of those."
    ),
    "melody.no_such_option": "A node has no option {option}; there are priority and retries.",
    "melody.bad_option": (
        "{option} of {node} is {value!r}; use a whole number from {low} to {high}."
    ),
    "melody.too_many": "A melody holds at most {limit} of these.",
    "melody.change_unreadable": "This is no edit that can be read ({why}).",
    "melody.edit_within_edit": (
        "The melody was edited by someone who was just being told of another edit."
    ),
    "melody.no_path": "This melody has no file yet.",
    "melody.no_path.cure": "Say under which name to save it.",
    # Files.
    "melody.file_missing": "There is no such file.",
    "melody.file_missing.cure": "Check the name; the file may have been moved or renamed.",
    "melody.file_unreadable": "It cannot be read: {reason}.",
    "melody.file_unreadable.cure": "Check that it is a file and that you may read it.",
    "melody.file_not_saved": "It could not be saved: {reason}. What was there before is untouched.",
    "melody.file_not_saved.cure": "Free some space or save under another name, then try again.",
    "melody.file_too_large": "It is larger than {limit} bytes, the most a melody may have.",
    "melody.file_too_large.cure": (
        "Check that it is a melody; keep large data in files of their own."
    ),
    "melody.file_empty": "It is empty.",
    "melody.file_empty.cure": "Take a copy of it from a backup, or start a new melody.",
    "melody.file_encoding": "It is not UTF-8 text ({reason}).",
    "melody.file_encoding.cure": (
        "Save it as UTF-8 without a byte order mark, or check that it is a melody at all."
    ),
    "melody.file_syntax": "It is not JSON: {reason} (column {column}).",
    "melody.file_syntax.cure": "Correct this place in a text editor, or take a copy from a backup.",
    "melody.file_truncated": "It ends in the middle.",
    "melody.file_truncated.cure": "Part of it was lost on the way: copy or download it again.",
    "melody.file_too_deep": "Values in it are nested deeper than {limit} levels.",
    "melody.file_too_deep.cure": "Make the value flatter, or keep it in a file of its own.",
    "melody.file_number": "{value} is no number that a melody may hold.",
    "melody.file_number.cure": "Write a finite number of usual size, or the value as text.",
    "melody.file_text": "The text here holds half of a character (a lone surrogate).",
    "melody.file_text.cure": "Type the character again, or remove it.",
    "melody.file_duplicate_key": "The key {key} stands here twice.",
    "melody.file_duplicate_key.cure": "Keep the one that is meant and remove the other.",
    "melody.file_not_a_melody": "It is no Harmony Board melody (its format is {found}).",
    "melody.file_not_a_melody.cure": (
        'Open a .melody file; its first lines hold "format": "{expected}" and "version": {known}.'
    ),
    "melody.file_newer": "It was made by a newer Harmony Board (file version {found}).",
    "melody.file_newer.cure": "Update Harmony Board; this one reads up to version {known}.",
    "melody.file_version": "Its version is {found}, which never was one.",
    "melody.file_version.cure": 'Write "version": {known}.',
    "melody.file_version_too_low": (
        "It says version {found}, but holds what came with version {needed} of the format."
    ),
    "melody.file_version_too_low.cure": 'Write "version": {needed}.',
    "melody.file_duplicate_port": "The port {port} is shown outside twice.",
    "melody.file_duplicate_port.cure": "Give one of the two another name.",
    "melody.file_missing_key": "The key {key} is missing here.",
    "melody.file_missing_key.cure": "Add {key}; docs/melody-format.md says what it holds.",
    "melody.file_unknown_key": "A melody has no key {key} at this place.",
    "melody.file_unknown_key.cure": "Remove it, or correct its spelling.",
    "melody.file_wrong_type": "The value here is {found}: {reason}.",
    "melody.file_wrong_type.cure": "Put a value there that docs/melody-format.md describes.",
    "melody.file_bad_id": "{id} cannot be an id.",
    "melody.file_bad_id.cure": (
        "Use 1 to 100 letters, digits, hyphens and underscores, no hyphen first."
    ),
    "melody.file_too_many": "There are {count} {what} in it, and at most {limit} are allowed.",
    "melody.file_too_many.cure": "Split the melody into several.",
    "melody.file_duplicate_id": "The id {id} is used twice.",
    "melody.file_duplicate_id.cure": "Give one of the two another id, and its wires too.",
    "melody.file_no_such_node": "The wire names the node {id}, which is not in the file.",
    "melody.file_no_such_node.cure": "Correct the name, add the node, or remove the wire.",
    "melody.file_duplicate_connection": "The same wire stands in the file twice.",
    "melody.file_duplicate_connection.cure": "Remove one of the two.",
    # Traces of workflows that are imported.
    "melody.trace_too_large": "It is larger than {limit} bytes, the most that is imported.",
    "melody.trace_too_large.cure": "Import a smaller instance, or split this one.",
    "melody.trace_empty": "It is empty.",
    "melody.trace_empty.cure": "Download the instance again.",
    "melody.trace_not_one": "It is no WfCommons instance: it holds no workflow.",
    "melody.trace_not_one.cure": (
        "Choose a JSON file in WfFormat, such as those of wfcommons/WfInstances."
    ),
    "melody.trace_version": "Its schemaVersion is {found}; WfFormat 1.5 and 1.6 can be imported.",
    "melody.trace_version.cure": "Bring it to WfFormat 1.5 or 1.6 with the tools of WfCommons.",
    "melody.trace_missing_key": "The key {key} is missing here.",
    "melody.trace_missing_key.cure": "Add {key} as WfFormat asks for it, or export it again.",
    "melody.trace_wrong_type": "The value here is {found}: {reason}.",
    "melody.trace_wrong_type.cure": "Put a value there that WfFormat allows, or export it again.",
    "melody.trace_twice": "The task {id} stands here a second time.",
    "melody.trace_twice.cure": "Keep one of the two, or give one another id.",
    "melody.trace_no_such_task": "{task} names {id!r} among its {key}, and there is no such task.",
    "melody.trace_no_such_task.cure": "Add that task, or take its id out of the list.",
    "melody.trace_not_specified": "{id} has a run time and is not among the specified tasks.",
    "melody.trace_not_specified.cure": "Specify that task, or take its run time out.",
    "melody.trace_circle": "These tasks wait for each other in a circle: {path}.",
    "melody.trace_circle.cure": "Remove one of the dependencies between them.",
    "melody.trace_two_sizes": "The file {id} stands here again, with another size than {size}.",
    "melody.trace_two_sizes.cure": "Keep the entry that is right.",
    "melody.trace_too_many": "There are {count} {what} in it; at most {limit} are imported.",
    "melody.trace_too_many.cure": "Import a smaller instance, or split this one.",
    # What an undo menu says.
    "melody.label.group": "Edit",
    "melody.label.add_node": "Add {node}",
    "melody.label.remove_node": "Remove {node}",
    "melody.label.connect": "Wire {source} to {target}",
    "melody.label.disconnect": "Remove wire from {source} to {target}",
    "melody.label.set_parameter": "Set {parameter} of {node}",
    "melody.label.move_one": "Move {node}",
    "melody.label.move": "Move {count} items",
    "melody.label.rename": "Rename to {title}",
    "melody.label.set_option": "Set {option} of {node}",
    "melody.label.set_policy": "Set what happens when {node} fails",
    "melody.label.pin": "Pin the outputs of {node}",
    "melody.label.unpin": "Unpin {node}",
    "melody.label.set_repeat": "Set the repetition of {node}",
    "melody.label.set_dependency": "Make the wire from {source} to {target} {kind}",
    "melody.dependency.hard": "required",
    "melody.dependency.soft": "soft",
    "melody.dependency.optional": "optional",
    "melody.label.set_limits": "Set the limits of a run",
    "melody.label.set_exposed": "Set the ports shown outside",
    "melody.label.add_part": "Add the sub-melody {part}",
    "melody.label.remove_part": "Remove the sub-melody {part}",
    "melody.label.rename_part": "Rename the sub-melody to {part}",
    "melody.label.edit_part": "{label} in {part}",
    "melody.label.fold": "Fold into a sub-melody",
    "melody.label.unfold": "Unfold {node}",
    "melody.label.replace_player": "Replace the Player of {node}",
    "melody.label.add_note": "Add a note",
    "melody.label.remove_note": "Remove a note",
    "melody.label.edit_note": "Edit a note",
    "melody.label.describe": "Describe the melody",
    "melody.clipboard": "Clipboard",
    "melody.label.paste": "Paste",
    "melody.label.duplicate": "Duplicate",
    # What two versions differ in.
    "melody.difference.nothing": "nothing changed",
    "melody.difference.moved": "{count} moved, nothing else",
    "melody.difference.added": "{count} added",
    "melody.difference.changed": "{count} changed",
    "melody.difference.removed": "{count} removed",
    "melody.difference.edit": "{what}: {before} → {after}",
    "melody.difference.unset": "default",
    "melody.difference.repeat": "until {until}, at most {at_most} times",
    "melody.difference.in_part": "in {part}: {text}",
    "melody.difference.node": "node {node}",
    "melody.difference.of_node": "node {node}, {text}",
    "melody.difference.wire": "wire {source}.{output} → {target}.{input}",
    "melody.difference.asks": "{wire}: {before} → {after}",
    "melody.difference.order": "order of the wires into {node}.{port}",
    "melody.difference.note": "note {text}",
    "melody.difference.note_edit": "note: {before} → {after}",
    "melody.difference.part": "sub-melody {part}",
    "melody.difference.part_renamed": "sub-melody {before} is now {after}",
    "melody.difference.what_player": "Player",
    "melody.difference.what_title": "title",
    "melody.difference.what_parameter": "{name}",
    "melody.difference.what_priority": "priority",
    "melody.difference.what_retries": "retries",
    "melody.difference.what_policy": "policy, {name}",
    "melody.difference.what_repeat": "repetition",
    "melody.difference.what_pin": "pinned {name}",
    "melody.difference.what_name": "name",
    "melody.difference.what_description": "description",
    "melody.difference.what_limit": "limit, {name}",
    "melody.difference.what_inputs": "inputs shown outside",
    "melody.difference.what_outputs": "outputs shown outside",
}
