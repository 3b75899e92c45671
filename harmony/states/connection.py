"""Chart 6: the connection to a Player process (seeds/000 section 6)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import added_arrow, draw


class ConnectionState:
    DISCONNECTED: Final = "Disconnected"
    CONNECTING: Final = "Connecting"
    AUTHENTICATING: Final = "Authenticating"
    CONNECTED: Final = "Connected"
    DEGRADED: Final = "Degraded"
    RECONNECTING: Final = "Reconnecting"


class ConnectionEvent:
    CONNECT: Final = "connect"
    TRANSPORT_ESTABLISHED: Final = "transport_established"
    CONNECTION_FAILED: Final = "connection_failed"
    AUTH_SUCCESS: Final = "auth_success"
    AUTH_FAILED: Final = "auth_failed"
    LATENCY_SPIKE: Final = "latency_spike"
    PACKET_LOSS: Final = "packet_loss"
    PERFORMANCE_RESTORED: Final = "performance_restored"
    HEALTH_CHECK_FAILED: Final = "health_check_failed"
    CONNECTION_LOST: Final = "connection_lost"
    RETRY_ATTEMPT: Final = "retry_attempt"
    MAX_RETRIES_EXCEEDED: Final = "max_retries_exceeded"
    DISCONNECT: Final = "disconnect"


_State, _Event = ConnectionState, ConnectionEvent
_ANY_TIME: Final = "The program may close a connection at any time, not only when all is well."

CHART: Final = draw(
    name="connection",
    title="IPC Connection",
    number=6,
    source="seeds/000 section 6",
    initial=_State.DISCONNECTED,
    states=(
        _State.DISCONNECTED,
        _State.CONNECTING,
        _State.AUTHENTICATING,
        _State.CONNECTED,
        _State.DEGRADED,
        _State.RECONNECTING,
    ),
    transitions={
        (_State.DISCONNECTED, _Event.CONNECT): _State.CONNECTING,
        (_State.CONNECTING, _Event.TRANSPORT_ESTABLISHED): _State.AUTHENTICATING,
        (_State.CONNECTING, _Event.CONNECTION_FAILED): _State.DISCONNECTED,
        (_State.AUTHENTICATING, _Event.AUTH_SUCCESS): _State.CONNECTED,
        (_State.AUTHENTICATING, _Event.AUTH_FAILED): _State.DISCONNECTED,
        (_State.CONNECTED, _Event.LATENCY_SPIKE): _State.DEGRADED,
        (_State.CONNECTED, _Event.PACKET_LOSS): _State.DEGRADED,
        (_State.DEGRADED, _Event.PERFORMANCE_RESTORED): _State.CONNECTED,
        (_State.DEGRADED, _Event.HEALTH_CHECK_FAILED): _State.RECONNECTING,
        (_State.CONNECTED, _Event.CONNECTION_LOST): _State.RECONNECTING,
        (_State.RECONNECTING, _Event.RETRY_ATTEMPT): _State.CONNECTING,
        (_State.RECONNECTING, _Event.MAX_RETRIES_EXCEEDED): _State.DISCONNECTED,
        (_State.CONNECTED, _Event.DISCONNECT): _State.DISCONNECTED,
    },
    added=(
        added_arrow(_State.CONNECTING, _Event.DISCONNECT, _State.DISCONNECTED, _ANY_TIME),
        added_arrow(_State.AUTHENTICATING, _Event.DISCONNECT, _State.DISCONNECTED, _ANY_TIME),
        added_arrow(_State.DEGRADED, _Event.DISCONNECT, _State.DISCONNECTED, _ANY_TIME),
        added_arrow(_State.RECONNECTING, _Event.DISCONNECT, _State.DISCONNECTED, _ANY_TIME),
        added_arrow(
            _State.DEGRADED,
            _Event.CONNECTION_LOST,
            _State.RECONNECTING,
            "A slow connection may break outright, before a health check has noticed.",
        ),
    ),
)
