"""Secrets are references in a melody (`secret:NAME`); their values come from outside it.

A value is read from the environment variable `HARMONY_SECRET_NAME` at the moment a task starts,
goes to that task's process alone, and never into a melody, a journal or a log.
"""

from __future__ import annotations

from collections.abc import Mapping

from harmony.conductor.errors import ConductorError

PREFIX = "secret:"
VARIABLE_PREFIX = "HARMONY_SECRET_"


def resolve(reference: str, environment: Mapping[str, str]) -> str:
    """The value behind `secret:NAME`; an empty reference is an empty value.

    Raises ConductorError when it is not a reference, or when no value is set for the name.
    """
    if not reference:
        return ""
    if not reference.startswith(PREFIX):
        raise ConductorError("conductor.secret_in_the_open")
    name = reference.removeprefix(PREFIX)
    variable = VARIABLE_PREFIX + name.upper().replace("-", "_")
    if variable not in environment:
        raise ConductorError("conductor.secret_not_set", name=name, variable=variable)
    return environment[variable]


def known_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """All secret values that this program could hand out, for redaction."""
    return tuple(
        value for name, value in environment.items() if name.startswith(VARIABLE_PREFIX) and value
    )
