"""`kairosfile verify`: what is made of the evidence that buildx shows."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from kairosfile.cli.verify.checks import CHECKS, Local
from kairosfile.cli.verify.evidence import Evidence, read
from kairosfile.cli.verify.provenance import BUILDKIT, Provenance
from kairosfile.cli.verify.provenance import read as made
from kairosfile.cli.verify.signature import signature

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
MADE = Provenance("Kairosfile", {DIGEST: "pkg:docker/debian@13"}, TEXT, {"common/users.yaml": "hooks: {}\n"})
GOOD = Evidence("linux/amd64", LABELS, MADE, SPDX)
LOCAL = Local("Kairosfile", TEXT, {"org.opencontainers.image.version": "v1.0.0"}, {"KAIROS_VERSION": "v1.0.0"})


def bad(found: Evidence, local: Local | None = LOCAL) -> list[tuple[str, str]]:
    findings = [finding for check in CHECKS for finding in check(found, local)]
    assert all(finding.message.startswith("linux/amd64: ") for finding in findings)
    return [(finding.status, finding.check) for finding in findings if finding.status != "ok"]


def test_evidence_that_agrees_is_good() -> None:
    assert bad(GOOD) == []


def test_what_is_missing_is_a_warning() -> None:
    missing = [("warning", "labels")] * 3 + [("warning", "provenance"), ("warning", "sbom")]

    assert bad(Evidence("linux/amd64", {}, None, {}), None) == missing


def test_a_base_that_the_build_did_not_use_is_an_error() -> None:
    other = MADE._replace(materials={f"sha256:{'b' * 64}": "pkg:docker/debian@13"})

    assert bad(GOOD._replace(provenance=other)) == [("error", "provenance")]


@pytest.mark.parametrize("text", [TEXT + "model: rpi4\n", TEXT.rstrip("\n"), ""])
def test_another_kairosfile_is_an_error(text: str) -> None:
    assert bad(GOOD, LOCAL._replace(text=text)) == [("error", "kairosfile")]


def test_another_included_file_is_an_error_and_one_that_gave_no_step_is_not_known() -> None:
    included = {"common/users.yaml": "hooks: {}\n", "only-labels.yaml": "labels: {a: b}\n"}

    assert bad(GOOD, LOCAL._replace(included=included)) == []
    assert bad(GOOD, LOCAL._replace(included=included | {"common/users.yaml": "x"})) == [("error", "kairosfile")]


def test_another_version_is_an_error() -> None:
    assert bad(GOOD, LOCAL._replace(labels={"org.opencontainers.image.version": "v2"})) == [("error", "labels")]


def test_provenance_without_a_text_cannot_be_compared() -> None:
    assert bad(GOOD._replace(provenance=MADE._replace(kairosfile=None))) == [("warning", "kairosfile")]


@pytest.mark.parametrize("predicate", [FULL, FULL_V1], ids=["0.2", "1"])
def test_provenance_of_either_version_says_the_same(predicate: dict[str, Any]) -> None:
    assert made(predicate) == MADE


@pytest.mark.parametrize("data", [{}, {"data": "%"}, {"data": 7}, {"data": base64.b64encode(b"\xff").decode()}])
def test_a_text_that_is_none_is_not_known(data: dict[str, Any]) -> None:
    assert made(FULL | {"metadata": {BUILDKIT: {"source": {"infos": [data]}}}}).kairosfile is None


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
    assert made(predicate) == Provenance(None, {}, None, {})


def shown(**parts: Any) -> str:
    return json.dumps({"manifest": {"digest": DIGEST}, "image": {}, "provenance": None, "sbom": None} | parts)


def test_an_image_of_one_platform_is_read_as_one_of_several() -> None:
    image = {"os": "linux", "architecture": "arm64", "config": {"Labels": LABELS}}
    alone = read(shown(image=image, provenance={"SLSA": FULL}, sbom={"SPDX": SPDX}))
    one = {"linux/arm64": image}
    several = read(shown(image=one, provenance={"linux/arm64": {"SLSA": FULL}}, sbom={"linux/arm64": {"SPDX": SPDX}}))

    assert alone == several
    assert [each.platform for each in alone.platforms] == ["linux/arm64"]
    assert alone.platforms[0].provenance == MADE


def test_an_image_without_any_evidence_is_read() -> None:
    (found,) = read(shown(image={"linux/amd64": {"config": {}}})).platforms

    assert found == Evidence("linux/amd64", {}, None, {})


def test_a_signature_is_not_looked_for_without_a_key() -> None:
    assert signature("example.com/a:1", DIGEST, None).status == "unknown"
