"""Builds exported from AuroraBoot's page become Kairosfiles that the checker accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kairosfile import language, sections
from kairosfile.cli.errors import CliError
from kairosfile.cli.web.auroraboot import read_export

EXPORT: dict[str, Any] = {
    "version": 1,
    "kind": "auroraboot.build-config",
    "exportedAt": "2026-11-01T00:00:00Z",
    "name": "edge\n# x: y",
    "buildMode": "image",
    "source": {
        "baseImage": "ubuntu:22.04",
        "kairosVersion": "v1.0",
        "arch": "arm64",
        "model": "nvidia-agx-orin",
        "variant": "standard",
        "kubernetesDistro": "k3s",
        "kubernetesVersion": "v1.33.1+k3s1",
        "kairosInitImage": "quay.io/kairos/kairos-init:v0.16.2",
        "allow-insecure-registries": True,
    },
    "overlayRootfs": "/overlay",
    "outputs": {
        "iso": True, "cloudImage": True, "netboot": True, "rawDisk": True, "tar": True, "gce": True,
        "vhd": True, "maas": True, "uki": False, "fips": False, "trustedBoot": False,
    },
    "signing": {"ukiKeySetName": "mine"},
    "provisioning": {
        "autoInstall": True, "registerAuroraBoot": True, "targetGroupName": "a", "userMode": "custom",
        "username": "me", "allowedCommands": ["upgrade"],
    },
    "advancedCloudConfig": "#cloud-config\nusers: [{passwd: canary}]\n",
}  # fmt: skip


def read(**more: Any) -> Any:
    result = read_export(json.dumps({**EXPORT, **more}))
    return result, sections.read(language.Source("Kairosfile", result["text"])).model


def test_every_field_is_converted_or_reported_with_a_reason() -> None:
    result, model = read()

    assert (model.base, model.model, model.version) == ("ubuntu:22.04", "nvidia-jetson-agx-orin", "v1.0")
    assert (model.provider.name, model.provider.version) == ("k3s", "v1.33.1+k3s1")
    assert (model.fips, model.trusted_boot) == (False, False)
    assert model.artifacts.raw.formats == ("efi", "gce", "vhd", "maas")
    assert result["platforms"] == ["linux/arm64"]
    output = {note["field"] for note in result["notes"]}
    assert output == {
        "source.model", "source.kairosVersion", "source.allow-insecure-registries",
        "outputs.tar", "signing", "overlayRootfs", "advancedCloudConfig", "provisioning.userMode",
        "provisioning.autoInstall", "provisioning.registerAuroraBoot", "provisioning.targetGroupName",
        "provisioning.allowedCommands",
    }  # fmt: skip
    assert all(note["field"] in result["text"] for note in result["notes"])
    assert "canary" not in result["text"]
    assert "\n# x: y" not in result["text"], "a name is no line of the file"


def test_a_version_that_no_build_finds_is_reported() -> None:
    source = {**EXPORT["source"], "kubernetesVersion": "v1.28.0"}
    result = read_export(json.dumps({**EXPORT, "source": source}))

    (note,) = (it for it in result["notes"] if it["field"] == "source.kubernetesVersion")
    assert note["why"].startswith("v1.28.0 is not a k3s release; use one such as v1.33.1+k3s1")


def test_a_core_image_has_no_provider_and_an_absent_version_is_theirs() -> None:
    source = {"baseImage": "debian:13", "variant": "core", "kubernetesDistro": "k3s"}
    _, model = read(source=source, outputs={}, signing=None, provisioning=[])

    assert (model.provider, model.version, model.model) == (None, "v1.0", "generic")


def test_a_dockerfile_is_adopted() -> None:
    calls = " && ".join(f"/kairos-init -s {stage} --version v1.0.0" for stage in ("install", "init"))
    copied = (
        "FROM quay.io/kairos/kairos-init:v0.17.3 AS k\nFROM ubuntu:24.04\nCOPY --from=k /kairos-init /kairos-init\n"
    )
    dockerfile = f"{copied}RUN {calls}\n"
    result, model = read(buildMode="dockerfile", dockerfile=dockerfile)

    assert (model.base, model.version) == ("ubuntu:24.04", "v1.0.0")
    assert result["account"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "invalid JSON"),
        ("[" * 100_000, "invalid JSON"),
        ("[]", "not an AuroraBoot export"),
        ('{"kind": "x"}', "not an AuroraBoot export"),
        (json.dumps({**EXPORT, "version": 2}), "only version 1 is supported"),
    ],
)
def test_another_text_is_refused(text: str, why: str) -> None:
    with pytest.raises(CliError, match=why):
        read_export(text)
