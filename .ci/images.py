"""Build the images of a release, check them, and push them: `make release-images`, or `.ci/images.py OUT [OPTION ...]`.

    kairos-frontend.tar   for amd64, arm64 and riscv64; made twice, and equal both times
    kairosfile.tar        the command with its page, for amd64 and arm64
    images.json           what was pushed, by digest

Each is an OCI archive with an SBOM and the provenance of each platform. What is pushed are the bytes that were checked.
All times are the commit's. USERNAME and PASSWORD are those of the registry, if it requires them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from release import INIT, PAGE, ROOT, ReleaseError, commit_time, report, run, say, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dxf import DXF, DXFBase

PROVENANCE, SPDX = "https://slsa.dev/provenance/", "https://spdx.dev/Document"
ATTESTED = "vnd.docker.reference.digest"


class Image(NamedTuple):
    """An image of a release."""

    name: str
    dockerfile: str
    platforms: tuple[str, ...]
    moving: tuple[str, ...]  # tags that each release moves
    reproducible: bool


# v1 is the version of the language.
COMMON = ("linux/amd64", "linux/arm64")
FRONTEND = Image("kairos-frontend", "Dockerfile.frontend", (*COMMON, "linux/riscv64"), ("v1",), reproducible=True)
COMMAND = Image("kairosfile", "Dockerfile.cli", COMMON, (), reproducible=False)


class Archive:
    """An image as an OCI archive."""

    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path)  # noqa: SIM115 - closed by its user
        (top,) = json.loads(self._read("index.json"))["manifests"]
        self.digest: str = top["digest"]
        self.entries: list[dict[str, Any]] = json.loads(self.blob(self.digest))["manifests"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def blob(self, digest: str) -> bytes:
        """Return the content that has a digest."""
        return self._read(f"blobs/{digest.replace(':', '/')}")

    def manifests(self) -> dict[str, str]:
        """Return the digest of the image of each platform."""
        images = [entry for entry in self.entries if ATTESTED not in entry.get("annotations", {})]
        return {f"{it['platform']['os']}/{it['platform']['architecture']}": it["digest"] for it in images}

    def statements(self, image: str) -> Iterator[dict[str, Any]]:
        """Yield the attestations of the image with a digest."""
        for entry in self.entries:
            if entry.get("annotations", {}).get(ATTESTED) == image:
                for layer in json.loads(self.blob(entry["digest"]))["layers"]:
                    yield json.loads(self.blob(layer["digest"]))

    def contents(self, digest: str) -> Iterator[str]:
        """Yield the digests of the blobs of a manifest."""
        manifest = json.loads(self.blob(digest))
        yield manifest["config"]["digest"]
        yield from (layer["digest"] for layer in manifest["layers"])

    def _read(self, name: str) -> bytes:
        member = self._tar.extractfile(name)
        if member is None:
            raise ReleaseError(f"the archive has no {name}")
        return member.read()


def main() -> int:
    """Make and push the images; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="a folder")
    parser.add_argument("--push", metavar="REGISTRY", help="such as quay.io/kairos; without it nothing is pushed")
    parser.add_argument("--scanner", metavar="IMAGE", help="what writes the SBOMs; BuildKit's own if none")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--build-context", action="append", default=[], metavar="NAME=VALUE", help="for the command")
    parser.add_argument("--command-platforms", default=",".join(COMMAND.platforms), metavar="LIST")
    options = parser.parse_args()
    return report(lambda: make(options))


