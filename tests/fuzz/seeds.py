"""Seeds of the fuzzer: the examples of the repository in the form of each target, and a dictionary of their words."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests import ROOT
from tests.fuzz.targets import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = ROOT / "kairosfile-spec" / "cases"
DOCKERFILES = (ROOT / "tests" / "unit" / "dockerfile" / "dockerfiles", ROOT / "examples")
# What stands before a Kairosfile in the input of a target.
HEADS = {
    "text": b"",
    "args": b"VERSION=v1.0.0\0BASE=debian:13" + SEPARATOR,
    "includes": b"",
    "frontend": b"platform=linux/amd64\nbuild-arg:VERSION=v1.0.0\n" + SEPARATOR,
    "editor": b"\x05\x03",
}
METHODS = ["Ping", "Solve", "ReadFile", "StatFile", "ReadDir", "Inputs", "ResolveSourceMeta", "Return", "build-arg:"]
MOST_WORDS = 400
_WORD = re.compile(rb"[A-Za-z_][\w./:@-]{2,30}")


def seeds(name: str, max_bytes: int) -> Iterator[bytes]:
    """Yield the seed inputs of a target, in addition to its corpus."""
    if name == "adopt":
        files = [path for folder in DOCKERFILES for path in folder.rglob("*") if path.suffix == ""]
    else:
        files = list(CASES.rglob("*.yaml")) if name in HEADS else []
    for path in sorted(files):
        if path.is_file() and path.stat().st_size < max_bytes - len(HEADS.get(name, b"")):
            yield HEADS.get(name, b"") + path.read_bytes()


def words(inputs: list[bytes]) -> list[str]:
    """Return the words that most inputs have, for the fuzzer to insert."""
    counted = Counter(word for each in inputs for word in set(_WORD.findall(each)))
    return [*METHODS, *(word.decode() for word, count in counted.most_common(MOST_WORDS) if count > 1)]


def write(name: str, folder: Path, max_bytes: int) -> Path:
    """Write the seeds of a target as files; return the path of its words as a libFuzzer dictionary."""
    inputs = list(seeds(name, max_bytes))
    (folder / "seeds").mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / "seeds" / str(number)).write_bytes(data)
    dictionary = folder / "words"
    dictionary.write_text("".join(f'"{word}"\n' for word in words(inputs)))
    return dictionary
