"""The builds of `make real` with the published programs: the rows of docs/internals/limits.md.

A row is a Kairosfile and the requested output. Bases are those of Docker Hub.
"""

from __future__ import annotations

from typing import NamedTuple

DEBIAN = "debian:13"
HOOKS = """
hooks:
  after_install:
    - packages: [htop]
    - kernel: linux-image-cloud-{arch}
    - {file: /etc/motd, content: "hello\\n"}
cloud_config:
  - name: 90_custom.yaml
    content: {users: [{name: op, groups: [admin], lock_passwd: true}]}
tests:
  - {path: /etc/motd}
  - run: htop --version
"""
SKIPPED = """
skip_steps: [installKernel]
hooks: {after_install: [{kernel: linux-image-cloud-amd64}]}
"""
PLUGIN = """#!/bin/sh
cat >/dev/null
case $1 in
*install) touch /usr/bin/own && printf '{"state": "success", "data": "", "error": ""}' ;;
*) printf '{"state": "success", "error": "", "data": "%s"}' '{\\"provider\\": \\"own\\", \\"version\\": \\"v1\\"}' ;;
esac
"""
CONFIG = "#cloud-config\ninstall: {auto: true}\nusers: [{name: op, groups: [admin], passwd: '*'}]\n"
FAMILIES = {
    "debian": DEBIAN,
    "ubuntu": "ubuntu:24.04",
    "fedora": "fedora:43",
    "opensuse": "opensuse/leap:15.6",
    "alpine": "alpine:3.21",
}


class Row(NamedTuple):
    """One thing to build: `text` follows base, kairos_init and version; `needs_keys` are those of a UKI.

    `is_parts` compares install in parts with one install; `allow` is an entitlement that the build is given.
    """

    name: str
    text: str = ""
    base: str = DEBIAN
    platform: str = "linux/amd64"
    target: str = "image"
    allow: str = ""
    needs_keys: bool = False
    is_parts: bool = False


ROWS: tuple[Row, ...] = (
    Row("core"),
    Row("version"),
    Row("hooks", HOOKS.replace("{arch}", "amd64")),
    Row("skip-kernel", SKIPPED),
    Row("k3s", "provider: {name: k3s, version: v1.33.1+k3s1}\n"),
    Row("k0s", "provider: {name: k0s, version: v1.33.1+k0s.0}\n"),
    Row("own-provider", "provider: {name: own, version: v1, plugin: plugin.sh}\n"),
    Row("trusted-boot", "trusted_boot: true\n"),
    Row("fips", "fips: true\ninstall: {fips: false}\n"),
    Row("rpi4", "model: rpi4\n", platform="linux/arm64"),
    Row("iso", "artifacts: {iso: {cloud_config: install.yaml}}\n", target="iso"),
    Row("netboot", "artifacts: {netboot: {}}\n", target="netboot"),
    Row(
        "uki",
        "trusted_boot: true\nartifacts: {uki: {keys: {public_keys: public}}}\n",
        base="ubuntu:24.04",
        target="uki",
        needs_keys=True,
    ),
    Row("raw", "artifacts: {raw: {formats: [efi]}}\n", target="raw", allow="security.insecure"),
    Row("arm64", platform="linux/arm64"),
    *(Row(f"parts-{family}", base=base, is_parts=True) for family, base in FAMILIES.items()),
)
