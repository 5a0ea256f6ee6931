"""The summary of a build for a CI job, in Markdown: steps, cache hits, and artifacts with their sizes.

It is parsed from buildx's plain progress, which the job shows as its log: `#5 [init] kairos v1.0.0`, then `#5 CACHED`,
`#5 DONE 1.2s`, `#5 CANCELED` or `#5 ERROR: why` (BuildKit's util/progress/progressui/printer.go).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile.cli.compare.report import megabytes
from kairosfile.cli.output import escaped, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINE = re.compile(r"#([0-9]{1,9}) (.*)")
_DONE = re.compile(r"DONE ([0-9]{1,9}(?:\.[0-9]{1,9})?)s")
_INTERNAL = re.compile(
    r"\[(\S{1,99} )?internal\]|resolve image config |resolving provenance |(?:im|ex)porting |docker-image://|\[auth\]"
)
# The first step of a build; its line may be repeated until it is done.
_FIRST = "[internal] load build definition"
_NOT_DONE = "canceled"
CACHED, ERROR = "CACHED", "ERROR: "
# The number of buildx's internal messages.
CLIENT = "0"
_CHECKSUM = ".sha256"


@dataclass(slots=True)
class Step:
    """A step of a build in its log; `seconds` is None until it is done."""

    name: str
    cached: bool = False
    seconds: float | None = None
    failed: bool = False

    @property
    def result(self) -> str:
        """Its result, or its duration."""
        if self.failed:
            return "**failed**"
        if self.cached:
            return "cached"
        return _NOT_DONE if self.seconds is None else f"{self.seconds:.1f} s"

    def add(self, other: Step) -> None:
        """Add what the same step did in a later build: its cache hit there does not hide that it ran here."""
        times = [step.seconds for step in (self, other) if step.seconds is not None and not step.cached]
        self.seconds = sum(times) if times else None
        self.cached = not times and (self.cached or other.cached)
        self.failed = self.failed or other.failed


def read(lines: Iterable[str]) -> list[Step]:
    """Return the steps of a log in order, without internal ones.

    An artifact is built after the image and of its steps, so the log names these once for each build. They are one step
    here. What one build names twice, such as two hooks with the same command, are two steps.
    """
    steps: dict[tuple[str, int], Step] = {}
    for build in _builds(lines):
        names: Counter[str] = Counter()
        for step in build:
            names[step.name] += 1
            known = steps.setdefault((step.name, names[step.name]), step)
            if known is not step:
                known.add(step)
    return [step for step in steps.values() if not _INTERNAL.match(step.name)]


def _builds(lines: Iterable[str]) -> list[list[Step]]:
    """Return the steps of each build of a log."""
    builds: list[dict[str, Step]] = [{}]
    for line in lines:
        match = _LINE.match(line)
        if match is None or match[1] == CLIENT:
            continue
        number, text = match.groups()
        step = builds[-1].get(number)
        if text.startswith(_FIRST) and (step is None or step.result != _NOT_DONE):  # numbers begin again
            builds.append({number: Step(text)})
        elif step is None:
            builds[-1][number] = Step(text)
        else:
            _note(step, text)
    return [list(build.values()) for build in builds]


def _note(step: Step, text: str) -> None:
    if text == CACHED:
        step.cached = True
    elif text.startswith(ERROR):
        step.failed = True
    elif match := _DONE.fullmatch(text):
        step.seconds = float(match[1])


def render(steps: Sequence[Step], image: str, digest: str, files: Sequence[Path]) -> str:
    """Return the summary.

    Args:
        steps: Those of all builds of the job.
        image: Its name, empty for none.
        digest: Its digest, empty if it was not pushed.
        files: The artifacts; their checksums are read from the .sha256 files in the same folder.
    """
    parts = [f"## {escaped(image or 'Kairos image')}\n", f"Pushed as `{digest}`.\n" if digest else ""]
    cached = sum(step.cached for step in steps)
    seconds = sum(step.seconds or 0 for step in steps if not step.cached)
    parts.append(f"{len(steps)} steps, {cached} of them cached; {seconds:.1f} s of work.\n")
    parts.append(table(("step", "result"), [(escaped(step.name), step.result) for step in steps]))
    if files:
        rows = [(escaped(file.name), megabytes(file.stat().st_size), _checksum(file)) for file in files]
        parts.append(table(("artifact", "size", "SHA-256"), rows))
    return "\n".join(filter(None, parts))


def _checksum(file: Path) -> str:
    beside = file.with_name(file.name + _CHECKSUM)
    word = beside.read_text("utf-8", "replace").split(" ")[0].strip() if beside.is_file() else ""
    return f"`{word}`" if re.fullmatch("[0-9a-f]{64}", word) else ""


def artifacts(folder: Path) -> list[Path]:
    """Return the files of a folder, sorted, without their checksums."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != _CHECKSUM)


def main(argv: Sequence[str]) -> None:
    """Write the summary to standard output."""
    parser = argparse.ArgumentParser(description="Write a summary of a build in Markdown.")
    for name in ("--log", "--image", "--digest", "--artifacts"):
        parser.add_argument(name, default="")
    options = parser.parse_args(argv)
    with Path(options.log).open(encoding="utf-8", errors="replace") as log:
        steps = read(line.rstrip("\n") for line in log)
    files = artifacts(Path(options.artifacts)) if options.artifacts else []
    sys.stdout.write(render(steps, options.image, options.digest, files))


if __name__ == "__main__":
    main(sys.argv[1:])
