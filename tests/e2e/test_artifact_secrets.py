"""Where the secrets of artifacts are: in the files that a person asked for, and in nothing else that a build leaves."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.artifacts import EXTRACT, KEYS, PUBLIC, look, secrets
from tests.standin.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Project
    from tests.engine import Engine

WORD = "token-of-nobody-77c1f0e4"


@pytest.fixture
def uki(project: Project, system: Callable[..., str], keys: Path) -> Project:
    """A project for Trusted Boot with its public keys."""
    (project.folder / "public").mkdir()
    for name in PUBLIC[:3]:
        shutil.copy(keys / name, project.folder / "public")
    section = "  uki:\n    keys: {public_keys: public}\n    outputs: [iso, uki]\n"
    project.write(system(section, more="trusted_boot: true\n"))
    return project


@pytest.fixture
def secret(project: Project, system: Callable[..., str]) -> tuple[str, ...]:
    """A project whose ISO has a cloud-config that is a secret; returns the option that hands it in."""
    project.write(system("  iso:\n    cloud_config: {secret: install}\n"))
    (project.folder / "secret.yaml").write_text(f"#cloud-config\nhostname: {WORD}\n")
    return ("--secret", f"id=install,src={project.folder / 'secret.yaml'}")


def contents(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield all files below a folder, those that are compressed as what they hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield path, gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def holding(folder: Path, needles: list[bytes]) -> list[Path]:
    return [path for path, data in contents(folder) if any(needle in data for needle in needles)]


def lines(keys: Path) -> list[bytes]:
    """Return a line of the body of each private key: whoever has it has a good part of the key."""
    bodies = ((keys / name).read_bytes().splitlines() for name in KEYS if name != "db.pem")
    return [body[len(body) // 2] for body in bodies]


def logged(engine: Engine, before: int) -> bytes:
    """Return what the daemon wrote to its log since it had `before` bytes."""
    return engine.log.read_bytes()[before:]


@pytest.mark.parametrize("mode", ["min", "max"])
def test_no_byte_of_a_key_is_in_an_exported_cache_an_output_or_a_log(
    engine: Engine, uki: Project, keys: Path, mode: str
) -> None:
    before = engine.log.stat().st_size
    cache, image = uki.folder / "cache", uki.folder / "image"
    exported = ("--cache-to", f"type=local,dest={cache},mode={mode}")
    output = ("-o", f"type=oci,dest={image},tar=false", "--provenance=mode=max")

    done = uki.must_build(engine, "--target", "uki", "--no-cache-filter", "uki", *exported, *output, *secrets(keys))

    needles = lines(keys)
    assert all(len(needle) == 64 for needle in needles)
    assert any(data for _, data in contents(cache))
    assert holding(cache, needles) == holding(image, needles) == []
    said = done.output + "".join(vertex.log + vertex.name for vertex in done.vertices.values())
    assert not any(needle.decode() in said for needle in needles)
    assert not any(needle in logged(engine, before) for needle in needles)


def test_a_secret_cloud_config_is_in_the_iso_alone(
    engine: Engine,
    project: Project,
    secret: tuple[str, ...],
    auroraboot: Callable[[str], str],
) -> None:
    before = engine.log.stat().st_size
    image, build = project.folder / "image", project.folder / "build"
    attested = ("--provenance=mode=max", *secret)

    made = project.must_build(engine, "--target", "iso", "-o", str(build), *secret)
    done = project.must_build(engine, "-o", f"type=oci,dest={image},tar=false", *attested)
    files = project.must_build(engine, "--target", "iso", "-o", f"type=oci,dest={project.folder / 'iso'}", *attested)

    words = [WORD.encode()]
    assert look(project, engine, auroraboot(AURORABOOT), f"{EXTRACT} && cp /iso/config.yaml /out/")["config.yaml"] == (
        f"#cloud-config\nhostname: {WORD}\n"
    )
    assert [path.suffix for path in holding(build, words)] == [".iso"]
    assert holding(image, words) == []
    for one in (made, done, files):
        assert WORD not in one.output + "".join(vertex.log + vertex.name for vertex in one.vertices.values())
    assert WORD.encode() not in logged(engine, before)


def test_a_cache_that_is_exported_with_the_image_does_not_hold_the_secret(
    engine: Engine, project: Project, secret: tuple[str, ...]
) -> None:
    project.must_build(engine, "--target", "iso", *secret)

    project.must_build(engine, "--cache-to", f"type=local,dest={project.folder / 'cache'},mode=max", *secret)

    assert holding(project.folder / "cache", [WORD.encode()]) == []


def test_a_cache_that_is_exported_with_the_iso_itself_does_not_hold_it(
    engine: Engine, project: Project, secret: tuple[str, ...]
) -> None:
    cache = project.folder / "cache"

    project.must_build(engine, "--target", "iso", "--cache-to", f"type=local,dest={cache},mode=min", *secret)

    assert holding(cache, [WORD.encode()]) == []
