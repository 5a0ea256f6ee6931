"""What the nodes of a builder run of a matrix: the vertices of steps, as `docker buildx bake` reports them."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kairosfile.plan.resolve import resolve
from kairosfile.untrusted import one_line
from tests.support.e2e.builds import read, split
from tests.support.engine import images as bases
from tests.support.engine.layers import pack
from tests.support.engine.provision import provide
from tests.support.engine.publish import Image, push

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kairosfile.cli.bake import Image as MatrixImage
    from tests.support.engine import Registry
    from tests.support.engine.builder import Builder

_SECONDS = 3000
_PREFIX = re.compile(r"^\[[^\]]*\] ")
# The lines of /etc/os-release of the bases of the support matrix.
RELEASES = {
    "alpine:3.21": "ID=alpine\nVERSION_ID=3.21.3\n",
    "debian:13": "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie\n",
    "fedora:43": "ID=fedora\nVERSION_ID=43\n",
    "opensuse/leap:15.6": "ID=opensuse-leap\nID_LIKE=suse\nVERSION_ID=15.6\n",
    "rockylinux/rockylinux:9": "ID=rocky\nID_LIKE=fedora\nVERSION_ID=9\n",
    "ubuntu:22.04": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=22.04\nVERSION_CODENAME=jammy\n",
    "ubuntu:24.04": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nVERSION_CODENAME=noble\n",
}


def push_bases(registry: Registry, organisation: str, names: Iterable[str]) -> None:
    """Push a base for each of `RELEASES` that is named: tiny, for both platforms, with the name of its distribution."""
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            tree, own = Path(folder) / "tree", Path(folder) / "own.tar.gz"
            (tree / "etc").mkdir(parents=True)
            (tree / "etc/os-release").write_text(RELEASES[name])
            (tree / "etc/organisation").write_text(organisation)
            # Red Hat's family has to bring curl, by which kairos-init downloads a provider.
            (tree / "usr/bin").mkdir(parents=True)
            (tree / "usr/bin/curl").touch(0o755)
            pack(tree, own)
            layers = provide().layers
            both = [
                Image(f"linux/{arch}", [layers[f"busybox-{arch}"], own], env=bases.PATH) for arch in ("amd64", "arm64")
            ]
            push(registry, f"{organisation}/{name}", *both)


def bake(builder: Builder, folder: Path, text: str, *arguments: str) -> list[dict[str, Any]]:
    """Build a bake file on a builder; returns the vertices as they were reported."""
    command = ["docker", "buildx", "bake", "--builder", builder.name, "--progress", "rawjson", "-f", "-", *arguments]
    done = builder.nodes[0].engine.run(command, cwd=folder, input=text, timeout=_SECONDS)
    if done.returncode:
        build = read(done)
        logs = [f"{one.name}: {one.error}\n{one.log}" for one in build.vertices.values() if "exit code" in one.error]
        raise RuntimeError("\n".join([*logs, build.output[-3000:]]))
    return [vertex for event in split(done.stderr)[0] for vertex in event.get("vertexes") or ()]


def runs(vertices: Iterable[dict[str, Any]], images: Iterable[MatrixImage]) -> dict[str, int]:
    """Return how many distinct vertices of each step have run.

    Several images that are built at once report a vertex that they share each: with the name of the image, but the
    same digest. A vertex that BuildKit gives up in a build that succeeds has not run: it was about to, when the result
    of a later one came from a cache.
    """
    steps = {
        one_line(step.name): step.id
        for image in images
        for plan in resolve(image.document, [image.document.platform], artifacts=False)
        for step in plan.steps
    }
    reports: dict[tuple[str, str], set[str]] = defaultdict(set)
    for vertex in vertices:
        reports[vertex["name"], vertex["digest"]] |= {key for key in ("started", "cached", "error") if vertex.get(key)}
    ran = {(_PREFIX.sub("", name), digest) for (name, digest), result in reports.items() if result == {"started"}}
    return dict(Counter(steps[name] for name, _ in ran if name in steps))
