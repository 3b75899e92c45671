"""Which Python and which libraries Players run with: a part of every reuse key."""

from __future__ import annotations

import sys
from hashlib import sha256


def environment_digest() -> str:
    """A digest of this interpreter's version and of every installed package's name and version."""
    from importlib.metadata import distributions

    installed = sorted({f"{d.metadata['Name']}=={d.version}".lower() for d in distributions()})
    described = "\n".join([sys.implementation.cache_tag or "python", sys.version, *installed])
    return sha256(described.encode("utf-8")).hexdigest()[:32]
