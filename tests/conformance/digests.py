"""Digests of the LLB or the diagnostics of each conformance case. Run as a program to regenerate them.

A valid case has the digest of its marshalled LLB for each platform, of the image and every artifact. An invalid one
has the digest of its diagnostics: rule, severity and range of each. A refactoring does not change the file; any other
change shows which cases it affects.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import language, llb, sections
from kairosfile.plan.offline import define
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import select
from tests.conformance import cases

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = Path(__file__).with_suffix(".json")
PLATFORMS = ("linux/amd64", "linux/arm64")


def digests(case: Path) -> dict[str, str]:
    """Return the digests of a case by platform."""
    build_args = cases.expectation(case).get("build_args")
    return {platform: _digest(case, platform, build_args) for platform in PLATFORMS}


def expected() -> dict[str, dict[str, str]]:
    """Return the recorded digests by case and platform."""
    data: dict[str, dict[str, str]] = json.loads(FILE.read_text())
    return data


def name(case: Path) -> str:
    """Return the path of a case relative to the folder of all cases."""
    return str(case.relative_to(cases.CASES))


def _digest(case: Path, platform: str, build_args: dict[str, str] | None) -> str:
    try:
        source = language.decode("Kairosfile", case.read_bytes())
        files, lock = cases.context(case), cases.lock_of(case)
        document = sections.read(source, build_args, platforms=[platform], files=files, lock=lock)
        (resolved,) = resolve(document, [platform])
    except language.KairosfileError as error:
        return "diagnostics:" + _hashed(json.dumps(_diagnostics(error.diagnostics)).encode())
    targets = [resolved, *(select(resolved, artifact.name) for artifact in resolved.artifacts)]
    definitions = [define(target, document.source, llb.local("any-client")) for target in targets]
    return "llb:" + _hashed(b"\0".join(definition.to_bytes() for definition in definitions))


def _diagnostics(diagnostics: Iterable[language.Diagnostic]) -> list[list[str | int]]:
    return [
        [each.rule.id, each.severity, each.range.filename, *each.range.start, *each.range.end] for each in diagnostics
    ]


def _hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


if __name__ == "__main__":
    lines = [f"{json.dumps(name(case))}: {json.dumps(digests(case))}" for case in cases.find()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
