"""Agents: named Instruments with a configuration and a history of what they were asked.

Asking an agent is a run like any other: its Instrument works in a process of its own, the run
stands in the history with its log, and a failure is found out in the same way. No agent has a
network but what its configuration names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harmony.melody.model import Connection, Melody, Node
from harmony.players.specs import PlayerSpec
from harmony.symphony.errors import AgentError, WorkflowFailedError
from harmony.symphony.registry import Registry

AGENT: Final = "Agent"
OFFLINE: Final = "harmony/keywords"
"""What an agent is that names no Instrument and no model: it needs no network."""

WITH_A_MODEL: Final = "harmony/chat"
_QUESTION: Final = "harmony/text_value"


@dataclass(frozen=True, slots=True)
class Engine:
    """What agents need of the engine: to run a melody, what a Player is, a new id, the time."""

    run: Callable[[Melody], Awaitable[dict[str, Any]]]
    spec_of: Callable[[str], PlayerSpec | None]
    new_id: Callable[[], str]
    now: Callable[[], float]


class Agent:
    """A named Instrument. Call it with a text, and wait for its answer."""

    def __init__(self, config: Mapping[str, Any], engine: Engine) -> None:
        self._config = dict(config)
        self._engine = engine
        self._interaction_history: list[dict[str, Any]] = []
        self._melody = _melody_of(self._config, engine.spec_of)

    def __repr__(self) -> str:
        return f"Agent({self.name!r}, {self.instrument})"

    @property
    def id(self) -> str:
        """Its id among the agents."""
        return str(self._config["id"])

    @property
    def name(self) -> str:
        """What a person calls it."""
        return str(self._config["name"])

    @property
    def instrument(self) -> str:
        """The Player that answers."""
        return self._melody.nodes["answer"].player

    @property
    def config(self) -> dict[str, Any]:
        """What it was made from, with its id."""
        return dict(self._config)

    @property
    def interaction_history(self) -> list[dict[str, Any]]:
        """What it was asked and what it answered, the oldest first.

        Each: `input`, `output` (None when it failed, then `error` says why), `run` and `at`.
        """
        return list(self._interaction_history)

    async def __call__(self, text: str) -> Any:
        """Ask it. Its answer as a plain value; raises WorkflowFailedError when it has none."""
        wired = Connection("question", "text", "answer", _input_of(self._spec))
        melody = Melody(
            id=self._melody.id,
            name=self.name,
            nodes={
                "question": Node("question", _QUESTION, parameters={"value": text}),
                **self._melody.nodes,
            },
            connections={wired: "hard"},
        )
        asked: dict[str, Any] = {"input": text, "output": None, "at": self._engine.now()}
        try:
            result = await self._engine.run(melody)
        except WorkflowFailedError as error:
            self._interaction_history.append(
                {**asked, "error": str(error), "run": error.result.get("run")}
            )
            raise
        answer = result["outputs"]["answer"][_output_of(self._spec)]
        self._interaction_history.append(
            {**asked, "output": _remembered(answer), "run": result["run"]}
        )
        return answer

    def remember(self, interactions: Sequence[Mapping[str, Any]]) -> None:
        """Take these for what it was asked before, instead of what it remembers now."""
        self._interaction_history = [dict(each) for each in interactions]

    def to_state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"config": self._config, "interaction_history": self._interaction_history}

    @property
    def _spec(self) -> PlayerSpec:
        spec = self._engine.spec_of(self.instrument)
        if spec is None:
            raise AgentError("symphony.no_instrument", agent=self.name, player=self.instrument)
        return spec


class Agents:
    """Makes agents and finds them. They are entities: every checkpoint holds them."""

    def __init__(
        self, registry: Callable[[], Registry], engine: Callable[[], Engine], *, replacing: bool
    ) -> None:
        """`replacing`: an agent may take the place of one with its id (while restoring)."""
        self._registry = registry
        self._engine = engine
        self._replacing = replacing

    async def create_agent(self, config: Mapping[str, Any]) -> Agent:
        """An agent from its configuration. Raises AgentError.

        `name` is what it is called. `instrument` is the id of an Instrument; without one it is
        `harmony/chat` when a `model` is named, else `harmony/keywords`, which needs no network.
        What is named like a parameter of the Instrument (`model`, `base_url`, `system`, …), at the
        top or under `parameters`, is its parameter; a secret is a reference, `secret:NAME`.
        Everything else is kept with the agent and means nothing to the engine.
        """
        engine = self._engine()
        identifier = str(config.get("id") or engine.new_id())
        agent = Agent(
            {"name": f"agent {identifier[-8:]}", **config, "id": identifier},
            engine,
        )
        if not self._replacing and identifier in self._registry().of_type(AGENT):
            raise AgentError("symphony.agent_exists", agent=identifier)
        self._registry().register(AGENT, identifier, agent)
        return agent

    def get(self, name: str) -> Agent:
        """An agent by its id, or by its name. Raises NotRegisteredError."""
        for agent in self.all():
            if name in (agent.id, agent.name):
                return agent
        found: Agent = self._registry().get(AGENT, name)  # says who there is
        return found

    def all(self) -> list[Agent]:
        """All agents, the oldest first."""
        return list(self._registry().of_type(AGENT).values())

    async def remove(self, name: str) -> None:
        """Forget an agent; checkpoints that hold it keep it. Raises NotRegisteredError."""
        self._registry().unregister(AGENT, self.get(name).id)


def _melody_of(config: Mapping[str, Any], spec_of: Callable[[str], PlayerSpec | None]) -> Melody:
    """The melody of an agent but for the question. Raises AgentError."""
    name = config["name"]
    if not isinstance(name, str) or not name.strip():
        raise AgentError("symphony.agent_name", name=repr(name))
    player = config.get("instrument") or (WITH_A_MODEL if config.get("model") else OFFLINE)
    spec = spec_of(str(player))
    if spec is None or spec.kind != "instrument" or not spec.outputs:
        raise AgentError("symphony.no_instrument", agent=name, player=player)
    _input_of(spec)
    given = dict(config.get("parameters") or {})
    known = {parameter.name for parameter in spec.parameters}
    unknown = sorted(set(given) - known)
    if unknown:
        raise AgentError(
            "symphony.agent_parameter",
            agent=name,
            name=unknown[0],
            player=spec.id,
            known=", ".join(sorted(known)) or "none",
        )
    top = {key: value for key, value in config.items() if key in known - {"name"}}
    node = Node("answer", spec.id, title=name, parameters={**top, **given})
    return Melody(id=f"agent-{config['id']}", name=name, nodes={"answer": node})


def _input_of(spec: PlayerSpec) -> str:
    """Where the question goes in. Raises AgentError for an Instrument that takes no text."""
    for port in spec.inputs:
        if port.type in ("text", "any"):
            return port.name
    raise AgentError("symphony.agent_takes_no_text", player=spec.id)


def _output_of(spec: PlayerSpec) -> str:
    """Where the answer comes out: the first text, else the first output."""
    return next((port.name for port in spec.outputs if port.type == "text"), spec.outputs[0].name)


def _remembered(answer: Any) -> Any:
    """An answer as the history holds it: bulk stays where it is, an artifact of the run."""
    if isinstance(answer, Path):
        return str(answer)
    if isinstance(answer, bytes):
        return f"{len(answer)} bytes"
    if isinstance(answer, list):
        return [_remembered(item) for item in answer]
    return answer
