"""Chart 8: an extension from the marketplace to the disk (seeds/000 section 8)."""

from __future__ import annotations

from typing import Final

from harmony.states.chart import draw


class InstallationState:
    BROWSING: Final = "Browsing"
    DOWNLOADING: Final = "Downloading"
    VERIFYING: Final = "Verifying"
    RESOLVING_DEPS: Final = "ResolvingDeps"
    INSTALLING: Final = "Installing"
    INSTALLED: Final = "Installed"
    ROLLING_BACK: Final = "RollingBack"
    FAILED: Final = "Failed"


class InstallationEvent:
    SELECT_EXTENSION: Final = "select_extension"
    DOWNLOAD_COMPLETE: Final = "download_complete"
    DOWNLOAD_FAILED: Final = "download_failed"
    SIGNATURE_VALID: Final = "signature_valid"
    SIGNATURE_INVALID: Final = "signature_invalid"
    DEPENDENCIES_RESOLVED: Final = "dependencies_resolved"
    DEPENDENCY_CONFLICT: Final = "dependency_conflict"
    INSTALL_SUCCESS: Final = "install_success"
    INSTALL_FAILED: Final = "install_failed"
    ROLLBACK_COMPLETE: Final = "rollback_complete"


_State, _Event = InstallationState, InstallationEvent

CHART: Final = draw(
    name="extension_installation",
    title="Extension Installation",
    number=8,
    source="seeds/000 section 8",
    initial=_State.BROWSING,
    final=(_State.INSTALLED, _State.FAILED),
    states=(
        _State.BROWSING,
        _State.DOWNLOADING,
        _State.VERIFYING,
        _State.RESOLVING_DEPS,
        _State.INSTALLING,
        _State.INSTALLED,
        _State.ROLLING_BACK,
        _State.FAILED,
    ),
    transitions={
        (_State.BROWSING, _Event.SELECT_EXTENSION): _State.DOWNLOADING,
        (_State.DOWNLOADING, _Event.DOWNLOAD_COMPLETE): _State.VERIFYING,
        (_State.DOWNLOADING, _Event.DOWNLOAD_FAILED): _State.FAILED,
        (_State.VERIFYING, _Event.SIGNATURE_VALID): _State.RESOLVING_DEPS,
        (_State.VERIFYING, _Event.SIGNATURE_INVALID): _State.FAILED,
        (_State.RESOLVING_DEPS, _Event.DEPENDENCIES_RESOLVED): _State.INSTALLING,
        (_State.RESOLVING_DEPS, _Event.DEPENDENCY_CONFLICT): _State.ROLLING_BACK,
        (_State.INSTALLING, _Event.INSTALL_SUCCESS): _State.INSTALLED,
        (_State.INSTALLING, _Event.INSTALL_FAILED): _State.ROLLING_BACK,
        (_State.ROLLING_BACK, _Event.ROLLBACK_COMPLETE): _State.FAILED,
    },
)
