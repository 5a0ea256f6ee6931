"""Image metadata: what a reference means today, for one platform.

A tag moves and a request costs a round trip to a registry, so each (reference, platform) is asked for once
per build, and all of them at the same time: `resolve` returns at once. The daemon applies the user's source
policy, so the image that comes back may be another one than was asked for: use what is returned, pinned by
its digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kairosfile.gateway.errors import UnsupportedError
from kairosfile.llb import Platform, normalize_reference
from kairosfile.pb import gateway_pb2 as pb
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.gateway.calls import Answer, Calls

_SCHEME = "docker-image://"


class Image(NamedTuple):
    """An image as the daemon resolved it; `config` is the OCI image configuration, JSON as it is stored.

    `reference` is pinned: `docker.io/library/ubuntu:24.04@sha256:...`; `digest` is that of what the reference
    names, an index where the image has several platforms.
    """

    reference: str
    digest: str
    config: bytes


class ImageResolver:
    """Resolves references, each (reference, platform, mode) once."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._answers: dict[tuple[str, Platform, str], Answer[Image]] = {}

    def resolve(self, reference: str, platform: Platform, mode: str, *, by_source: bool) -> Answer[Image]:
        """Start to resolve; `by_source` says that the daemon knows ResolveSourceMeta.

        `mode` is `default`, `pull` or `local`. Raises ValueError for a reference that is none.
        """
        asked = (normalize_reference(reference), platform.normalized(), mode)
        if asked not in self._answers:
            start = self._by_source if by_source else self._by_config
            self._answers[asked] = start(*asked)
        return self._answers[asked]

    def _by_source(self, reference: str, platform: Platform, mode: str) -> Answer[Image]:
        request = pb.ResolveSourceMetaRequest(
            Source=ops_pb2.SourceOp(identifier=_SCHEME + reference),
            Platform=_message(platform),
            LogName=_log_name(reference),
            ResolveMode=mode,
        )
        response = self._calls.start("ResolveSourceMeta", request, pb.ResolveSourceMetaResponse)
        return response.then(lambda meta: _from_source(reference, meta))

    def _by_config(self, reference: str, platform: Platform, mode: str) -> Answer[Image]:
        request = pb.ResolveImageConfigRequest(
            Ref=reference,
            Platform=_message(platform),
            LogName=_log_name(reference),
            ResolveMode=mode,
        )
        response = self._calls.start("ResolveImageConfig", request, pb.ResolveImageConfigResponse)
        return response.then(lambda meta: _image(meta.Ref or reference, meta.Digest, meta.Config))


def _from_source(reference: str, meta: pb.ResolveSourceMetaResponse) -> Image:
    identifier = meta.Source.identifier
    if not identifier.startswith(_SCHEME) or not meta.HasField("Image"):
        raise UnsupportedError(
            f"image {reference}: a source policy replaces it by {identifier}, which is not an image; "
            "this frontend supports only policies that name another image"
        )
    return _image(identifier.removeprefix(_SCHEME), meta.Image.Digest, meta.Image.Config)


def _image(reference: str, digest: str, config: bytes) -> Image:
    name = reference.partition("@")[0]
    return Image(f"{name}@{digest}" if digest else reference, digest, config)


def _log_name(reference: str) -> str:
    return f"[internal] load metadata for {reference}"


def _message(platform: Platform) -> ops_pb2.Platform:
    return ops_pb2.Platform(
        OS=platform.os,
        Architecture=platform.architecture,
        Variant=platform.variant,
        OSVersion=platform.os_version,
        OSFeatures=platform.os_features,
    )
