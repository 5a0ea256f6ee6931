"""Fields that are not part of the image itself (args, includes, platforms, labels, annotations), and composite fields.

The composite fields are the provider, kairos-init and the settings of its stages.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.kairos.releases import KairosInitImage, ProviderPlugin
from kairosfile.language.model import RARE, StrictModel, Text
from kairosfile.sections.hooks.mount_model import Mount
from kairosfile.sections.short_forms import nothing_more, platforms_from_list

Args = Annotated[
    dict[str, StrictStr | None],
    Field(
        description="Args that --build-arg can set, each with its default; null without one. Any text "
        "value of the file may use ${NAME}, or ${NAME:-default} without a declaration here, and $$ for a dollar; "
        "TARGETARCH and the other platform args need no declaration. The text of `run` steps and the "
        "`content` of files is not changed: a `run` step has the args that it names in its environment.",
        examples=[{"SUITE": "13", "TEAM": None}],
    ),
]
Labels = Annotated[
    dict[str, StrictStr],
    Field(
        description="Labels of the image's config; --label wins.",
        examples=[{"org.opencontainers.image.vendor": "ACME"}],
    ),
]
Annotations = Annotated[
    dict[str, StrictStr],
    Field(
        description="Annotations of the image's manifest, on every platform.",
        examples=[{"org.opencontainers.image.description": "Edge node"}],
    ),
]
Extends = Annotated[
    Text | None,
    Field(
        description="Another Kairosfile of the build context that this one is merged over: mappings are merged, the "
        "lists of hooks, cloud_config and tests are appended, all other values are replaced.",
        examples=["common/base.yaml"],
    ),
]
Include = Annotated[
    tuple[Text, ...],
    Field(
        description="More Kairosfiles of the build context to merge this one over, in this order, after `extends`.",
        examples=[["common/users.yaml"]],
    ),
]

ProviderName = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]

LogLevel = Literal["debug", "info", "warn", "error", "trace"]

Layers = Literal["steps", "one"]


class PlatformFields(StrictModel):
    """The overrides of one platform."""

    base: Text | None = Field(None, description="Base on this platform.", examples=["debian:13"])
    model: Text | None = Field(None, description="Board on this platform.", examples=["rpi4"])
    packages: tuple[Text, ...] = Field(
        (),
        description="More packages on this platform; they become the last step of after_install.",
        examples=[["wireless-regdb"]],
    )


_Described = Annotated[PlatformFields, BeforeValidator(nothing_more)]

Platforms = Annotated[
    dict[str, _Described],
    BeforeValidator(platforms_from_list),
    Field(
        description="Supported platforms, each with its overrides: model, base, packages. "
        "Building for another one is an error. Default: any platform.",
        examples=[{"linux/amd64": {}, "linux/arm64": {"model": "rpi4"}}],
    ),
]


class Provider(ProviderPlugin, StrictModel):
    """A Kubernetes distribution; without a version its vendor's newest is installed.

    kairos-init can install k3s and k0s. Any other one is installed by a `plugin` from the file.
    """

    name: ProviderName = Field(
        description="Kubernetes distribution: k3s, k0s, or the name that a plugin answers to.",
        examples=["k3s", "k0s", "kubeadm"],
    )
    version: Text | None = Field(
        None,
        description="Its release, as the vendor tags it. Pin it: the default is the vendor's newest release.",
        examples=["v1.33.1+k3s1", "v1.33.1+k0s.0"],
    )
    config: Text | None = Field(
        None,
        description="File of the build context for the provider's plugin, not copied into the image; "
        "kairos-init's plugins for k3s and k0s do not read it (kairos-init v0.6.0 and newer).",
        examples=["provider.yaml"],
    )
    plugin: Text | None = Field(
        None,
        description="Program that installs the provider for kairos-init, a file of the build context or of "
        "the image `from`. It is copied to /system/providers before install; the step providerBinaries, which "
        "adds the plugin for k3s and k0s, is skipped (kairos-init v0.6.0 and newer).",
        examples=["agent-provider-kubeadm"],
    )
    from_: Text | None = Field(
        None,
        alias="from",
        description="Image with the plugin. Default: the build context.",
        examples=["registry.example.com/acme/provider-kubeadm:v1.2.0"],
    )


class KairosInit(KairosInitImage, StrictModel):
    """The kairos-init to use. `kairos_init: v0.17.3` is short for its version, any other text for its image.

    The release decides which command line is used: that of `version`, else of the image's tag, else the newest
    known.
    """

    version: Text | None = Field(
        None,
        description="Release of kairos-init whose command line is used; also the tag if the image has none.",
        examples=["v0.17.3", "v0.6.0"],
    )
    image: Text | None = Field(
        None,
        description="Image that contains kairos-init. Default: quay.io/kairos/kairos-init.",
        examples=["registry.example.com/mirror/kairos-init:v0.17.3"],
    )
    digest: Text | None = Field(
        None,
        description="Digest that pins the image.",
        examples=["sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"],
    )


class Install(StrictModel):
    """Further settings of the install stage of kairos-init."""

    mounts: Annotated[tuple[Mount, ...], RARE] = Field(
        (),
        description="Mounts of install: subscriptions, logins of mirrors, certificates. None of them "
        "is part of the image, and another value of a secret leaves the step cached.",
        examples=[[{"type": "secret", "id": "entitlement", "target": "/etc/pki/entitlement/key.pem"}]],
    )
    fips: StrictBool | None = Field(
        None,
        description="Whether install gets `fips`. false installs no FIPS packages, for bases that get them in a "
        "hook; init gets `fips` anyway. Default: the field `fips`.",
        examples=[False],
    )
    parts: StrictBool | None = Field(
        None,
        description="Whether install runs in parts, each a separate step: packages, kernel, kairos and provider. "
        "Another provider or release of Kubernetes then leaves packages and kernel cached, and images of several "
        "providers share them (kairos-init v0.6.0 and newer, without stage extensions). Default: true if parts "
        "are known to create the files of one run: Debian, model generic, kairos-init v0.14.7 to v0.17.3.",
        examples=[False],
    )


class Init(StrictModel):
    """Further settings of the init stage of kairos-init."""

    mounts: Annotated[tuple[Mount, ...], RARE] = Field(
        (),
        description="Mounts of init; none of them is part of the image.",
        examples=[[{"type": "bind", "source": "dracut", "target": "/usr/lib/dracut/modules.d/90site"}]],
    )


class ImageFormat(StrictModel):
    """The layers of the image; its files stay the same."""

    layers: Layers = Field(
        "steps",
        description="steps: a layer for each step. one: one layer above those of the base, without files that a step "
        "adds and a later one removes. Then each change makes machines download this whole layer.",
        examples=["one"],
    )


class Framework(StrictModel):
    """The framework image of kairos-init up to v0.4.9, which contains the agents' binaries."""

    version: Text | None = Field(
        None, description="Tag of the framework image. Default: the one of the release.", examples=["v2.18.3"]
    )
    registry: Text | None = Field(
        None,
        description="Registry and organisation that the image records for upgrades; nothing is pulled from it.",
        examples=["registry.example.com/acme"],
    )


class Binaries(StrictModel):
    """Releases to download instead of the binaries in kairos-init (v0.5.0 and newer)."""

    agent: Text | None = Field(None, description="Release of kairos-agent.", examples=["v2.25.0"])
    immucore: Text | None = Field(None, description="Release of immucore.", examples=["v0.11.3"])
    kcrypt_challenger: Text | None = Field(
        None, description="Release of kcrypt-discovery-challenger.", examples=["v0.11.2"]
    )
    provider: Text | None = Field(None, description="Release of provider-kairos.", examples=["v2.13.1"])
    edgevpn: Text | None = Field(None, description="Release of edgevpn.", examples=["v0.30.2"])
