"""Words of the wire."""

from __future__ import annotations

TEMPLATES: dict[str, str] = {
    "wire.acknowledged_wrongly": (
        "The other side says that it has {received} messages; "
        "{sent} were sent, and it had {acknowledged} before."
    ),
    "wire.challenge_expected": "The program began with {kind!r} instead of a challenge.",
    "wire.field_invalid": (
        "The field {field!r} of a message {kind!r} must be {expected}, and is {found}."
    ),
    "wire.field_missing": "A message {kind!r} came without its field {field!r}.",
    "wire.field_unknown": "A message {kind!r} came with a field {field!r} that it does not have.",
    "wire.frame_empty": "A frame of no bytes came; the smallest message has two.",
    "wire.frame_too_large": (
        "A message of {size} bytes is over the limit of {limit}. "
        "Large values go as files: stage them."
    ),
    "wire.handshake_repeated": "A message {kind!r} came again after the handshake was done.",
    "wire.handshake_slow": "A process connected and did not prove itself in time.",
    "wire.hello_expected": "A process began with {kind!r} instead of a hello.",
    "wire.kind_unknown": "There is no message of the kind {kind} in this direction.",
    "wire.no_common_version": (
        "The Player process speaks the protocol version {offered}, this program {spoken}. "
        "Install the same version of Harmony Board for both."
    ),
    "wire.nonce_repeated": "A process sent the program's own nonce back.",
    "wire.not_an_object": "A message must be a JSON object, and was a {found}.",
    "wire.not_connected": "A message was sent on a connection that is {state}.",
    "wire.not_json": "A message is no valid JSON: {reason}.",
    "wire.not_sendable": "A message holds something that JSON has no form for: {reason}.",
    "wire.process_unknown": "A process connected that nobody expected: {process!r}.",
    "wire.proof_wrong": "The process {process!r} did not know its secret.",
    "wire.not_ready": "The Player process sent {kind!r} before it said that it is ready.",
    "wire.ready_repeated": "The Player process said twice that it is ready.",
    "wire.refused": "The program closed the connection before the handshake was done.",
    "wire.resume_unasked": "The Player process spoke of a reconnection where there was none.",
    "wire.spoke_before_welcome": "A process sent messages before it was welcomed.",
    "wire.too_deep": "A message nests deeper than {limit} levels.",
    "wire.too_many_items": "A message holds more than {limit} values.",
}
