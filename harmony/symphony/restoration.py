"""Entities out of a checkpoint, in two phases: create every one, then connect them (seeds/002).

Nothing is connected before all are created, so entities that refer to each other in a circle come
back like any others. All of it happens beside the present state, which is replaced only when every
step has succeeded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harmony.symphony.errors import MissingRestorerError, RestorationFailedError, StateError
from harmony.symphony.registry import Key
from harmony.symphony.serialization import (
    EntityReference,
    references_in,
    refuse_dangling,
    with_references,
)

if TYPE_CHECKING:
    from harmony.symphony.facade import Symphony


class RestorationContext:
    """What a restorer may use: the Symphony being restored, and the entities created so far.

    `symphony` works on the state that is being built: an agent that a restorer creates joins the
    present ones only when the whole restoration has succeeded.
    """

    def __init__(self, symphony: Symphony, checkpoint_id: str) -> None:
        self.symphony = symphony
        self.checkpoint_id = checkpoint_id
        self.entities: dict[Key, Any] = {}

    def entity(self, entity_type: str, entity_id: str) -> Any:
        """An entity of this checkpoint that has been created. In `connect` all have been."""
        return self.entities[(entity_type, entity_id)]

    def resolve(self, value: Any) -> Any:
        """A value of `data` with the entity itself in place of each reference."""
        if isinstance(value, EntityReference):
            return self.entities[value.key]
        if isinstance(value, dict):
            return {key: self.resolve(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner) for inner in value]
        return value


class EntityRestorer(ABC):
    """Recreates the entities of one type. Derive from it, and register an instance."""

    @property
    @abstractmethod
    def entity_type(self) -> str:
        """The type under which the entities are registered."""

    @abstractmethod
    async def restore(
        self, entity_id: str, data: dict[str, Any], context: RestorationContext
    ) -> Any:
        """First phase: the entity with its own properties.

        `data` is what the entity said of itself. Where another entity stood there is an
        EntityReference, since that one may not have been created yet.
        """

    async def connect(self, entity: Any, data: dict[str, Any], context: RestorationContext) -> None:
        """Second phase: put the entities themselves where references stood.

        By default each key of `data` that holds references is set as the attribute of that name,
        or as the key of a mapping. Override it where an entity keeps them in another way.
        """
        for key, value in data.items():
            if next(references_in(value), None) is None:
                continue
            resolved = context.resolve(value)
            if isinstance(entity, MutableMapping):
                entity[key] = resolved
            else:
                setattr(entity, key, resolved)


class RestoreManager:
    """The restorers by the type that each is for. A plain object: make as many as you like."""

    def __init__(self, restorers: Iterable[EntityRestorer] = ()) -> None:
        self._restorers: dict[str, EntityRestorer] = {}
        for restorer in restorers:
            self.register_restorer(restorer)

    def register_restorer(self, restorer: EntityRestorer) -> None:
        """Use it for its type from now on, in place of one that was registered before."""
        self._restorers[restorer.entity_type] = restorer

    def restorer_for(self, entity_type: str) -> EntityRestorer | None:
        """The restorer of a type, if there is one."""
        return self._restorers.get(entity_type)


class AgentRestorer(EntityRestorer):
    """Recreates agents: each from its configuration, with its interactions so far."""

    @property
    def entity_type(self) -> str:
        return "Agent"

    async def restore(
        self, entity_id: str, data: dict[str, Any], context: RestorationContext
    ) -> Any:
        """The agent with the configuration and the history that it had."""
        agent = await context.symphony.agents.create_agent({**data["config"], "id": entity_id})
        agent.remember(data["interaction_history"])
        return agent


class DictionaryRestorer(EntityRestorer):
    """Recreates entities that were plain mappings registered under the type `dict`."""

    @property
    def entity_type(self) -> str:
        return "dict"

    async def restore(
        self,
        entity_id: str,  # noqa: ARG002 - the signature of every restorer
        data: dict[str, Any],
        context: RestorationContext,  # noqa: ARG002
    ) -> Any:
        """A dictionary with the same keys."""
        return dict(data)


restore_manager = RestoreManager((AgentRestorer(), DictionaryRestorer()))
"""The one that a Symphony uses when it is given no other. It has no part in anything else."""


async def restored(
    states: Mapping[Key, Any], manager: RestoreManager, context: RestorationContext
) -> dict[Key, Any]:
    """Every entity of a checkpoint, created and connected.

    Raises MissingRestorerError and DanglingReferenceError before any is created, and
    RestorationFailedError when a restorer fails.
    """
    found = {key: manager.restorer_for(key[0]) for key in states}
    missing = sorted({key[0] for key, restorer in found.items() if restorer is None})
    if missing:
        raise MissingRestorerError("symphony.missing_restorer", types=", ".join(missing))
    data = {key: with_references(state) for key, state in states.items()}
    refuse_dangling(data)
    restorers = {key: restorer for key, restorer in found.items() if restorer is not None}
    for key, restorer in restorers.items():
        with _naming(key):
            context.entities[key] = await restorer.restore(key[1], data[key], context)
    for key, restorer in restorers.items():
        with _naming(key):
            await restorer.connect(context.entities[key], data[key], context)
    return dict(context.entities)


@contextmanager
def _naming(key: Key) -> Iterator[None]:
    """Says of which entity an error is that a restorer raises."""
    try:
        yield
    except StateError:
        raise
    except Exception as error:
        raise RestorationFailedError(
            "symphony.restorer_failed",
            entity=f"{key[0]} {key[1]}",
            reason=f"{type(error).__name__}: {error}",
        ) from error
