"""The Kairosfile that an ejected Dockerfile carries as comments at its end.

A checksum of all instructions shows whether the Dockerfile is as it was ejected, one for each stage which parts of it
are. Comments and blank lines change no checksum.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kairosfile.dockerfile.reader import Instruction, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MARK = "# kairosfile-ejected: "
NOTE = (
    "# The Kairosfile of this Dockerfile. `kairosfile adopt` returns it unchanged while the instructions above are\n"
    "# unchanged; remove it if nobody is to go back.\n"
)
# The stages of an ejected Dockerfile that only check the image.
TEST_STAGE = re.compile(r"tests-([1-9][0-9]{0,4})")
_OF_EVERY_BUILD = frozenset({"validate", "check"})

MAX_CHARACTERS = 2 << 20
_LINE, _ENCODED = "#|", "#="
_WIDTH = 100
# A line of a Dockerfile ends at 65,535 bytes; a comment holds no control characters but tabs.
_LONGEST = 16_000
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Carried:
    """A Kairosfile with the checksums of the instructions that were made of it."""

    text: str
    checksum: str
    stages: Mapping[str, str]
    build_args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ejected:
    """A Dockerfile that was ejected and then edited: its Kairosfile, and the stages that are as they were."""

    carried: Carried
    unchanged: frozenset[str]
    changed: frozenset[str]

    def checks(self, name: str) -> bool:
        """Return whether a stage is one of an ejected Dockerfile that only checks the image."""
        return name in self.carried.stages and (name in _OF_EVERY_BUILD or TEST_STAGE.fullmatch(name) is not None)


def checksum(instructions: Sequence[Instruction]) -> str:
    """Return the checksum of instructions, in hexadecimal digits."""
    return hashlib.sha256(normalized(instructions).encode("utf-8", "surrogatepass")).hexdigest()


def stage_checksums(instructions: Sequence[Instruction]) -> dict[str, str]:
    """Return a short checksum of each named stage."""
    stages: dict[str, list[Instruction]] = {}
    name = ""
    for each in instructions:
        if each.keyword == "FROM":
            words = each.words
            name = words[2].lower() if len(words) == 3 else ""  # noqa: PLR2004 - image, AS, name
        if name:
            stages.setdefault(name, []).append(each)
    return {name: checksum(own)[:16] for name, own in stages.items()}


def comments(text: str, instructions: Sequence[Instruction], build_args: Mapping[str, str]) -> str:
    """Return the comments that carry a Kairosfile."""
    data = {
        "sha256": checksum(instructions),
        "stages": stage_checksums(instructions),
        **({"build_args": dict(build_args)} if build_args else {}),
    }
    head = f"{NOTE}{MARK}{json.dumps(data)}\n"
    return head + "".join(f"{line}\n" for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    lines = text.split("\n")
    if not _UNSAFE.search(text) and all(len(line) <= _LONGEST and line == line.rstrip() for line in lines):
        yield from (f"{_LINE} {line}".rstrip() for line in lines)
        return
    encoded = base64.b64encode(text.encode()).decode()
    yield from (f"{_ENCODED} {encoded[at : at + _WIDTH]}" for at in range(0, len(encoded), _WIDTH))


def find(dockerfile: str) -> Carried | None:
    """Return the Kairosfile that a Dockerfile carries, or None if it carries none that can be read."""
    lines = dockerfile.replace("\r\n", "\n").split("\n")
    start = next((index for index in reversed(range(len(lines))) if lines[index].startswith(MARK)), None)
    if start is None:
        return None
    try:
        data = json.loads(lines[start].removeprefix(MARK))
        text = _text(lines[start + 1 :])
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or text is None or len(text) > MAX_CHARACTERS:
        return None
    stages, build_args = (_texts(data.get(name, {})) for name in ("stages", "build_args"))
    return Carried(text, str(data.get("sha256", "")), stages, build_args)


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}


def _text(lines: Sequence[str]) -> str | None:
    """Return the text of comment lines, None without any."""
    plain = [line.removeprefix(_LINE).removeprefix(" ") for line in lines if line.startswith(_LINE)]
    if plain:
        return "\n".join(plain)
    encoded = "".join(line.removeprefix(_ENCODED).strip() for line in lines if line.startswith(_ENCODED))
    return base64.b64decode(encoded, validate=True).decode() if encoded else None


def edited(record: Carried, instructions: Sequence[Instruction]) -> Ejected:
    """Return the unchanged parts of an edited Dockerfile."""
    now = stage_checksums(instructions)
    unchanged = frozenset(name for name, checksum in record.stages.items() if now.get(name) == checksum)
    return Ejected(record, unchanged, frozenset(record.stages) - unchanged)
