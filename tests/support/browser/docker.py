#!/usr/bin/env python3
"""Replaces docker where an engine's output is not reproducible: prints a build of the given steps as rawjson.

The file that LINES names has the number of lines of each step; the one that FIRST names, if any, what precedes them.
The step that the file of FAILS names fails; the last one goes on for as long as the file of PAUSE holds anything.
A build with an output folder, or with an archive, gets a file there; one of an image gets a digest. `buildx ls` prints
the file of BUILDERS, if any.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

BATCH = 1000
DIGEST = f"sha256:{'5f' * 32}"  # of each image
BROKEN = "process did not complete successfully: exit code: 7"


def tell(**event: object) -> None:
    """Print a line of buildx's --progress=rawjson."""
    sys.stderr.write(json.dumps(event) + "\n")


def now() -> str:
    """Return the time as BuildKit writes it."""
    return datetime.now(UTC).isoformat()


def content_of(name: str) -> str:
    """Return the content of the file that a variable names; empty without the file."""
    return Path(os.environ[name]).read_bytes().decode() if name in os.environ else ""


def main() -> None:
    """Print the build that the folder of the job, the working directory, describes."""
    if sys.argv[2] != "build":
        listed = content_of("BUILDERS") if sys.argv[2] == "ls" else ""
        sys.stdout.write(listed)
        sys.exit(not listed)
    count = int(content_of("LINES"))
    first = content_of("FIRST").split("\n")[:-1]
    fails = content_of("FAILS")
    request = json.loads(Path("request.json").read_text())
    step_ids = {entry["id"] for entry in request["ranges"]}
    steps = [step for step in request["steps"] if step["id"] in step_ids]
    for number, step in enumerate(steps):
        vertex = {"digest": f"sha256:{number}", "name": step["vertex"], "started": now()}
        tell(vertexes=[vertex])
        lines = [*first, *(f"line {line} of {step['vertex']}" for line in range(count))]
        for start in range(0, len(lines), BATCH):
            data = "".join(f"{line}\n" for line in lines[start : start + BATCH]).encode()
            tell(logs=[{"vertex": vertex["digest"], "stream": 1, "data": base64.b64encode(data).decode()}])
        if step["id"] == fails:
            tell(vertexes=[{**vertex, "completed": now(), "error": BROKEN}])
            sys.exit(1)
        sys.stderr.flush()
        while step is steps[-1] and content_of("PAUSE"):
            time.sleep(0.1)
        tell(vertexes=[{**vertex, "completed": now()}])
    for kind, name in (("local", "kairos.iso"), ("oci", "image.tar")):
        if any(word.startswith(f"--output=type={kind}") for word in sys.argv):
            Path("artifacts").mkdir(exist_ok=True)
            Path("artifacts", name).write_bytes(b"iso" * 1000)
    if not any(word.startswith("--output=type=local") for word in sys.argv):
        Path("metadata.json").write_text(json.dumps({"containerimage.digest": DIGEST}))


if __name__ == "__main__":
    main()
