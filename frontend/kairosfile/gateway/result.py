"""The result of a build in the shape that BuildKit's exporters read.

One platform gives one ref; several, or one on demand, give a map of refs by platform. Beside them go the
image configuration of each platform and the list of platforms, which exporters require as soon as there is a
map. The configurations are made elsewhere; here they are only put in their place. Source of the keys:
exporter/containerimage/exptypes/types.go.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kairosfile.pb import gateway_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kairosfile.gateway.ref import Ref
    from kairosfile.llb import Platform

_CONFIG = "containerimage.config"
_BASE_CONFIG = "containerimage.base.config"
_PLATFORMS = "refs.platforms"
_ANNOTATION = "annotation-manifest"
_EPOCH = "source.date.epoch"


class PlatformResult(NamedTuple):
    """What was built for one platform: its files, and the image configurations, OCI JSON; none for what is no image.

    `annotations` are for the platform's manifest.
    """

    ref: Ref
    config: bytes | None
    base_config: bytes | None = None
    annotations: Mapping[str, str] = MappingProxyType({})


def assemble(
    results: Mapping[Platform, PlatformResult], *, multi_platform: bool, epoch: int | None = None
) -> pb.Result:
    """Return the result to hand back, platforms in the order of `results`.

    `multi_platform` asks for the map (`Options.multi_platform`); ValueError when there is more than one
    platform and it does not. `epoch`, in seconds since 1970, is the time that exporters give the image and may give
    its files.
    """
    result = pb.Result()
    if multi_platform:
        for platform, built in results.items():
            result.refs.refs[_id(platform)].id = built.ref.id
            _add_configs(result, built, suffix=f"/{_id(platform)}")
            _add_annotations(result, built, f"{_ANNOTATION}[{_id(platform)}]")
    else:
        (built,) = results.values()
        result.ref.id = built.ref.id
        _add_configs(result, built, suffix="")
        _add_annotations(result, built, _ANNOTATION)
    result.metadata[_PLATFORMS] = _describe(results)
    if epoch is not None:
        result.metadata[_EPOCH] = str(epoch).encode()
    return result


def _add_configs(result: pb.Result, built: PlatformResult, suffix: str) -> None:
    if built.config is not None:
        result.metadata[_CONFIG + suffix] = built.config
    if built.base_config is not None:
        result.metadata[_BASE_CONFIG + suffix] = built.base_config


def _add_annotations(result: pb.Result, built: PlatformResult, prefix: str) -> None:
    """A prefix without a platform means the only one (exporter/containerimage/exptypes/annotations.go)."""
    for key, value in built.annotations.items():
        result.metadata[f"{prefix}.{key}"] = value.encode()


def _id(platform: Platform) -> str:
    return str(platform.normalized())


def _describe(platforms: Mapping[Platform, object]) -> bytes:
    listed = [{"ID": _id(platform), "Platform": _oci(platform.normalized())} for platform in platforms]
    return json.dumps({"Platforms": listed}, separators=(",", ":")).encode()


def _oci(platform: Platform) -> dict[str, object]:
    members = {
        "architecture": platform.architecture,
        "os": platform.os,
        "os.version": platform.os_version,
        "os.features": list(platform.os_features),
        "variant": platform.variant,
    }
    return {name: value for name, value in members.items() if value}
