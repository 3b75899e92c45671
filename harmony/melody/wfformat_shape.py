"""The shape of a WfCommons instance (WfFormat 1.5 and 1.6): what an import reads of one.

Only the keys that an import needs are named. Others may stand beside them, as the format allows;
what 1.6 added (`metrics`) can be worked out from the rest. `wfformat.py` imports this inside the
function that reads: pydantic has no place in the start path (FACTS.md).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from harmony.melody.limits import MAXIMUM_NODES

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    """Strict about what it names: no value is converted."""

    model_config = ConfigDict(strict=True, extra="ignore")


class FileShape(Shape):
    """A file that tasks read or write."""

    id: Text
    sizeInBytes: Bytes  # noqa: N815 - the format's own name


class TaskShape(Shape):
    """A task as it was specified."""

    name: Text
    id: Text
    parents: list[str]
    children: list[str]
    inputFiles: list[Text] = []  # noqa: N815
    outputFiles: list[Text] = []  # noqa: N815


class ExecutedTaskShape(Shape):
    """A task as it went."""

    id: Text
    runtimeInSeconds: Seconds  # noqa: N815


class SpecificationShape(Shape):
    """What there is to do."""

    tasks: list[TaskShape] = Field(min_length=1, max_length=MAXIMUM_NODES)
    files: list[FileShape] = []


class ExecutionShape(Shape):
    """How it went."""

    makespanInSeconds: Seconds | None = None  # noqa: N815
    executedAt: str = ""  # noqa: N815
    tasks: list[ExecutedTaskShape] = []


class WorkflowShape(Shape):
    """The two halves of an instance. Without the second it says what to do and not how long."""

    specification: SpecificationShape
    execution: ExecutionShape | None = None


class RuntimeSystemShape(Shape):
    """The program that had run it."""

    name: Text
    version: str = ""


class InstanceShape(Shape):
    """A WfCommons instance."""

    name: Text
    schemaVersion: Literal["1.5", "1.6"]  # noqa: N815
    description: str = ""
    runtimeSystem: RuntimeSystemShape | None = None  # noqa: N815
    workflow: WorkflowShape
