"""`kairosfile verify`: the attestations of an image and its signature, with stand-ins for both."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.registry import RegistryError
from kairosfile.cli.verify import evidence as module
from kairosfile.cli.verify.checks import signature
from kairosfile.cli.verify.evidence import attestations
from kairosfile.cli.verify.image import ATTESTED, PREDICATE, attached, repository_of
from tests.unit.cli.test_verify_release import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1 << 20
SPDX, SLSA_1 = "https://spdx.dev/Document", "https://slsa.dev/provenance/v1"
DIGEST = f"sha256:{'a' * 64}"
IMAGE = "r.example/acme/os:v1"


def index(shelf: Shelf, subject: object = None, sbom: int = 2000) -> str:
    """Add an image with attestations to a shelf; return the digest of its index."""
    image = shelf.put_json({"layers": []})
    named = [{"name": "os", "digest": {"sha256": image.removeprefix("sha256:")}}] if subject is None else subject
    statement = shelf.put_json({"subject": named, "predicateType": SLSA_1})
    layers = [
        {"digest": DIGEST, "size": sbom, "annotations": {PREDICATE: SPDX}},
        {"digest": statement, "size": 600, "annotations": {PREDICATE: SLSA_1}},
        {"digest": DIGEST, "size": 17, "annotations": {PREDICATE: "https://example.com/own"}},
    ]
    attests = shelf.put_json({"layers": layers})
    entries = [
        {"digest": image, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
        {"digest": attests, "platform": {"os": "unknown"}, "annotations": {ATTESTED: image}},
    ]
    return shelf.put_json({"manifests": entries})


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A stand-in for the registry of every repository."""
    one = Shelf()

    @contextmanager
    def repository(name: str) -> Iterator[Shelf]:
        assert name == "r.example/acme/os"
        yield one

    monkeypatch.setattr(module, "repository", repository)
    return one


def test_attestations_are_found_by_the_platform_of_their_image(shelf: Any) -> None:
    actual = list(attached(shelf, index(shelf)))

    assert {one.platform for one in actual} == {"linux/arm64"}
    assert [(one.kind, one.size) for one in actual] == [
        ("SBOM", 2000),
        ("provenance", 600),
        ("https://example.com/own", 17),
    ]


def test_an_image_without_an_index_has_no_attestations(shelf: Any) -> None:
    assert list(attached(shelf, shelf.put_json({"layers": []}))) == []


def test_the_sizes_of_all_are_reported_and_a_large_one_is_a_warning(shelf: Shelf) -> None:
    small = list(attestations(IMAGE, index(shelf)))
    large = list(attestations(IMAGE, index(shelf, sbom=31 * MIB)))

    message = "linux/arm64: SBOM 2 KiB, provenance 600 bytes, https://example.com/own 17 bytes"
    assert [(one.check, one.status, one.message) for one in small] == [("size", "ok", message)]
    assert [one.status for one in large] == ["ok", "warning"]
    assert large[1].message.startswith("linux/arm64: the SBOM has 31 MiB; ")


@pytest.mark.parametrize("subject", [[], {}, "x", [{"digest": {"sha256": "b" * 64}}]])
def test_provenance_that_names_another_image_is_an_error(shelf: Shelf, subject: object) -> None:
    actual = [one for one in attestations(IMAGE, index(shelf, subject)) if one.check == "provenance"]

    assert [one.status for one in actual] == ["error"]
    assert actual[0].message.startswith("linux/arm64: it was made for another image: it names ")


def test_a_registry_that_does_not_answer_leaves_sizes_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def repository(name: str) -> None:
        raise RegistryError(f"{name} is down", "wait")

    monkeypatch.setattr(module, "repository", repository)

    (only,) = attestations(IMAGE, DIGEST)

    assert (only.status, only.advice) == ("unknown", "wait")


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("a", "docker.io/library/a"),
        ("a/b:1", "docker.io/a/b"),
        (f"localhost:5000/a/b:1@{DIGEST}", "localhost:5000/a/b"),
    ],
)
def test_the_repository_of_an_image_is_its_full_name(image: str, name: str) -> None:
    assert repository_of(image) == name


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 0", f"{DIGEST} is signed with the key of k.pub"),
        ("exit 10", f"{DIGEST} has no signature"),
        ("exit 12", f"{DIGEST} is signed, but not with the key of k.pub"),
        ("echo 'Error: it rains' >&2; exit 1", f"{DIGEST} is signed with the key of k.pub: it rains"),
        ("exit 1", "it gives no reason"),
    ],
)
def test_the_result_of_cosign_is_reported_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    (tmp_path / "cosign").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "cosign").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    actual = signature(IMAGE, DIGEST, "k.pub")

    assert actual.status == ("ok" if script == "exit 0" else "error")
    assert actual.message.endswith(message)


def test_a_missing_cosign_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert signature(IMAGE, DIGEST, "k.pub").advice == "install cosign"
