"""The commands and their options. What they do lies in the modules beside this one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Run workflows (melodies) on your own machine. `harmony [FILE]` opens the Board.",
)
players_app = typer.Typer(no_args_is_help=True, help="The Players that melodies are made of.")
app.add_typer(players_app, name="players")

Home = Annotated[
    str | None,
    typer.Option("--home", help="Folder where data lives (else HARMONY_HOME).", metavar="DIR"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MelodyFile = Annotated[Path, typer.Argument(metavar="FILE.melody")]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, or its beginning.")]


@app.callback()
def _common(context: typer.Context, home: Home = None) -> None:
    context.obj = home


def _home(context: typer.Context, home: str | None) -> str | None:
    return home if home is not None else context.find_root().obj


@app.command()
def run(
    context: typer.Context,
    file: MelodyFile,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NODE.PARAM=VALUE", help="A parameter, for this run."),
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Run a melody; live progress, exit status 0 when every task is done, else 1."""
    from harmony.cli.running import run_file

    raise typer.Exit(_loop(run_file(_home(context, home), file, sets or [], as_json=as_json)))


@app.command()
def resume(context: typer.Context, run: RunId, as_json: AsJson = False, home: Home = None) -> None:
    """Go on with an interrupted run; finished tasks do not run again."""
    from harmony.cli.running import resume_run

    raise typer.Exit(_loop(resume_run(_home(context, home), run, as_json=as_json)))


@app.command()
def retry(
    context: typer.Context,
    run: RunId,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.melody]", help="The corrected melody.")
    ] = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Try the failed tasks of a run again, and what hangs on them."""
    from harmony.cli.running import retry_run

    raise typer.Exit(_loop(retry_run(_home(context, home), run, file, as_json=as_json)))


@app.command()
def check(
    context: typer.Context, file: MelodyFile, as_json: AsJson = False, home: Home = None
) -> None:
    """Say what is wrong with a melody, without running it."""
    from harmony.cli.checking import check_file

    raise typer.Exit(_loop(check_file(_home(context, home), file, as_json=as_json)))


@app.command()
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 20,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """List the runs, the newest first."""
    from harmony.cli.telling import list_runs

    raise typer.Exit(list_runs(_home(context, home), limit, as_json=as_json))


@app.command()
def show(
    context: typer.Context,
    run: RunId,
    log: Annotated[bool, typer.Option("--log", help="Print what its tasks said.")] = False,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Tell a run: its tasks, attempts, times, errors and outputs."""
    from harmony.cli.telling import show_run

    raise typer.Exit(show_run(_home(context, home), run, with_log=log, as_json=as_json))


@app.command()
def states(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…")] = None,
    form: Annotated[str, typer.Option("--format", help="table, mermaid or json")] = "table",
    as_json: AsJson = False,
) -> None:
    """Print the state machines."""
    from harmony.states.listing import render

    typer.echo(render(names or (), "json" if as_json else form))


@app.command()
def doctor(context: typer.Context, as_json: AsJson = False, home: Home = None) -> None:
    """Check that everything works: the data folder, the store, Player processes."""
    from harmony.cli.checking import check_health

    raise typer.Exit(_loop(check_health(_home(context, home), as_json=as_json)))


@players_app.command("list")
def players_list(context: typer.Context, as_json: AsJson = False, home: Home = None) -> None:
    """List the Players."""
    from harmony.cli.players import list_players

    raise typer.Exit(_loop(list_players(_home(context, home), as_json=as_json)))


@players_app.command("show")
def players_show(
    context: typer.Context,
    player: Annotated[str, typer.Argument(metavar="PLAYER")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Show a Player's ports, parameters and help."""
    from harmony.cli.players import show_player

    raise typer.Exit(_loop(show_player(_home(context, home), player, as_json=as_json)))


@players_app.command("add")
def players_add(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Add a folder of your own Players."""
    from harmony.cli.players import add_folder

    raise typer.Exit(_loop(add_folder(_home(context, home), folder, as_json=as_json)))


@players_app.command("remove")
def players_remove(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Forget a folder of Players; its files stay."""
    from harmony.cli.players import remove_folder

    raise typer.Exit(_loop(remove_folder(_home(context, home), folder, as_json=as_json)))


def _loop(work: object) -> int:
    """Run a command that needs the engine. Ctrl+C leaves its runs to be resumed."""
    assert asyncio.iscoroutine(work)
    try:
        return int(asyncio.run(work))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. `harmony runs` lists the run; `harmony resume RUN` goes on.\n")
        return 130
