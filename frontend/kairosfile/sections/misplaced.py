"""Keys that are known, but not where they stand: a step at the top level, a field of the file below the provider.

Only a file with an unknown key imports this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.language.diagnostics import listing
from kairosfile.sections.artifacts.records import Artifacts
from kairosfile.sections.cloud_config.schema import TOP_LEVEL
from kairosfile.sections.hooks.records import STEP_VERB, Hooks
from kairosfile.sections.records import Kairosfile

if TYPE_CHECKING:
    from kairosfile.language.nodes import Path
    from kairosfile.language.records import Record

OF_A_CLOUD_CONFIG = {*TOP_LEVEL} - {"name"}


def place_of(name: str, parent: Path) -> str:
    """Return where a key belongs that is unknown below `parent`, nothing where it is known nowhere."""
    if parent[:1] == ("artifacts",) and name in _keys(Artifacts):
        return f'"{name}" belongs directly below artifacts'
    if parent in ((), ("hooks",)) and name in STEP_VERB.kinds:
        return f"it is a step: write `- {name}: ...` in hooks, below {_any_of(_keys(Hooks))}"
    if parent:
        return f'"{name}" belongs at the top level of the file' if name in _keys(Kairosfile) else ""
    for section, record in (("hooks", Hooks), ("artifacts", Artifacts)):
        if name in _keys(record):
            return f'"{name}" belongs below `{section}:`'
    return (
        "it is of a cloud-config: write it in the content of one, below `cloud_config:`" if _is_of_config(name) else ""
    )


def _is_of_config(name: str) -> bool:
    return name in OF_A_CLOUD_CONFIG and name != "name"


def _keys(record: type[Record]) -> list[str]:
    return [field.key for field in record.FIELDS]


def _any_of(words: list[str]) -> str:
    return listing(words).replace(" and ", " or ")
