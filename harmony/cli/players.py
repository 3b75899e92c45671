"""`harmony players`: the catalogue, read without the engine that would run what stands in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from harmony.foundation import settings as settings_file
from harmony.foundation.clock import SystemClock
from harmony.foundation.paths import data_folder
from harmony.orchestra.catalogue import Catalogue, load_catalogue
from harmony.orchestra.folders import add_folder as with_folder
from harmony.orchestra.folders import remove_folder as without_folder
from harmony.polyphony.breakers import read_breakers
from harmony.polyphony.store import open_store


def list_players(home: str | None, *, as_json: bool) -> int:
    """`harmony players list`."""
    catalogue, refused = _catalogue(home), _refused(home)
    players, problems = catalogue.players(), catalogue.problems
    if as_json:
        listed = [{**asdict(player), "refused": refused.get(player.id)} for player in players]
        sys.stdout.write(json.dumps(listed, indent=2) + "\n")
    else:
        for player in players:
            sys.stdout.write(f"{player.id:32} {player.kind:10} {player.summary}\n")
            if player.id in refused:
                sys.stdout.write(f"{'':32} ⚠ {refused[player.id]}\n")
    for problem in problems:
        sys.stderr.write(f"harmony: {problem}\n")
    return 0


def show_player(home: str | None, name: str, *, as_json: bool) -> int:
    """`harmony players show`."""
    catalogue = _catalogue(home)
    player = catalogue.spec(name) or catalogue.spec(f"harmony/{name}")
    if player is None:
        from difflib import get_close_matches

        from harmony.symphony.errors import SymphonyError

        names = [known.id.rpartition("/")[2] for known in catalogue.players()]
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        matches = f"; near: {', '.join(near)}" if near else ""
        raise SymphonyError("symphony.player_unknown", player=name, matches=matches)
    if as_json:
        sys.stdout.write(json.dumps(asdict(player), indent=2) + "\n")
        return 0
    sys.stdout.write(f"{player.title} ({player.id}), {player.kind}\n{player.help}\n")
    for port in player.inputs:
        sys.stdout.write(f"  in   {port.name}: {port.type}\n")
    for port in player.outputs:
        sys.stdout.write(f"  out  {port.name}: {port.type}\n")
    for field in player.parameters:
        sys.stdout.write(f"  set  {field.name}: {field.kind} = {field.default!r}  {field.help}\n")
    return 0


def add_folder(home: str | None, folder: Path, *, as_json: bool) -> int:
    """`harmony players add`."""
    path = data_folder(home).ensure().settings_file
    settings_file.save(path, with_folder(settings_file.load(path), folder))
    return list_players(home, as_json=as_json)


def remove_folder(home: str | None, folder: Path, *, as_json: bool) -> int:
    """`harmony players remove`."""
    path = data_folder(home).ensure().settings_file
    settings_file.save(path, without_folder(settings_file.load(path), folder))
    return list_players(home, as_json=as_json)


def _catalogue(home: str | None) -> Catalogue:
    folder = data_folder(home).ensure()
    settings = settings_file.load(folder.settings_file)
    return load_catalogue(list(map(Path, settings.players_folders)), folder.players)


def _refused(home: str | None) -> Mapping[str, str]:
    """The Players whose breaker is open, and why."""
    clock = SystemClock()
    with open_store(data_folder(home).ensure(), clock) as store:
        for problem in store.problems:
            sys.stderr.write(f"harmony: {problem}\n")
        rows = read_breakers(store)
    if not rows:
        return {}
    # With the pool comes half of the engine: not for a list in which nothing is refused.
    from harmony.pit.pool.breaker import Breakers

    return Breakers(clock, rows, lambda _: None).refused()
