"""Print the digests of many definitions, for a test that runs this with different hash seeds."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kairosfile import llb
from tests.golden.vectors import read_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLATFORMS = (llb.Platform("linux", "amd64"), llb.Platform("linux", "arm64"))
_LETTERS = "qwertyuiopasdfghjklzxcvbnm"


def digests(files: Iterable[Path]) -> Iterator[str]:
    """Yield a digest for each vector, and for a graph with more entries in each map than any of these."""
    for path in files:
        for vector in read_vectors(path):
            yield digest(vector.marshal())
    for platform in _PLATFORMS:
        yield digest(llb.marshal(crowded(), platform=platform, caps=llb.Capabilities.every()))


def digest(definition: llb.Definition) -> str:
    return f"sha256:{sha256(definition.to_bytes()).hexdigest()}"


def crowded() -> llb.State:
    """Return a graph whose maps all have many entries."""
    description = {letter * length: letter for letter in _LETTERS for length in (2, 1)}
    file = llb.SourceMap("Build", b"one\ntwo\n", "Text")
    here = llb.Location(file, (llb.Range(1, 0, 1, 3), llb.Range(2, 0, 2, 3)))
    constraints = llb.Constraints(description=description, locations=(here,), ignore_cache=True)
    state = llb.git("https://git.example.com/a.git", keep_git_dir=True, checksum="c0ffee", skip_submodules=True)
    for letter in _LETTERS:
        state = state.env(letter.upper(), letter)
    for letter in _LETTERS:
        context = llb.local(
            letter, session_id=letter, include_patterns=[letter], exclude_patterns=[letter], follow_paths=[letter]
        )
        mounts = [
            llb.Mount.bind(f"/{letter}", context, selector=letter, content_cache="on"),
            llb.Mount.cache(f"/cache/{letter}", id=letter),
            llb.Mount.tmpfs(f"/memory/{letter}", size=1),
        ]
        run = state.run(
            ["true"],
            mounts=mounts,
            env={letter: letter},
            network="none",
            security="insecure",
            secrets=[llb.Secret(letter, env=letter)],
            ssh=[llb.Ssh()],
            constraints=constraints,
        )
        state = llb.merge([run.root, run.output(f"/{letter}")], constraints)
    return state


if __name__ == "__main__":
    print(*digests(map(Path, sys.argv[1:])), sep="\n")
