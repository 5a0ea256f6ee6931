"""The pictures of the docs that the command makes itself: `python -m tests.support.generate.pictures` writes them anew.

Rich draws the content of a terminal, with its colours.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests import ROOT
from tests.support.generate.chart import bars

IMAGES = ROOT / "docs" / "images"
SCALE = ROOT / "docs" / "guides" / "scale.md"
COMMAND = str(Path(sys.executable).with_name("kairosfile"))
COLUMNS = 100
SIZES = 4  # rows of the table
FONT = re.compile(r" *@font-face \{.*?\}\n", re.DOTALL)  # a browser would fetch it

OLD = """\
# syntax=quay.io/kairos/kairos-frontend:v1
base: ubuntu:24.04
model: generic
provider: {name: k3s, version: v1.33.1+k3s1}
version: v1.0.0
hooks:
  after_install:
    - packages: [vim, htop]
    - copy: overlay/etc
      to: /etc/
cloud_config:
  - {name: 90_custom.yaml, content: "#cloud-config\\nhostname: edge\\n"}
"""
FILES = {
    "Old": OLD,
    "Kairosfile": OLD.replace("v1.0.0", "v1.0.1").replace("vim, htop", "vim, htop, strace"),
    "Wrong": OLD.replace("model: generic", "modle: generic").replace("name: k3s", "name: k3"),
    "New-version": OLD.replace("v1.0.0", "v1.0.1"),
    "New-cloud-config": OLD.replace("hostname: edge", "hostname: edge-7"),
    "Artifacts": f"{OLD}artifacts:\n  iso:\n    cloud_config: install.yaml\n  netboot:\n",
    "install.yaml": "#cloud-config\ninstall: {auto: true}\n",
}

# Each picture and the arguments that make it; those that end in a drawing are no terminal.
PICTURES: dict[str, list[str]] = {
    "help.svg": ["--help"],
    "check.svg": ["check", "Wrong"],
    "plan.svg": ["plan", "Kairosfile"],
    "explain.svg": ["explain", "install"],
    "diff.svg": ["diff", "Old", "Kairosfile"],
    "graph.svg": ["graph", "--format", "svg"],
    "graph-diff.svg": ["graph", "Old", "Kairosfile", "--format", "svg"],
    "graph-version.svg": ["graph", "Old", "New-version", "--format", "svg"],
    "graph-artifacts.svg": ["graph", "Artifacts", "--target", "artifacts", "--format", "svg"],
    "graph-cloud-config.svg": ["graph", "Old", "New-cloud-config", "--format", "svg"],
}


def draw(name: str) -> str:
    """Return a picture as it should be."""
    arguments = [*PICTURES[name], *([] if name == "help.svg" else ["--platform", "linux/amd64"])]
    with tempfile.TemporaryDirectory() as folder:
        for file, text in FILES.items():
            (Path(folder) / file).write_text(text)
        if "--format" in arguments:
            return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout
        return terminal(name, arguments, output_of([COMMAND, *arguments], folder))


def terminal(name: str, arguments: list[str], output: str, program: str = "kairosfile") -> str:
    """Return the picture of a terminal with the output of a command."""
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    console.print(Text.from_ansi(output))
    console.file.close()
    shown = [word for word in arguments if word not in {"--platform", "linux/amd64"}]
    drawn = console.export_svg(
        title=f"{program} {' '.join(shown)}", unique_id=f"kairosfile-{name.removesuffix('.svg')}"
    )
    drawn = FONT.sub("", drawn)
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


def scale() -> str:
    """Return the chart of the largest matrix of the page about scale, from its table, which a test computes."""
    rows = [line.strip("| ").split(" | ") for line in SCALE.read_text().splitlines() if line.startswith("| ")]
    head = next(row for row in rows if row[0] == "images")
    largest = dict(zip(head, rows[rows.index(head) + SIZES], strict=True))
    steps = {
        name.removeprefix("steps, "): int(value)
        for name, value in largest.items()
        if name.startswith(("steps", "busiest"))
    }
    return bars(f"Steps that a builder runs for {largest['images']} images", steps)


def output_of(words: list[str], folder: str, **variables: str) -> str:
    """Return what a command prints on a terminal of the pictures' width, with some more variables."""
    ours, theirs = pty.openpty()
    remaining = ("PATH", "PYTHONPATH")
    environment = {key: os.environ[key] for key in remaining if key in os.environ}
    environment |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), **variables}
    output = b""
    with subprocess.Popen(words, cwd=folder, stdout=theirs, env=environment):
        os.close(theirs)
        with suppress(OSError):  # the error of Linux at the end of a terminal
            while chunk := os.read(ours, 1 << 16):
                output += chunk
    os.close(ours)
    return output.decode().replace("\r\n", "\n")


def main() -> None:
    """Write all pictures."""
    for name in PICTURES:
        (IMAGES / name).write_text(draw(name))
    (IMAGES / "scale.svg").write_text(scale())


if __name__ == "__main__":
    main()
