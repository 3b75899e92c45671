"""Checkpoints of the whole state: made by hand and by themselves, resumed without rewinding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from symphony_stories import melody

from harmony import EntityReference, EntityRestorer, RestoreManager, Symphony
from harmony.polyphony import checkpoints as cuts
from harmony.polyphony.checkpoints import Draft, StoredEntity
from harmony.polyphony.errors import StoreError
from harmony.states.melody_execution import RunState
from harmony.symphony.errors import (
    AgentError,
    DanglingReferenceError,
    MissingRestorerError,
    NotRegisteredError,
    NotSetUpError,
    NotStorableError,
    PersistenceDisabledError,
    RestorationFailedError,
    WorkflowFailedError,
)
from harmony.symphony.restoration import AgentRestorer, DictionaryRestorer

Write = Callable[[str], None]
WORKS = "return Text(text.upper() + mark)"
FAILS = 'raise PlayerError("lost its voice")'


@dataclass
class Person:
    """Two of these may know each other."""

    name: str
    friends: list[Any] = field(default_factory=list)
    best: Any = None


class PersonRestorer(EntityRestorer):
    @property
    def entity_type(self) -> str:
        return "Person"

    async def restore(self, entity_id: str, data: dict[str, Any], context: Any) -> Any:
        return Person(**data)


class Stubborn(PersonRestorer):
    """Creates the first and refuses the second."""

    def __init__(self) -> None:
        self.created: list[str] = []

    async def restore(self, entity_id: str, data: dict[str, Any], context: Any) -> Any:
        await context.symphony.agents.create_agent({"name": "made on the way"})
        if self.created:
            raise ValueError("I will not")
        self.created.append(entity_id)
        return Person(**data)


def manager(*more: EntityRestorer) -> RestoreManager:
    return RestoreManager((AgentRestorer(), DictionaryRestorer(), *more))


def tell(story: Callable[[Symphony], Awaitable[None]], *more: EntityRestorer, **how: Any) -> None:
    """Live a story with a Symphony that keeps its state."""

    async def live() -> None:
        symphony = Symphony(
            persistence_enabled=True,
            restore_manager=manager(*more),
            **{"checkpoint_every": 1, **how},
        )
        async with await symphony.setup():
            await story(symphony)

    asyncio.run(live())


def friends(symphony: Symphony) -> tuple[Person, Person]:
    ada, ben = Person("Ada"), Person("Ben")
    ada.friends, ada.best = [ben], ben
    ben.friends, ben.best = [ada, ada], ada
    symphony.registry.register("Person", "ada", ada)
    symphony.registry.register("Person", "ben", ben)
    return ada, ben


def shouting() -> Any:
    return melody(
        word=("mine/say", {"text": "hush"}, {}),
        shout=("mine/shout", {}, {"text": "word.text"}),
    )


# -- what is asked of it before it can -----------------------------------------------------------


def test_without_set_up_or_persistence_it_says_what_to_do() -> None:
    async def story() -> None:
        with pytest.raises(NotSetUpError):
            Symphony(persistence_enabled=True).runs()
        async with await Symphony().setup() as symphony:
            with pytest.raises(PersistenceDisabledError):
                await symphony.create_checkpoint("mine")
            assert await symphony.list_checkpoints() == []

    asyncio.run(story())


def test_opening_and_setting_up_lead_to_the_same_kind_of_object(tmp_path: Path) -> None:
    async def story() -> None:
        async with await Symphony.open(tmp_path / "state") as opened:
            made = await opened.create_checkpoint("from the Board")
        symphony = Symphony(persistence_enabled=True)
        async with await symphony.setup(state_dir=tmp_path / "state"):
            assert await symphony.resume_latest_checkpoint() == made

    asyncio.run(story())


def test_setting_up_again_moves_to_the_other_folder(tmp_path: Path) -> None:
    async def story() -> None:
        symphony = Symphony(persistence_enabled=True)
        await symphony.setup(tmp_path / "one")
        await symphony.create_checkpoint("first")
        await symphony.setup(tmp_path / "two")
        assert await symphony.list_checkpoints() == []
        await symphony.setup(tmp_path / "one")
        assert [cp["name"] for cp in await symphony.list_checkpoints()] == ["first"]
        await symphony.close()

    asyncio.run(story())


# -- entities ------------------------------------------------------------------------------------


def test_entities_that_know_each_other_come_back_knowing_each_other() -> None:
    async def story(symphony: Symphony) -> None:
        ada, _ = friends(symphony)
        made = await symphony.create_checkpoint("friends")
        ada.name, ada.best = "Eve", None
        await symphony.resume_from_checkpoint(made)
        back = symphony.registry.get("Person", "ada")
        other = symphony.registry.get("Person", "ben")
        assert back is not ada
        assert (back.name, back.best, back.friends) == ("Ada", other, [other])
        assert other.best is back
        assert [friend is back for friend in other.friends] == [True, True]

    tell(story, PersonRestorer())


def test_what_would_be_lost_by_resuming_is_a_checkpoint_first() -> None:
    async def story(symphony: Symphony) -> None:
        ada, _ = friends(symphony)
        made = await symphony.create_checkpoint("friends")
        ada.name = "Eve"
        await symphony.resume_from_checkpoint(made)
        before = (await symphony.list_checkpoints())[0]
        assert before["kind"] == "before-resume"
        assert await symphony.resume_latest_checkpoint() == made
        await symphony.resume_from_checkpoint(before["id"])
        assert symphony.registry.get("Person", "ada").name == "Eve"

    tell(story, PersonRestorer())


@pytest.mark.parametrize(
    ("restorers", "error"),
    [((), MissingRestorerError), ((Stubborn(),), RestorationFailedError)],
)
def test_when_one_entity_cannot_come_back_all_is_as_it_was(
    restorers: tuple[EntityRestorer, ...], error: type[Exception], own_players: Write
) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        agent = await symphony.agents.create_agent({"name": "Reader"})
        ada, ben = friends(symphony)
        with pytest.raises(WorkflowFailedError):
            await symphony.workflows.execute_workflow(shouting(), auto_checkpoint=False)
        run = symphony.runs()[0]
        made = await symphony.checkpoints.create("all", run=run.id)
        agent.remember([{"input": "later"}])
        before = await symphony.list_checkpoints()
        with pytest.raises(error) as caught:
            await symphony.resume_from_checkpoint(made)
        assert "Nothing was changed" in str(caught.value)
        assert symphony.registry.get("Person", "ada") is ada
        assert symphony.registry.get("Person", "ben") is ben
        assert symphony.agents.all() == [agent]
        assert agent.interaction_history == [{"input": "later"}]
        assert [found.id for found in symphony.runs()] == [run.id]
        assert await symphony.list_checkpoints() == before
        assert symphony.resumed is None

    tell(story, *restorers)


def test_a_reference_that_leads_nowhere_is_named() -> None:
    async def story(symphony: Symphony) -> None:
        lost = Person("Ada", best=EntityReference("Person", "gone"))
        symphony.registry.register("Person", "ada", lost)
        with pytest.raises(DanglingReferenceError):
            await symphony.create_checkpoint("lost")
        assert await symphony.list_checkpoints() == []
        # As another program might have left it.
        state = {"name": "Ada", "friends": [], "best": {"$entity": ["Person", "gone"]}}
        draft = Draft("foreign", "x", "manual", 1.0, {}, [StoredEntity("Person", "ada", state)])
        symphony.house.store.in_chain(lambda c: cuts.create(c, draft))
        with pytest.raises(DanglingReferenceError, match="Person gone"):
            await symphony.resume_from_checkpoint("foreign")
        assert symphony.registry.get("Person", "ada") is lost

    tell(story, PersonRestorer())


@pytest.mark.parametrize("state", [object(), {"a": object()}, {"a": {1: 2}}, {"a": float("nan")}])
def test_an_entity_that_has_no_form_in_json_is_named(state: object) -> None:
    async def story(symphony: Symphony) -> None:
        symphony.registry.register("dict", "odd", state)
        with pytest.raises(NotStorableError, match="dict odd"):
            await symphony.create_checkpoint("odd")
        assert await symphony.list_checkpoints() == []

    tell(story)


def test_what_looks_like_a_secret_is_masked_and_said_to_be() -> None:
    async def story(symphony: Symphony) -> None:
        symphony.registry.register("dict", "keys", {"api_key": "sk-0123456789abcdefghij"})
        symphony.registry.register("dict", "named", {"api_key": "secret:OPENAI"})
        made = await symphony.create_checkpoint("keys")
        assert (await symphony.list_checkpoints())[0]["masked"] == ["dict keys"]
        await symphony.resume_from_checkpoint(made)
        assert symphony.registry.get("dict", "keys") == {"api_key": "••••"}
        assert symphony.registry.get("dict", "named") == {"api_key": "secret:OPENAI"}

    tell(story)


# -- agents --------------------------------------------------------------------------------------


def test_an_agent_answers_through_the_engine_and_remembers() -> None:
    async def story(symphony: Symphony) -> None:
        agent = await symphony.agents.create_agent({"name": "Reader", "count": 1, "role": "reads"})
        assert await agent("A red fox, a red fox and a bird.") == "red fox"
        (asked,) = agent.interaction_history
        assert (asked["input"], asked["output"]) == ("A red fox, a red fox and a bird.", "red fox")
        assert symphony.show(asked["run"]).state == RunState.COMPLETED
        await symphony.create_checkpoint("asked")
        symphony.registry.unregister("Agent", agent.id)
        await symphony.resume_latest_checkpoint()
        back = symphony.agents.get("Reader")
        assert back.interaction_history == [asked]
        assert back.config == {"name": "Reader", "count": 1, "role": "reads", "id": agent.id}

    tell(story)


@pytest.mark.parametrize(
    "config",
    [
        {"name": "x", "instrument": "harmony/word_count"},
        {"name": "x", "instrument": "nobody/knows"},
        {"name": "x", "parameters": {"loudness": 11}},
        {"name": 7},
    ],
)
def test_an_agent_that_cannot_be_is_refused(config: dict[str, Any]) -> None:
    async def story(symphony: Symphony) -> None:
        with pytest.raises(AgentError):
            await symphony.agents.create_agent(config)
        assert symphony.agents.all() == []

    tell(story)


# -- workflows and automatic checkpoints ---------------------------------------------------------


def test_a_workflow_gives_plain_values_and_leaves_its_checkpoints(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        workflow = await symphony.workflows.register(shouting(), "loud")
        result = await symphony.workflows.execute_workflow_by_id(workflow)
        assert result["outputs"] == {"word": {"text": "hush"}, "shout": {"text": "HUSH!"}}
        kinds = [cp["kind"] for cp in await symphony.list_checkpoints()]
        assert kinds[0] == "end"
        assert kinds[-1] == "start"
        assert "progress" in kinds[1:-1]
        engine = symphony.registry.get("workflow_engine")
        count = len(kinds)
        await engine.execute_workflow(shouting(), auto_checkpoint=False)
        assert len(await symphony.list_checkpoints()) == count

    tell(story)


def test_a_workflow_is_known_by_its_id_in_the_next_program(
    own_players: Write, tmp_path: Path
) -> None:
    own_players(WORKS)

    async def first(symphony: Symphony) -> None:
        await symphony.workflows.register(shouting(), "loud")
        await symphony.workflows.execute_workflow_by_id("loud", parameters={"word.text": "oh"})

    async def second(symphony: Symphony) -> None:
        result = await symphony.workflows.execute_workflow_by_id("loud")
        assert result["outputs"]["shout"] == {"text": "HUSH!"}
        with pytest.raises(NotRegisteredError):
            await symphony.workflows.execute_workflow_by_id("quiet")

    tell(first)
    tell(second)


def test_a_failure_is_a_checkpoint_and_resuming_tries_again_in_a_child(own_players: Write) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        with pytest.raises(WorkflowFailedError) as caught:
            await symphony.workflows.execute_workflow(shouting())
        failed = caught.value.result
        assert failed["outputs"]["word"] == {"text": "hush"}
        assert "lost its voice" in failed["errors"]["shout"]
        assert "error" in [cp["kind"] for cp in await symphony.list_checkpoints()]
        own_players(WORKS)
        await symphony.resume_latest_checkpoint()
        assert symphony.resumed is not None
        (run,) = symphony.resumed.runs
        result = await symphony.workflows.result_of(run)
        assert result["outputs"]["shout"] == {"text": "HUSH!"}
        assert symphony.resumed.forks == {failed["run"]: run.id}
        detail = symphony.show(run.id)
        assert detail.summary.parent == failed["run"]
        assert symphony.show(failed["run"]).state == RunState.FAILED
        # Once more: it has been completed meanwhile, so nothing is done again.
        made = next(cp["id"] for cp in await symphony.list_checkpoints() if cp["kind"] == "error")
        again = await symphony.resume_from_checkpoint(made)
        assert again.runs == ()
        assert failed["run"] in again.left

    tell(story)


def test_a_fork_takes_over_what_was_finished_by_the_cut_and_no_more(own_players: Write) -> None:
    """The first task is not reusable by itself; only the parent's journal can give its result."""
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        drawn = melody(
            first=("harmony/python_snippet", {"code": "result = 'a'"}, {}),
            shout=("mine/shout", {}, {"text": "first.result"}),
        )
        with pytest.raises(WorkflowFailedError) as caught:
            await symphony.workflows.execute_workflow(drawn, checkpoint_every=0)
        run = caught.value.result["run"]
        row = symphony.house.store.journal(run)
        done = next(
            record.sequence
            for record in row
            if record.machine == "task:first" and record.to_state == "Completed"
        )
        conductor = symphony.house.conductor
        assert set(conductor.results_of(run, done)) == {"first"}
        assert conductor.results_of(run, done - 1) == {}

    tell(story)


