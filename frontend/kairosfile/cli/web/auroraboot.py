"""Builds that AuroraBoot's page exported (`auroraboot.build-config`, version 1), as Kairosfiles.

What has no place in a Kairosfile is listed with the reason, in the answer and at the top of the text.
"""

from __future__ import annotations

import json
from typing import Any

from kairosfile.cli.errors import CliError
from kairosfile.cli.web import answers
from kairosfile.dockerfile.adopt.writer import write
from kairosfile.kairos.releases import PROVIDER_VERSIONS

KIND, VERSION = "auroraboot.build-config", 1
# Names of its page that no release of kairos-init knows.
MODELS = {"nvidia-agx-orin": "nvidia-jetson-agx-orin", "nvidia-orin-nx": "nvidia-jetson-orin-nx"}
DISKS = {"rawDisk": "efi", "cloudImage": "efi", "gce": "gce", "vhd": "vhd", "maas": "maas"}
DEFAULT_VERSION = "v1.0"
USERS = "define users and SSH keys in a cloud-config: cloud_config, or cloud_config of an artifact"
KEYS = "keys are files: artifacts.uki.keys is the folder of the public keys; private keys are build secrets"
FLEET = "machines register with a fleet server through the cloud-config that they boot with"


class _Import:
    """Converts one export into the fields of a Kairosfile."""

    def __init__(self, export: dict[str, Any]) -> None:
        self.export = export
        self.source = _mapping(export, "source")
        self.notes: list[dict[str, str]] = []
        self.fields: dict[str, Any] = {}

    def note(self, field: str, why: str) -> None:
        """Record why a field of the export is not converted as it is."""
        self.notes.append({"field": field, "why": why})

    def read(self) -> None:
        """Set the fields, in the order of the reference."""
        self._image()
        self._provider()
        self._version()
        outputs = _mapping(self.export, "outputs")
        for ours, theirs in (("trusted_boot", "trustedBoot"), ("fips", "fips")):
            if outputs.get(theirs) is True:
                self.fields[ours] = True
        self._artifacts(outputs)
        self._left_over(outputs)

    def _image(self) -> None:
        self.fields["base"] = _text(self.source, "baseImage")
        if model := _text(self.source, "model"):
            if model in MODELS:
                self.note("source.model", f"kairos-init calls {model} {MODELS[model]}")
            self.fields["model"] = MODELS.get(model, model)

    def _provider(self) -> None:
        name, version = _text(self.source, "kubernetesDistro"), _text(self.source, "kubernetesVersion")
        if not name:
            return
        if _text(self.source, "variant") == "core":
            self.note("source.kubernetesDistro", f"the variant is core, so {name} is not part of the image")
            return
        self.fields["provider"] = {"name": name, "version": version} if version else {"name": name}
        pattern, example = PROVIDER_VERSIONS.get(name, (None, ""))
        if version and pattern and not pattern.fullmatch(version):
            self.note("source.kubernetesVersion", f"{version} is not a {name} release; use one such as {example}")

    def _version(self) -> None:
        version = _text(self.source, "kairosVersion")
        self.fields["version"] = version or DEFAULT_VERSION
        why = "it is the version of your image, not of Kairos"
        self.note(
            "source.kairosVersion", why if version else f"it is missing; {DEFAULT_VERSION} is AuroraBoot's default"
        )
        if image := _text(self.source, "kairosInitImage"):
            self.fields["kairos_init"] = image

    def _artifacts(self, outputs: dict[str, Any]) -> None:
        fields: dict[str, Any] = {name: {} for name in ("iso", "uki", "netboot") if outputs.get(name) is True}
        formats = [ours for theirs, ours in DISKS.items() if outputs.get(theirs) is True]
        if formats:
            fields["raw"] = {"formats": list(dict.fromkeys(formats))}
        if enroll := _text(_mapping(self.export, "signing"), "ukiSecureBootEnroll"):
            fields.get("uki", {}).update({"secure_boot_enroll": enroll})
        if fields:
            self.fields["artifacts"] = fields

    def _left_over(self, outputs: dict[str, Any]) -> None:
        provisioning, signing = _mapping(self.export, "provisioning"), _mapping(self.export, "signing")
        if outputs.get("tar") is True:
            self.note("outputs.tar", "write an archive of the image with a build output: --output type=oci,dest=FILE")
        if outputs.get("uki") is True or signing.get("ukiKeySetName"):
            self.note("signing", KEYS)
        if self.export.get("overlayRootfs"):
            self.note("overlayRootfs", "copy the folder with a hook: hooks.after_install, with copy and to")
        if self.source.get("allow-insecure-registries") is True:
            self.note("source.allow-insecure-registries", "configure registries without TLS in the builder")
        if provisioning.get("userMode") != "none":
            self.note("provisioning.userMode", USERS)
        for name in ("autoInstall", "registerAuroraBoot", "targetGroupName", "allowedCommands"):
            if provisioning.get(name):
                self.note(
                    f"provisioning.{name}", FLEET if name != "autoInstall" else "write install.auto in a cloud-config"
                )
        if self.export.get("advancedCloudConfig"):
            self.note(
                "advancedCloudConfig", "it may contain passwords; save it as a file and set cloud_config to its path"
            )


def read_export(text: str) -> dict[str, Any]:
    """Return the Kairosfile of an export, with notes and the platform; raises CliError for another text."""
    export = _parse(text)
    source = _mapping(export, "source")
    architecture = _text(source, "arch") or "amd64"
    if _text(export, "buildMode") == "dockerfile":
        adoption = answers.adopt_text(_text(export, "dockerfile"), {}, "")
        return {
            "text": adoption["kairosfile"],
            "notes": [],
            "platforms": [f"linux/{architecture}"],
            "account": adoption["account"],
        }
    read = _Import(export)
    read.read()
    head = [f"Converted from a build that AuroraBoot exported: {_text(export, 'name') or 'unnamed'}.", ""]
    head += ["Changed or not converted:", *(f"  {one['field']}: {one['why']}" for one in read.notes)]
    kairosfile = write(read.fields, head)
    return {"text": kairosfile, "notes": read.notes, "platforms": [f"linux/{architecture}"], "account": None}


def _parse(text: str) -> dict[str, Any]:
    try:
        export = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CliError("invalid JSON; export the build on AuroraBoot's page") from error
    if not isinstance(export, dict) or export.get("kind") != KIND:
        raise CliError(f'not an AuroraBoot export: its "kind" must be {KIND}')
    if export.get("version") != VERSION:
        raise CliError(f"unsupported version of the export: only version {VERSION} is supported")
    return export


def _mapping(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
