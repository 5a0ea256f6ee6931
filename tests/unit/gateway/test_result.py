"""Results in the format that exporters read."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from kairosfile.gateway.bridge import Ref
from kairosfile.gateway.result import PlatformResult, assemble
from kairosfile.llb import Platform
from tests.support.protobuf import gateway_pb2

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def _assemble(built: dict[Platform, PlatformResult], *, multi_platform: bool) -> gateway_pb2.Result:
    """Return the result as the daemon decodes it."""
    return gateway_pb2.Result.FromString(assemble(built, multi_platform=multi_platform).encode())


def _built(name: str, base: bytes | None = None) -> PlatformResult:
    return PlatformResult(Ref(cast("Any", None), name), b'{"os":"linux"}', base)


def test_one_platform_is_one_ref_with_plain_keys() -> None:
    result = _assemble({AMD64: _built("r1", b"{}")}, multi_platform=False)

    assert result.ref.id == "r1"
    assert dict(result.metadata) == {
        "containerimage.config": b'{"os":"linux"}',
        "containerimage.base.config": b"{}",
        "refs.platforms": (b'{"Platforms":[{"ID":"linux/amd64","Platform":{"architecture":"amd64","os":"linux"}}]}'),
    }


def test_one_platform_on_demand_is_a_map() -> None:
    result = _assemble({AMD64: _built("r1")}, multi_platform=True)

    assert {name: ref.id for name, ref in result.refs.refs.items()} == {"linux/amd64": "r1"}
    assert sorted(result.metadata) == ["containerimage.config/linux/amd64", "refs.platforms"]


def test_several_platforms_are_listed_in_the_order_of_the_request() -> None:
    built = {Platform("linux", "arm", "7"): _built("r1"), ARM64: _built("r2", b"{}"), AMD64: _built("r3")}
    result = _assemble(built, multi_platform=True)
    platforms = json.loads(result.metadata["refs.platforms"])["Platforms"]

    assert [platform["ID"] for platform in platforms] == ["linux/arm/v7", "linux/arm64", "linux/amd64"]
    assert platforms[0]["Platform"] == {"architecture": "arm", "os": "linux", "variant": "v7"}
    assert sorted(result.refs.refs) == ["linux/amd64", "linux/arm/v7", "linux/arm64"]
    assert sorted(set(result.metadata) - {"refs.platforms"}) == [
        "containerimage.base.config/linux/arm64",
        "containerimage.config/linux/amd64",
        "containerimage.config/linux/arm/v7",
        "containerimage.config/linux/arm64",
    ]


def test_version_of_the_system_is_part_of_the_name() -> None:
    windows = Platform("windows", "amd64", os_version="10.0.17763", os_features=("win32k",))
    result = _assemble({windows: _built("r1")}, multi_platform=True)
    ((name, _),) = result.refs.refs.items()
    (platform,) = json.loads(result.metadata["refs.platforms"])["Platforms"]

    assert name == platform["ID"] == str(windows)
    assert platform["Platform"]["os.version"] == "10.0.17763"
    assert platform["Platform"]["os.features"] == ["win32k"]


def test_empty_filesystem_is_a_result_too() -> None:
    result = _assemble({AMD64: _built("")}, multi_platform=False)

    assert result.WhichOneof("result") == "ref"


def test_several_platforms_do_not_fit_one_ref() -> None:
    with pytest.raises(ValueError, match="too many values"):
        assemble({AMD64: _built("r1"), ARM64: _built("r2")}, multi_platform=False)
