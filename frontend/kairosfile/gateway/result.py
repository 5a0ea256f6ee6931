"""The result of a build in the form that BuildKit's exporters read.

One platform gives one ref; several, or one on request, give a map of refs by platform. The metadata have the image
configuration of each platform and the list of platforms, which exporters require with a map. The configurations are
created elsewhere. Source of the keys: exporter/containerimage/exptypes/types.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.interpreter import MappingProxyType
from kairosfile.json_text import to_json
from kairosfile.named_tuple import NamedTuple
from kairosfile.pb import gateway as pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.bridge import Ref
    from kairosfile.llb import Platform

_CONFIG = "containerimage.config"
_BASE_CONFIG = "containerimage.base.config"
_PLATFORMS = "refs.platforms"
_ANNOTATION = "annotation-manifest"
_EPOCH = "source.date.epoch"


class PlatformResult(NamedTuple):
    """The result for one platform: its files, and the image configurations, OCI JSON, None if it is not an image.

    `annotations` are for the platform's manifest.
    """

    ref: Ref
    config: bytes | None
    base_config: bytes | None = None
    annotations: Mapping[str, str] = MappingProxyType({})


def assemble(
    results: Mapping[Platform, PlatformResult], *, multi_platform: bool, epoch: int | None = None
) -> pb.Result:
    """Return the result of a build.

    Args:
        results: The results by platform, in the order for exporters.
        multi_platform: Whether the result is a map by platform (`Options.multi_platform`).
        epoch: SOURCE_DATE_EPOCH in seconds since 1970, which exporters set as the time of the image and, on request, of
            its files; None for neither.

    Raises:
        ValueError: There are several platforms without `multi_platform`.
    """
    metadata = {_PLATFORMS: _describe(results)}
    if epoch is not None:
        metadata[_EPOCH] = str(epoch).encode()
    if multi_platform:
        for platform, built in results.items():
            metadata |= _configs(built, suffix=f"/{_id(platform)}")
            metadata |= _annotations(built, f"{_ANNOTATION}[{_id(platform)}]")
        refs = {_id(platform): pb.Ref(id=built.ref.id) for platform, built in results.items()}
        return pb.Result(refs=pb.RefMap(refs=refs), metadata=metadata)
    (built,) = results.values()
    metadata |= {**_configs(built, suffix=""), **_annotations(built, _ANNOTATION)}
    return pb.Result(ref=pb.Ref(id=built.ref.id), metadata=metadata)


def _configs(built: PlatformResult, suffix: str) -> dict[str, bytes]:
    configs = {_CONFIG: built.config, _BASE_CONFIG: built.base_config}
    return {key + suffix: config for key, config in configs.items() if config is not None}


def _annotations(built: PlatformResult, prefix: str) -> dict[str, bytes]:
    """A prefix without a platform means the only one (exporter/containerimage/exptypes/annotations.go)."""
    return {f"{prefix}.{key}": value.encode() for key, value in built.annotations.items()}


def _id(platform: Platform) -> str:
    return str(platform.normalized())


def _describe(platforms: Mapping[Platform, object]) -> bytes:
    listed = [{"ID": _id(platform), "Platform": _oci(platform.normalized())} for platform in platforms]
    return to_json({"Platforms": listed}, compact=True).encode()


def _oci(platform: Platform) -> dict[str, object]:
    members = {
        "architecture": platform.architecture,
        "os": platform.os,
        "os.version": platform.os_version,
        "os.features": list(platform.os_features),
        "variant": platform.variant,
    }
    return {name: value for name, value in members.items() if value}
