"""Packs at an fsspec target: a bucket, a share, another disk (extra `cloud`).

Nothing here is imported or connected to until a target is configured and something is due there.
What a target's library raises is of many kinds; each becomes one named error that says where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from harmony.pit.artifacts.errors import ColdTargetError, PackUnreadableError
from harmony.pit.artifacts.pack_places import SUFFIX, Range

_Result = TypeVar("_Result")


class ColdPacks:
    """Packs under one address, such as `s3://bucket/folder` or `file:///mnt/archive`."""

    is_near = False

    def __init__(self, target: str, options: Callable[[], Mapping[str, Any]] = dict) -> None:
        """`options` gives what the target's library takes, when it is first connected to."""
        self._target = target
        self._options = options
        self._connected: tuple[Any, str] | None = None

    def put(self, name: str, source: Path) -> None:
        """Upload the pack and look whether all of it arrived; the local file goes."""
        size = source.stat().st_size

        def upload(files: Any, root: str) -> None:
            path = f"{root}/{name}{SUFFIX}"
            files.makedirs(root, exist_ok=True)
            files.put_file(str(source), path)
            files.invalidate_cache()
            arrived = files.info(path)["size"]
            if arrived != size:
                raise OSError(f"{arrived} of {size} bytes arrived")

        self._do(upload)
        source.unlink()

    def read(self, name: str, ranges: Sequence[Range]) -> list[bytes]:
        """Download the parts, several at once where the target can do that."""

        def download(files: Any, root: str) -> list[bytes]:
            path = f"{root}/{name}{SUFFIX}"
            starts = [offset for offset, _ in ranges]
            ends = [offset + length for offset, length in ranges]
            found: list[bytes] = files.cat_ranges(
                [path] * len(ranges), starts, ends, on_error="raise"
            )
            return found

        try:
            return self._do(download)
        except ColdTargetError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise PackUnreadableError(
                    "pit.pack_unreadable", pack=name, place=self._target, reason="it is gone"
                ) from error
            raise

    def remove(self, name: str) -> None:
        """Remove the pack."""

        def delete(files: Any, root: str) -> None:
            path = f"{root}/{name}{SUFFIX}"
            files.invalidate_cache()
            if files.exists(path):
                files.rm_file(path)

        self._do(delete)

    def names(self) -> list[str]:
        """The names of all packs at the target."""

        def listing(files: Any, root: str) -> list[str]:
            files.invalidate_cache()
            if not files.exists(root):
                return []
            found = [str(path) for path in files.ls(root, detail=False)]
            return [Path(path).name.removesuffix(SUFFIX) for path in found if path.endswith(SUFFIX)]

        return self._do(listing)

    def _do(self, work: Callable[[Any, str], _Result]) -> _Result:
        """Do something at the target. Raises ColdTargetError for whatever goes wrong there."""
        try:
            if self._connected is None:
                from fsspec.core import url_to_fs

                files, root = url_to_fs(self._target, **self._options())
                self._connected = files, str(root).rstrip("/")
            return work(*self._connected)
        except ImportError as error:
            raise ColdTargetError(
                "pit.cold_library_missing", target=self._target, reason=str(error)
            ) from error
        except Exception as error:  # each target's library has exceptions of its own
            raise ColdTargetError(
                "pit.cold_unreachable",
                target=self._target,
                reason=str(error) or type(error).__name__,
            ) from error
