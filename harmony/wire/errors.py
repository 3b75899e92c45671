"""What can be wrong with something that came over a socket, or was about to go out on one."""

from __future__ import annotations

from harmony.foundation.errors import HarmonyError


class WireError(HarmonyError):
    """The root of this room's errors. A connection on which one arises is given up."""


class FrameError(WireError):
    """A frame that is too large or empty: where the next one starts is not known any more."""


class CodecError(WireError):
    """The content of a frame is no JSON object, or one that nests or holds too much."""


class MessageError(WireError):
    """A message of an unknown kind, or with a field that is missing, unknown or of a wrong form."""


class HandshakeError(WireError):
    """The other side did not prove who it is, or took too long to."""


class DeliveryError(WireError):
    """The other side claims to have messages that were never sent, or to have lost some it had."""