def test_melodies_that_were_saved_since_are_saved_again_as_they_were(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        await symphony.workflows.register(shouting(), "loud")
        made = await symphony.create_checkpoint("before the change")
        changed = melody(word=("mine/say", {"text": "bye"}, {}))
        await symphony.workflows.register(changed, "loud")
        resumed = await symphony.resume_from_checkpoint(made)
        assert resumed.melodies == ("loud",)
        assert len(symphony.house.store.melody_versions("loud")) == 3
        result = await symphony.workflows.execute_workflow_by_id("loud")
        assert "shout" in result["outputs"]

    tell(story)


def test_settings_are_offered_and_chosen_only_when_asked(harmony_home: Path) -> None:
    async def story(symphony: Symphony) -> None:
        file = symphony.house.data_folder.settings_file
        file.write_text(json.dumps({"theme": "dark", "hot_days": 3}))
        symphony.house.reload_settings()
        made = await symphony.create_checkpoint("dark")
        file.write_text(json.dumps({"theme": "light", "wait_slots": 3}))
        symphony.house.reload_settings()
        offered = (await symphony.resume_from_checkpoint(made)).settings
        assert offered == {
            "hot_days": {"then": 3, "now": None},
            "theme": {"then": "dark", "now": "light"},
            "wait_slots": {"then": None, "now": 3},
        }
        assert symphony.house.settings.theme == "light"
        await symphony.resume_from_checkpoint(made, apply_settings=True)
        assert json.loads(file.read_text()) == {"theme": "dark", "hot_days": 3}
        assert symphony.house.settings.theme == "dark"

    tell(story)


def test_only_so_many_automatic_ones_are_kept(own_players: Write) -> None:
    own_players(WORKS)

    async def story(symphony: Symphony) -> None:
        await symphony.create_checkpoint("mine")
        await symphony.workflows.execute_workflow(shouting())
        assert [cp["kind"] for cp in await symphony.list_checkpoints()] == ["end", "manual"]

    tell(story, keep_checkpoints=1)


def test_what_a_checkpoint_refers_to_is_kept(own_players: Write) -> None:
    own_players(FAILS)

    async def story(symphony: Symphony) -> None:
        with pytest.raises(WorkflowFailedError):
            await symphony.workflows.execute_workflow(shouting(), auto_checkpoint=False)
        run, store = symphony.runs()[0].id, symphony.house.store
        made = await symphony.checkpoints.create("mine", run=run)
        hashes = {row.hash for row in store.artifacts_of(run)}
        stored = {found.hash: found.protected for found in store.stored_artifacts()}
        assert {stored[digest] for digest in hashes} == {"checkpoint"}
        await symphony.delete_checkpoint(made)
        stored = {found.hash: found.protected for found in store.stored_artifacts()}
        assert {stored[digest] for digest in hashes} == {""}
        with pytest.raises(StoreError):
            await symphony.delete_checkpoint(made)

    tell(story)
