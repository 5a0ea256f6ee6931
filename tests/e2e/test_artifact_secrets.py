"""Tests that the secrets of artifacts are in the requested files, and in no other output of a build."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support import images
from tests.support.e2e import leaks
from tests.support.e2e.artifacts import EXTRACT, KEYS, PUBLIC, look, secrets
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.support.e2e.builds import Build
    from tests.support.engine import Engine

REGISTRY = "localhost:5000"
MODES = ("min", "max")
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
STATEMENT = "application/vnd.in-toto+json"


@pytest.fixture(scope="session")
def scanner(docker28: Engine) -> str:
    """The stand-in for an SBOM scanner."""
    return images.push_scanner(docker28)


@pytest.fixture
def word(nonce: str) -> bytes:
    """The text of a secret cloud-config."""
    return f"token-of-nobody-{nonce}".encode()


@pytest.fixture
def config(project: Project, word: bytes) -> tuple[str, ...]:
    """The options that hand in a cloud-config."""
    (project.folder / "secret.yaml").write_bytes(b"#cloud-config\nhostname: %s\n" % word)
    return ("--secret", f"id=install,src={project.folder / 'secret.yaml'}")


@pytest.fixture
def uki(project: Project, system: Callable[..., str], keys: Path) -> Callable[[str], None]:
    """Write a project for Trusted Boot with its public keys."""

    def write(more: str = "") -> None:
        (project.folder / "public").mkdir()
        for name in PUBLIC[:3]:
            shutil.copy(keys / name, project.folder / "public")
        section = f"  uki:\n    keys: {{public_keys: public}}\n    outputs: [iso, uki]\n{more}"
        project.write(system(section, more="trusted_boot: true\n"))

    return write


def lines(keys: Path) -> list[bytes]:
    """Return a line of the body of each private key: the line reveals a good part of the key."""
    bodies = ((keys / name).read_bytes().splitlines() for name in KEYS if name != "db.pem")
    actual = [body[len(body) // 2] for body in bodies]
    assert all(len(line) == 64 for line in actual)
    return actual


class Everything(NamedTuple):
    """A build that leaves all that a build can: an image in a registry, every kind of cache, attestations, records."""

    engine: Engine
    project: Project
    name: str
    scanner: str

    @property
    def image(self) -> str:
        return f"{REGISTRY}/{self.name}/image"

    @property
    def cache(self) -> str:
        """What the names of the caches begin with: a repository for each, because they are pushed at once."""
        return f"{REGISTRY}/{self.name}/cache"

    def build(self, *arguments: str) -> Build:
        return self.project.must_build(self.engine, *self._outputs(), *arguments)

    def caches(self) -> Iterator[leaks.Place]:
        """Yield the content of the caches that were exported separately."""
        for mode in MODES:
            yield from leaks.folder(self.project.folder / mode)
            yield from leaks.repository(f"{self.cache}-{mode}")

    def pushed(self) -> Iterator[leaks.Place]:
        """Yield the image, with its inline cache and its attestations."""
        yield from leaks.repository(self.image)

    def records(self, since: leaks.Daemon, done: Build) -> Iterator[leaks.Place]:
        """Yield the messages about the build: its output and its later records."""
        yield from leaks.places_in_output(done)
        yield from since.books()
        metadata = json.loads((self.project.folder / "metadata.json").read_text())
        reference = metadata["buildx.build.ref"].rpartition("/")[2]
        yield from since.history(reference, self.project.folder / "record.dockerbuild")

    def _outputs(self) -> Iterator[str]:
        yield from ("--output", f"type=image,name={self.image}:1,push=true")
        yield from ("--cache-to", "type=inline")
        for mode in MODES:
            yield from ("--cache-to", f"type=local,dest={self.project.folder / mode},mode={mode}")
            yield from ("--cache-to", f"type=registry,ref={self.cache}-{mode}:1,mode={mode}")
        yield from ("--provenance=mode=max", "--attest", f"type=sbom,generator={self.scanner}")
        yield from ("--metadata-file", str(self.project.folder / "metadata.json"))


@pytest.fixture
def everything(engine: Engine, project: Project, nonce: str, scanner: str) -> Everything:
    return Everything(engine, project, f"secrets-{nonce}", scanner)


def test_no_byte_of_a_key_is_in_anything_that_a_build_leaves(
    engine: Engine, uki: Callable[..., None], keys: Path, everything: Everything, nonce: str
) -> None:
    uki()
    since = leaks.Daemon.now(engine)

    done = everything.build("--target", "uki", "--no-cache-filter", "uki", *secrets(keys))

    needles = lines(keys)
    pushed, records = list(everything.pushed()), list(everything.records(since, done))
    assert leaks.holding(pushed, needles) == []
    assert leaks.holding(everything.caches(), needles) == []
    assert leaks.holding(records, needles) == []
    assert leaks.holding(since.steps(), needles) == []
    assert [kind for kind, _ in pushed].count(STATEMENT) == 2
    assert leaks.holding(pushed, [b"moby.buildkit.cache.v0"])
    assert len(leaks.holding(everything.caches(), [nonce.encode()])) >= 2
    public = {place.partition(" ")[0] for place in leaks.holding(records, [b"build-uki"])}
    assert public >= {"du", "blob"}, "where a secret would be that is a word of a command"


@pytest.mark.parametrize("target", ["iso", "uki"])
def test_a_secret_cloud_config_is_only_in_the_requested_files(
    engine: Engine,
    project: Project,
    system: Callable[..., str],
    uki: Callable[..., None],
    keys: Path,
    config: tuple[str, ...],
    word: bytes,
    everything: Everything,
    target: str,
) -> None:
    """They are in one layer of the pushed image, which the engine unpacks, and in the last step's result only."""
    if target == "uki":
        uki("    cloud_config: {secret: install}\n")
    else:
        project.write(system("  iso:\n    cloud_config: {secret: install}\n"))
    since = leaks.Daemon.now(engine)

    done = everything.build("--target", target, *config, *secrets(keys))

    pushed = list(everything.pushed())
    assert leaks.holding(pushed, [word]) == [LAYER]
    assert leaks.holding(everything.caches(), [word, *lines(keys)]) == []
    blobs = leaks.holding(everything.records(since, done), [word])
    assert [place.partition(" ")[0] for place in blobs] == ["blob"]
    assert [place.rpartition(".")[2] for place in leaks.holding(since.steps(), [word])] == ["iso"] * 2
    assert [kind for kind, _ in pushed].count(STATEMENT) == 2


