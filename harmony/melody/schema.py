"""Writes the file format's JSON Schema: `python -m harmony.melody.schema resources/schemas`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harmony.melody.file import VERSION

FILE_NAME = f"melody-{VERSION}.schema.json"


def schema_text() -> str:
    """The schema as it stands in `resources/schemas/`, for editors and for other programs."""
    from harmony.melody.file_format import schema

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) / FILE_NAME).write_text(schema_text(), encoding="utf-8")
