"""`harmony players`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path

from harmony.foundation import settings as settings_file
from harmony.foundation.paths import data_folder
from harmony.orchestra.folders import add_folder as with_folder
from harmony.orchestra.folders import remove_folder as without_folder
from harmony.symphony import Symphony, SymphonyError


async def list_players(home: str | None, *, as_json: bool) -> int:
    """`harmony players list`."""
    async with await Symphony.open(home) as symphony:
        players = symphony.catalogue.players()
        problems = symphony.catalogue.problems
        refused = symphony.house.pool.breakers.refused()
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


async def show_player(home: str | None, name: str, *, as_json: bool) -> int:
    """`harmony players show`."""
    async with await Symphony.open(home) as symphony:
        player = symphony.catalogue.spec(name) or symphony.catalogue.spec(f"harmony/{name}")
    if player is None:
        names = [known.id.rpartition("/")[2] for known in symphony.catalogue.players()]
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


async def add_folder(home: str | None, folder: Path, *, as_json: bool) -> int:
    """`harmony players add`."""
    path = data_folder(home).ensure().settings_file
    settings_file.save(path, with_folder(settings_file.load(path), folder))
    return await list_players(home, as_json=as_json)


async def remove_folder(home: str | None, folder: Path, *, as_json: bool) -> int:
    """`harmony players remove`."""
    path = data_folder(home).ensure().settings_file
    settings_file.save(path, without_folder(settings_file.load(path), folder))
    return await list_players(home, as_json=as_json)
