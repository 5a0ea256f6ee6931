"""Subrequests: questions about a file that are answered without building it (`--check`, `--call`).

Docker gave the answers their shape (buildkit frontend/subrequests): a result without a ref, whose metadata hold JSON
for programs and text for people. buildx parses the JSON of the ids it knows and prints it itself; of others, and of
versions newer than it knows, it prints the text. A module for each answer; this one says which there are.
"""

from __future__ import annotations

from typing import NamedTuple


class Subrequest(NamedTuple):
    """A question: its id (`requestid`), the version of the answer's form, and what it is for."""

    id: str
    version: str
    description: str


LINT = Subrequest("frontend.lint", "1.0.0", "Check the file and list warnings and errors, without building")
OUTLINE = Subrequest("frontend.outline", "1.0.0", "List all parameters that the target takes")
TARGETS = Subrequest("frontend.targets", "1.0.0", "List all targets of the file")
CONVERT_LLB = Subrequest("frontend.convertllb", "0.1.0", "Show the build graph of the target")
DESCRIBE = Subrequest("frontend.subrequests.describe", "1.0.0", "List the subrequests that this frontend answers")

KNOWN = (OUTLINE, TARGETS, LINT, CONVERT_LLB, DESCRIBE)
