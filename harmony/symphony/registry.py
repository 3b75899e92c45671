"""What a Symphony knows by name: its services, and the entities that belong to its state.

Whoever wants an object of their own in every checkpoint registers it under a type and an id; what
it then has to be able to say is written in `serialization.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harmony.symphony.errors import NotRegisteredError

Key = tuple[str, str]
"""The type of an entity and its id."""


class Registry:
    """Services by name, entities by type and id. Used on the event loop alone."""

    def __init__(self, services: Mapping[str, Any] | None = None) -> None:
        self._services = dict(services or {})
        self._entities: dict[Key, Any] = {}

    def get(self, name: str, entity_id: str | None = None) -> Any:
        """A service (`"workflow_engine"`, `"agents"`), or with two words an entity.

        Raises NotRegisteredError.
        """
        if entity_id is None:
            found, known = self._services.get(name), sorted(self._services)
        else:
            found = self._entities.get((name, entity_id))
            known = sorted(key[1] for key in self._entities if key[0] == name)
        if found is None:
            wanted = name if entity_id is None else f"{name} {entity_id}"
            listed = ", ".join(known) or "none"
            raise NotRegisteredError("symphony.not_registered", name=wanted, known=listed)
        return found

    def register(self, entity_type: str, entity_id: str, entity: Any) -> None:
        """Make an object part of every checkpoint from now on, in place of one with the same id."""
        self._entities[(entity_type, entity_id)] = entity

    def unregister(self, entity_type: str, entity_id: str) -> None:
        """It is no part of later checkpoints. Raises NotRegisteredError."""
        self.get(entity_type, entity_id)
        del self._entities[(entity_type, entity_id)]

    def entities(self) -> dict[Key, Any]:
        """All entities by type and id, in the order in which they came."""
        return dict(self._entities)

    def of_type(self, entity_type: str) -> dict[str, Any]:
        """The entities of a type by their ids."""
        return {key[1]: entity for key, entity in self._entities.items() if key[0] == entity_type}

    def adopt(self, other: Registry) -> None:
        """Take over the entities of another registry, which from now on holds the same."""
        self._entities.update(other._entities)
        other._entities = self._entities
