"""The Artifact Store and the Stale Manager as the settings want them: folders, cold tier, budget.

Used by the running program and by commands that look after content without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmony.conductor.secrets import PREFIX, resolve
from harmony.foundation.clock import Clock
from harmony.foundation.paths import DataFolder
from harmony.foundation.settings import Settings
from harmony.pit.artifacts import ArtifactStore
from harmony.pit.artifacts.cold import ColdPacks
from harmony.pit.stale import Budget, Rules, StaleManager
from harmony.polyphony.store import Store


@dataclass(frozen=True, slots=True)
class Tiers:
    """Where content lies, who moves it, and how much of it there may be."""

    artifacts: ArtifactStore
    stale: StaleManager
    budget: Budget


def tiers_of(
    settings: Settings,
    folder: DataFolder,
    store: Store,
    clock: Clock,
    environment: Mapping[str, str],
) -> Tiers:
    """Put together the parts; connects to nothing yet."""
    hot = Path(settings.hot_folder) if settings.hot_folder else folder.artifacts
    warm = Path(settings.warm_folder) if settings.warm_folder else hot
    cold = None
    if settings.cold_target is not None:
        # Secrets are asked for when they are needed: without one, only the cold tier is away.
        options = settings.cold_options
        cold = ColdPacks(settings.cold_target, lambda: _with_secrets(options, environment))
    artifacts = ArtifactStore(store, folder, hot, warm, clock, cold)
    rules = Rules(settings.hot_days, settings.warm_days, settings.retention_days, cold is not None)
    budget = Budget(settings.disk_budget_mb * (1 << 20))
    return Tiers(artifacts, StaleManager(store, artifacts, clock, rules), budget)


def _with_secrets(options: Any, environment: Mapping[str, str]) -> Any:
    """The same options, with the values of secrets in place of their references."""
    if isinstance(options, Mapping):
        return {key: _with_secrets(value, environment) for key, value in options.items()}
    if isinstance(options, list):
        return [_with_secrets(value, environment) for value in options]
    if isinstance(options, str) and options.startswith(PREFIX):
        return resolve(options, environment)
    return options
