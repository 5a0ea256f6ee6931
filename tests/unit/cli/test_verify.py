"""`kairosfile verify`: how it evaluates the evidence in a registry."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile.cli.commands.verify import Against, show
from kairosfile.cli.verify import checks, evidence
from kairosfile.cli.verify.checks import CHECKS, Local, signature
from kairosfile.cli.verify.evidence import BUILDKIT, Evidence, Provenance, Pushed, read
from kairosfile.cli.verify.evidence import read_provenance as parsed
from kairosfile.cli.verify.image import ATTESTED, PREDICATE
from tests.unit.cli.test_verify_release import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "base: debian:13\nversion: v1.0.0\n"
DIGEST = f"sha256:{'a' * 64}"
LABELS = {
    "org.opencontainers.image.version": "v1.0.0",
    "org.opencontainers.image.base.name": "debian:13",
    "org.opencontainers.image.base.digest": DIGEST,
}
MATERIALS = [{"uri": "pkg:docker/debian@13", "digest": {"sha256": "a" * 64}}]
INFOS = [
    {"filename": name, "data": base64.b64encode(text.encode()).decode()}
    for name, text in (("Kairosfile", TEXT), ("common/users.yaml", "hooks: {}\n"))
]
SOURCE = {"source": {"infos": INFOS}}
FULL: dict[str, Any] = {
    "invocation": {"configSource": {"entryPoint": "Kairosfile"}},
    "metadata": {BUILDKIT: SOURCE},
    "materials": MATERIALS,
}
SPDX: dict[str, Any] = {"packages": [{}, {}]}
FULL_V1: dict[str, Any] = {
    "buildDefinition": {
        "externalParameters": {"configSource": {"path": "Kairosfile"}},
        "resolvedDependencies": MATERIALS,
    },
    "runDetails": {"metadata": {"buildkit_metadata": SOURCE}},
}
PROVENANCE = Provenance("Kairosfile", {DIGEST: "pkg:docker/debian@13"}, TEXT, {"common/users.yaml": "hooks: {}\n"})
GOOD = Evidence("linux/amd64", LABELS, PROVENANCE, SPDX)
LOCAL = Local("Kairosfile", TEXT, {"org.opencontainers.image.version": "v1.0.0"}, {"KAIROS_VERSION": "v1.0.0"})


def bad(evidence: Evidence, local: Local | None = LOCAL) -> list[tuple[str, str]]:
    findings = [finding for check in CHECKS for finding in check(evidence, local)]
    assert all(finding.message.startswith("linux/amd64: ") for finding in findings)
    return [(finding.status, finding.check) for finding in findings if finding.status != "ok"]


def test_evidence_that_agrees_is_good() -> None:
    assert bad(GOOD) == []


def test_what_is_missing_is_a_warning() -> None:
    missing = [("warning", "labels")] * 3 + [("warning", "provenance"), ("warning", "sbom")]

    assert bad(Evidence("linux/amd64", {}, None, {}), None) == missing


def test_a_base_that_the_build_did_not_use_is_an_error() -> None:
    other = replace(PROVENANCE, materials={f"sha256:{'b' * 64}": "pkg:docker/debian@13"})

    assert bad(replace(GOOD, provenance=other)) == [("error", "provenance")]


@pytest.mark.parametrize("text", [TEXT + "model: rpi4\n", TEXT.rstrip("\n"), ""])
def test_another_kairosfile_is_an_error(text: str) -> None:
    assert bad(GOOD, replace(LOCAL, text=text)) == [("error", "kairosfile")]


def test_another_included_file_is_an_error_and_one_that_gave_no_step_is_not_known() -> None:
    included = {"common/users.yaml": "hooks: {}\n", "only-labels.yaml": "labels: {a: b}\n"}

    assert bad(GOOD, replace(LOCAL, included=included)) == []
    assert bad(GOOD, replace(LOCAL, included=included | {"common/users.yaml": "x"})) == [("error", "kairosfile")]


def test_another_version_is_an_error() -> None:
    assert bad(GOOD, replace(LOCAL, labels={"org.opencontainers.image.version": "v2"})) == [("error", "labels")]


def test_provenance_without_a_text_cannot_be_compared() -> None:
    assert bad(replace(GOOD, provenance=replace(PROVENANCE, kairosfile=None))) == [("warning", "kairosfile")]


@pytest.mark.parametrize("predicate", [FULL, FULL_V1], ids=["0.2", "1"])
def test_provenance_of_either_version_says_the_same(predicate: dict[str, Any]) -> None:
    assert parsed(predicate) == PROVENANCE


@pytest.mark.parametrize("data", [{}, {"data": "%"}, {"data": 7}, {"data": base64.b64encode(b"\xff").decode()}])
def test_an_invalid_entry_has_no_kairosfile(data: dict[str, Any]) -> None:
    assert parsed(FULL | {"metadata": {BUILDKIT: {"source": {"infos": [data]}}}}).kairosfile is None


@pytest.mark.parametrize(
    "predicate",
    [
        {"materials": None, "metadata": [], "invocation": "x"},
        {"materials": [None, 7, {"digest": "x"}, {"digest": {"sha512": "x"}}]},
        {"metadata": {BUILDKIT: {"source": {"infos": {}}}}},
        {"buildDefinition": None, "runDetails": 7},
        {"buildDefinition": {"resolvedDependencies": {}, "externalParameters": {"configSource": {"path": []}}}},
    ],
)
def test_provenance_of_another_shape_says_nothing(predicate: dict[str, Any]) -> None:
    assert parsed(predicate) == Provenance(None, {}, None, {})


IMAGE_CONFIG = {"os": "linux", "architecture": "arm64", "variant": "v8", "config": {"Labels": LABELS}}


def put_image(shelf: Shelf, config: dict[str, Any]) -> str:
    manifest = {"config": {"digest": shelf.put_json(config)}, "layers": []}
    return shelf.put_json(manifest)


def put_index(shelf: Shelf, config: dict[str, Any], **predicates: dict[str, Any]) -> str:
    """Add an image with attestations to a shelf; return the digest of its index."""
    image = put_image(shelf, config)
    types = {"slsa": "https://slsa.dev/provenance/v0.2", "spdx": "https://spdx.dev/Document"}
    layers = [
        {"digest": shelf.put_json({"predicate": predicate}), "size": 9, "annotations": {PREDICATE: types[kind]}}
        for kind, predicate in predicates.items()
    ]
    entries: list[dict[str, Any]] = [
        {"digest": image, "size": 1, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}
    ]
    attests = {"digest": shelf.put_json({"layers": layers}), "size": 1, "annotations": {ATTESTED: image}}
    entries.append(attests | {"platform": {"os": "unknown", "architecture": "unknown"}})
    return shelf.put_json({"manifests": entries})


def test_the_evidence_of_an_index_is_read_by_platform() -> None:
    shelf: Any = Shelf()
    digest = put_index(shelf, IMAGE_CONFIG, slsa=FULL, spdx=SPDX)

    assert read(shelf, digest) == Pushed(digest, [Evidence("linux/arm64", LABELS, PROVENANCE, SPDX)])


def test_an_image_of_one_platform_and_without_an_index_is_read() -> None:
    shelf: Any = Shelf()
    digest = put_image(shelf, {"os": "linux", "architecture": "amd64", "config": {}})

    assert read(shelf, digest) == Pushed(digest, [Evidence("linux/amd64", {}, None, {})])


def test_an_image_without_a_word_of_kairos_fails_without_any_docker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Shelf()
    digest = put_index(shelf, {"os": "linux", "architecture": "arm64", "config": {}})

    @contextmanager
    def repository(_: str) -> Iterator[Shelf]:
        yield shelf

    for module in (evidence, checks):
        monkeypatch.setattr(module, "repository", repository)
    monkeypatch.setenv("PATH", "/nowhere")

    assert show(f"r.example/acme/os@{digest}", Against(), "text", strict=False) == 1
    assert "error    release     linux/arm64: /etc/kairos-release is missing: this is not a Kairos image" in (
        capsys.readouterr().out
    )


def test_a_signature_is_not_looked_for_without_a_key() -> None:
    assert signature("example.com/a:1", DIGEST, None).status == "unknown"
