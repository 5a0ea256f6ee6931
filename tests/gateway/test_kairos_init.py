"""The kairos-init commands that the daemon receives: mounts of the build context, the check, proxies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kairosfile.gateway.known_options import proxy_env
from kairosfile.llb import ProxyEnv
from kairosfile.plan.install import HOST_KEYS
from tests.gateway.test_frontend import IMAGES, result_of, run
from tests.support.gateway.fake_bridge import FakeBridge
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT = b"""\
base: mirror/debian:13
version: v1.0.0
provider: {name: k3s, version: v1.33.1+k3s1, config: config/p.yaml}
stage_extensions: extensions/
binaries: {agent: v2.25.0}
"""
EXTENSION = b"stages: {after-install: [{commands: [echo]}]}\n"


def solved(text: bytes = TEXT, options: Mapping[str, str] | None = None) -> list[ops_pb2.Op]:
    """Return the operations that the daemon receives."""
    context = {"extensions/a.yaml": EXTENSION, "config/p.yaml": b"a: b\n", "other": b""}
    with FakeBridge(files={"dockerfile": {"Kairosfile": text}, "context": context}, images=IMAGES) as fake:
        result_of(run(fake, options))
        return [ops_pb2.Op.FromString(raw) for raw in getattr(fake.requests("Solve")[-1].Definition, "def")]


def mounts_of(op: ops_pb2.Op) -> dict[str, tuple[str, bool]]:
    return {mount.dest: (mount.selector, mount.readonly) for mount in op.exec.mounts if mount.selector}


def test_files_of_the_context_are_mounted_read_only_where_a_stage_reads_them() -> None:
    ops = solved()

    by_stage = {words[8]: mounts_of(op) for op in ops if "/kairos-init" in (words := list(op.exec.meta.args))}
    extensions = {"/kairos-init-stage-extensions": ("/extensions", True)}
    program = {"/kairos-init": ("/kairos-init", True)}
    assert by_stage["init"] == program | extensions
    config = {"/kairos-init-provider-config": ("/config/p.yaml", True)}
    keys = dict.fromkeys(HOST_KEYS, ("/kairos-init", True))  # any file works
    assert by_stage["install"] == program | extensions | config | keys


def test_only_what_is_mounted_is_transferred() -> None:
    (context,) = [op.source for op in solved() if op.source.identifier == "local://context"]

    assert json.loads(context.attrs["local.followpaths"]) == ["config/p.yaml", "extensions"]


def test_the_binaries_are_named_in_the_image_before_install() -> None:
    (expected,) = [action.mkfile for op in solved() for action in op.file.actions if action.HasField("mkfile")]

    assert (expected.path, expected.data) == ("/etc/kairos/.init_versions.yaml", b'agent: "v2.25.0"\n')


def test_the_check_is_part_of_the_graph_on_a_read_only_root_without_network() -> None:
    ops = solved()
    (check,) = [op.exec for op in ops if op.exec.meta.args[-2:] == ["check", "k3s"]]

    assert check.network == ops_pb2.NetMode.NONE
    assert [mount.readonly for mount in check.mounts if mount.dest == "/"] == [True]
    (merge,) = [op.merge for op in ops if op.HasField("merge")]
    assert len(merge.inputs) == 2
    assert [len(op.file.actions) for op in ops if op.HasField("file")][-1] == 2  # joins validate and check


def test_proxies_reach_what_has_a_network_and_no_environment() -> None:
    options = {"build-arg:HTTP_PROXY": "http://proxy.example.com:3128", "build-arg:no_proxy": "localhost"}
    runs = [op.exec for op in solved(options=options) if op.HasField("exec")]

    for op in runs:
        proxied = op.network != ops_pb2.NetMode.NONE
        assert (op.meta.proxy_env.http_proxy == "http://proxy.example.com:3128") == proxied
        assert not any("proxy" in pair.lower() for pair in op.meta.env)
    assert any(op.meta.proxy_env.no_proxy == "localhost" for op in runs)


@pytest.mark.parametrize(
    ("build_args", "expected"),
    [
        ({}, None),
        ({"VERSION": "v1"}, None),
        ({"HTTP_PROXY": ""}, None),
        ({"Https_Proxy": "a", "ALL_PROXY": "b"}, ProxyEnv(https="a", all="b")),
        ({"http_proxy": "lower", "HTTP_PROXY": "upper"}, ProxyEnv(http="lower")),
    ],
)
def test_proxies_are_build_args_in_any_spelling(build_args: Mapping[str, str], expected: ProxyEnv | None) -> None:
    assert expected == proxy_env(build_args)
