"""What surrounds the fields of an image: args, other files, platforms, labels and annotations.

The Kubernetes distribution of an image.

Which kairos-init is used, and what it is told beside the image's own fields.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from kairosfile.language.model import StrictModel, Text
from kairosfile.sections.hooks.model import Mount
from kairosfile.sections.image.tool import KairosInitImage, ProviderPlugin
from kairosfile.sections.short_forms import nothing_more, platforms_from_list


class PlatformFields(StrictModel):
    """What is different on one platform."""

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
        description="Platforms that the file is for, each with what is different there: model, base, packages. "
        "Building for another one is an error. Default: any platform.",
        examples=[{"linux/amd64": {}, "linux/arm64": {"model": "rpi4"}}],
    ),
]
Args = Annotated[
    dict[str, StrictStr | None],
    Field(
        description="Names that --build-arg gives values to, each with its default; null where there is none. Any text "
        "value of the file may say ${NAME}, or ${NAME:-default} without naming it here, and $$ for a dollar; "
        "TARGETARCH and the other platform args exist without being named here. The text of `run` steps and the "
        "`content` of files is left alone: a `run` step finds the args that it names in its environment.",
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
        description="Another Kairosfile of the build context that this one is laid over: mappings are merged, the "
        "lists of hooks, cloud_config and tests are appended, anything else is replaced.",
        examples=["common/base.yaml"],
    ),
]
Include = Annotated[
    tuple[Text, ...],
    Field(
        description="More Kairosfiles of the build context to lay this one over, in this order, after `extends`.",
        examples=[["common/users.yaml"]],
    ),
]


ProviderName = Annotated[Text, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Provider(ProviderPlugin, StrictModel):
    """A Kubernetes distribution; without a version its vendor's newest is installed.

    kairos-init carries what installs k3s and k0s. Any other one is installed by a `plugin` that the file brings.
    """

    name: ProviderName = Field(
        description="Kubernetes distribution: k3s, k0s, or the name that a plugin answers to.",
        examples=["k3s", "k0s", "kubeadm"],
    )
    version: Text | None = Field(
        None,
        description="Its release, as the vendor tags it; pin it, or `latest` is what the vendor says on that day.",
        examples=["v1.33.1+k3s1", "v1.33.1+k0s.0"],
    )
    config: Text | None = Field(
        None,
        description="File of the build context that the provider's plugin is handed, not copied into the image; "
        "the plugins for k3s and k0s that kairos-init carries do not read it (kairos-init v0.6.0 and newer).",
        examples=["provider.yaml"],
    )
    plugin: Text | None = Field(
        None,
        description="Program that kairos-init asks to install the provider, a file of the build context or of "
        "the image `from`. It is put into /system/providers before install; the step providerBinaries, which "
        "brings the plugin for k3s and k0s, is skipped (kairos-init v0.6.0 and newer).",
        examples=["agent-provider-kubeadm"],
    )
    from_: Text | None = Field(
        None,
        alias="from",
        description="Image to take the plugin from. Default: the build context.",
        examples=["registry.example.com/acme/provider-kubeadm:v1.2.0"],
    )


LogLevel = Literal["debug", "info", "warn", "error", "trace"]


class KairosInit(KairosInitImage, StrictModel):
    """The kairos-init to use. `kairos_init: v0.17.3` is short for its version, any other text for its image.

    The release decides which command line is used: that of `version`, else of the image's tag, else the newest
    known.
    """

    version: Text | None = Field(
        None,
        description="Release of kairos-init whose command line is used; also the tag where the image has none.",
        examples=["v0.17.3", "v0.6.0"],
    )
    image: Text | None = Field(
        None,
        description="Image that holds kairos-init. Default: quay.io/kairos/kairos-init.",
        examples=["registry.example.com/mirror/kairos-init:v0.17.3"],
    )
    digest: Text | None = Field(
        None,
        description="Digest that pins the image.",
        examples=["sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"],
    )


class Install(StrictModel):
    """What the install stage of kairos-init gets beside the fields of the image."""

    mounts: tuple[Mount, ...] = Field(
        (),
        description="What is mounted while install runs: subscriptions, logins of mirrors, certificates. Nothing of it "
        "reaches the image, and another value of a secret leaves the step cached.",
        examples=[[{"type": "secret", "id": "entitlement", "target": "/etc/pki/entitlement/key.pem"}]],
    )
    fips: StrictBool | None = Field(
        None,
        description="Whether install is told `fips`. false leaves its packages alone, for bases that get theirs in a "
        "hook; init is told all the same. Default: as the field `fips`.",
        examples=[False],
    )
    parts: StrictBool | None = Field(
        None,
        description="Whether install runs in parts, each a step of its own: packages, kernel, kairos and provider. "
        "Another provider or release of Kubernetes then leaves packages and kernel cached, and images of several "
        "providers share them (kairos-init v0.6.0 and newer, without stage extensions). Default: true where parts "
        "are known to leave the files of one run, that is Debian, model generic, kairos-init v0.14.7 to v0.17.3.",
        examples=[False],
    )


class Init(StrictModel):
    """What the init stage of kairos-init gets beside the fields of the image."""

    mounts: tuple[Mount, ...] = Field(
        (),
        description="What is mounted while init runs; nothing of it reaches the image.",
        examples=[[{"type": "bind", "source": "dracut", "target": "/usr/lib/dracut/modules.d/90site"}]],
    )


Layers = Literal["steps", "one"]


class ImageFormat(StrictModel):
    """How the image is packed; what is in it stays the same."""

    layers: Layers = Field(
        "steps",
        description="steps: a layer for each step. one: one layer above those of the base, without what a step adds "
        "and a later one removes. Each change then costs whoever keeps layers all of that one.",
        examples=["one"],
    )


class Framework(StrictModel):
    """The framework image of kairos-init up to v0.4.9, which brings the agents' binaries."""

    version: Text | None = Field(
        None, description="Tag of the framework image. Default: the one of the release.", examples=["v2.18.3"]
    )
    registry: Text | None = Field(
        None,
        description="Registry and organisation that the image records for upgrades; nothing is pulled from it.",
        examples=["registry.example.com/acme"],
    )


class Binaries(StrictModel):
    """Releases to download instead of the binaries that kairos-init carries (v0.5.0 and newer)."""

    agent: Text | None = Field(None, description="Release of kairos-agent.", examples=["v2.25.0"])
    immucore: Text | None = Field(None, description="Release of immucore.", examples=["v0.11.3"])
    kcrypt_challenger: Text | None = Field(
        None, description="Release of kcrypt-discovery-challenger.", examples=["v0.11.2"]
    )
    provider: Text | None = Field(None, description="Release of provider-kairos.", examples=["v2.13.1"])
    edgevpn: Text | None = Field(None, description="Release of edgevpn.", examples=["v0.30.2"])
