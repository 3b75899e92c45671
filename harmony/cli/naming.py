"""What a person may call a melody, and what was probably meant when there is none."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from harmony.foundation.resources import resources_folder
from harmony.melody.file import SUFFIX
from harmony.melody.model import Melody
from harmony.symphony import SymphonyError, load_file


def open_melody(path: Path) -> tuple[Melody, str]:
    """A melody and the real path of its file. Raises MelodyFileError, SymphonyError."""
    if path.exists():
        return load_file(path)
    meant = [str(candidate) for candidate in _meant(path) if candidate.is_file()]
    if meant:
        raise SymphonyError("symphony.melody_meant", file=str(path), meant=" or ".join(meant[:2]))
    folder = str(resources_folder() / "melodies")
    raise SymphonyError("symphony.melody_missing", file=str(path), folder=folder)


def _meant(path: Path) -> list[Path]:
    """Files that may be meant, the likeliest first: without its ending, shipped, almost so."""
    shipped = resources_folder() / "melodies" / f"{path.stem}{SUFFIX}"
    beside = {other.stem: other for other in path.parent.glob(f"*{SUFFIX}")}
    near = get_close_matches(path.stem, sorted(beside), n=2, cutoff=0.75)
    return [path.with_name(path.name + SUFFIX), shipped, *(beside[name] for name in near)]