def test_a_secret_cloud_config_is_in_no_image(
    engine: Engine,
    project: Project,
    system: Callable[..., str],
    config: tuple[str, ...],
    word: bytes,
    everything: Everything,
    auroraboot: Callable[[str], str],
    nonce: str,
) -> None:
    project.write(system("  iso:\n    cloud_config: {secret: install}\n"))
    build = project.folder / "build"
    before = leaks.Daemon.now(engine)
    project.must_build(engine, "--target", "iso", "-o", str(build), *config)
    steps = leaks.holding(before.steps(), [word])
    since = leaks.Daemon.now(engine)

    done = everything.build(*config)

    visited = look(project, engine, auroraboot(AURORABOOT), f"{EXTRACT} && cp /iso/config.yaml /out/")
    assert visited["config.yaml"].encode() == b"#cloud-config\nhostname: %s\n" % word
    assert [place.rpartition(".")[2] for place in leaks.holding(leaks.folder(build), [word])] == ["iso"]
    assert [place.rpartition(".")[2] for place in steps] == ["iso"]
    assert leaks.holding(everything.pushed(), [word]) == []
    assert leaks.holding(everything.caches(), [word]) == []
    assert leaks.holding(everything.records(since, done), [word]) == []
    assert len(leaks.holding(everything.caches(), [nonce.encode()])) >= 2


def test_a_secret_that_was_not_provided_is_an_error_at_its_line(
    engine: Engine, project: Project, system: Callable[..., str]
) -> None:
    project.write(system("  iso:\n    cloud_config: {secret: install}\n"))

    output = project.fails(engine, "--target", "iso")

    assert "secret install: not found" in output
    assert ">>>   iso:" in output


def test_builds_at_once_do_not_get_each_others_secret(
    engine: Engine, project: Project, system: Callable[..., str], word: bytes
) -> None:
    """Two platforms of each of two builds: four hand-overs that differ in nothing else."""
    project.write(system("  iso:\n    cloud_config: {secret: install}\n"))
    both = ("--target", "iso", "--platform", "linux/amd64,linux/arm64")

    def build(number: int) -> list[str]:
        secret, folder = project.folder / f"secret-{number}", project.folder / f"build-{number}"
        secret.write_bytes(b"#cloud-config\nhostname: %s-%d\n" % (word, number))
        project.must_build(engine, *both, "-o", str(folder), "--secret", f"id=install,src={secret}")
        return leaks.holding(leaks.folder(folder), [b"%s-%d" % (word, number)])

    with ThreadPoolExecutor() as pool:
        actual = list(pool.map(build, (1, 2)))

    assert [[place.partition("/")[0] for place in places] for places in actual] == [["linux_amd64", "linux_arm64"]] * 2