def make(options: argparse.Namespace) -> None:
    """Build, check and push all images; raises ReleaseError, CalledProcessError."""
    version = f"v{version_of(INIT.read_text())}"
    if not PAGE.is_file():
        raise ReleaseError("the page is not built: run `make page`")
    args = [word for arg in options.build_arg for word in ("--build-arg", arg)]
    contexts = [word for context in options.build_context for word in ("--build-context", context)]
    scanner = f",generator={options.scanner}" if options.scanner else ""
    pushed: dict[str, str] = {}
    options.out.mkdir(parents=True, exist_ok=True)
    for image, more in (
        (FRONTEND, []),
        (COMMAND._replace(platforms=tuple(options.command_platforms.split(","))), contexts),
    ):
        archive = options.out / f"{image.name}.tar"
        repository = f"{options.push}/{image.name}" if options.push else image.name
        attest = ["--attest", f"type=sbom{scanner}", "--provenance=mode=max"]
        build(image, archive, [*args, *more, *attest, "--tag", f"{repository}:{version}"])
        with Archive(archive) as content:
            check(image, content)
            if image.reproducible:
                check_twice(image, content, archive.with_suffix(".again"), args)
            if options.push:
                pushed[f"{repository}:{version}"] = push(content, repository, (version, *image.moving))
    (options.out / "images.json").write_text(json.dumps(pushed, indent=2) + "\n")


def build(image: Image, archive: Path, words: list[str]) -> None:
    """Build an image into an archive, without a cache."""
    command = ["docker", "buildx", "build", "-f", str(ROOT / image.dockerfile), "--no-cache", "--progress", "plain"]
    command += ["--platform", ",".join(image.platforms), *words]
    command += ["--output", f"type=oci,rewrite-timestamp=true,dest={archive}", str(ROOT)]
    run(command, env={**os.environ, "SOURCE_DATE_EPOCH": commit_time()})


def check(image: Image, archive: Archive) -> None:
    """Raise ReleaseError unless an image is there for each platform, with its SBOM and its provenance."""
    manifests = archive.manifests()
    if sorted(manifests) != sorted(image.platforms):
        raise ReleaseError(f"{image.name} is for {', '.join(manifests)}, not for {', '.join(image.platforms)}")
    for platform, digest in manifests.items():
        statements = list(archive.statements(digest))
        kinds = [statement["predicateType"] for statement in statements]
        if kinds.count(SPDX) != 1 or sum(kind.startswith(PROVENANCE) for kind in kinds) != 1:
            raise ReleaseError(f"{image.name} for {platform} has attestations {kinds}, not an SBOM and its provenance")
        for statement in statements:
            if {subject["digest"]["sha256"] for subject in statement["subject"]} != {digest.removeprefix("sha256:")}:
                raise ReleaseError(f"{image.name} for {platform}: {statement['predicateType']} is of another image")
    say(f"{image.name}: {', '.join(manifests)}, each with its SBOM and provenance")


def check_twice(image: Image, archive: Archive, other: Path, words: list[str]) -> None:
    """Build an image once more; raises ReleaseError unless its digests are the same."""
    build(image, other, [*words, "--provenance=false"])
    with Archive(other) as again:
        before, after = archive.manifests(), again.manifests()
    other.unlink()
    changed = [platform for platform in before if before[platform] != after[platform]]
    if changed:
        raise ReleaseError(f"{image.name}: a second build for {', '.join(changed)} has another digest")
    say(f"{image.name}: a second build has the same digests")


def push(archive: Archive, repository: str, tags: tuple[str, ...]) -> str:
    """Push the content of an archive, the tags last; returns the digest."""
    client = registry_client(repository)
    for entry in archive.entries:
        for digest in archive.contents(entry["digest"]):
            client.push_blob(data=iter([archive.blob(digest)]), digest=digest, check_exists=True)
        client.set_manifest(entry["digest"], archive.blob(entry["digest"]).decode())
    for tag in tags:
        client.set_manifest(tag, archive.blob(archive.digest).decode())
        say(f"pushed {repository}:{tag}@{archive.digest}")
    return archive.digest


def registry_client(repository: str) -> DXF:
    """Return a client that writes to a repository such as quay.io/kairos/kairosfile."""
    from dxf import DXF  # noqa: PLC0415 - only who pushes needs it

    host, _, name = repository.partition("/")
    user, password = os.environ.get("USERNAME"), os.environ.get("PASSWORD")

    def log_in(client: DXFBase, response: Any) -> None:  # noqa: ANN401 - as declared there
        client.authenticate(user, password, response=response, actions=["pull", "push"])

    local = host.partition(":")[0] in {"localhost", "127.0.0.1"}
    return DXF(host, name, log_in if user else None, insecure=local)


if __name__ == "__main__":
    sys.exit(main())
