"""Options that no buildx of the test engines sends or that their daemons lack: they take effect or cause a warning."""

from __future__ import annotations

import json

import pytest

from kairosfile.plan.compile import WITHOUT_USAGE
from tests.gateway.test_frontend import BOTH, IMAGES, daemon, message_of, result_of, run
from tests.support.gateway.fake_bridge import V0_13, V0_25, FakeBridge, FakeImage, Release
from tests.support.protobuf import gateway_pb2 as pb
from tests.support.protobuf import ops_pb2

V0_31 = Release("0.31", 16 << 20)
PLAIN = b"base: mirror/debian:13\nversion: v1.0.0\n"
LACKING = {"exec.meta.ulimit", "exec.meta.cgroup.parent", "exec.mount.tmpfs.size"}
LIMITS = {"memory": "1000000", "memswap": "-1", "cpushares": "3", "cpuperiod": "4", "cpuquota": "5"}
LIMITS |= {"cpusetcpus": "0-1", "cpusetmems": "0"}


def warned(fake: FakeBridge) -> list[str]:
    """Return the warnings about the request; a warning about the file starts with a rule id."""
    texts = [request.short.decode() for request in fake.requests("Warn")]
    return [text for text in texts if not text.startswith("KF")]


def execs(fake: FakeBridge) -> list[ops_pb2.ExecOp]:
    ops = [ops_pb2.Op.FromString(raw) for raw in getattr(fake.requests("Solve")[-1].Definition, "def")]
    return [op.exec for op in ops if op.HasField("exec")]


def _without(pong: pb.PongResponse, lacking: set[str]) -> pb.PongResponse:
    remaining = [cap for cap in pong.LLBCaps if cap.ID not in lacking]
    del pong.LLBCaps[:]
    pong.LLBCaps.extend(remaining)
    return pong


def test_limits_of_memory_and_processors_reach_every_run_of_a_daemon_that_knows_them() -> None:
    with daemon(release=V0_31) as fake:
        result_of(run(fake, LIMITS))

        messages = [entry.linux_resources for entry in fake.requests("Solve")[-1].Definition.metadata.values()]
        runs = execs(fake)
    expected = ops_pb2.LinuxResources(
        memory=1000000, memorySwap=-1, cpuShares=3, cpuPeriod=4, cpuQuota=5, cpusetCpus="0-1", cpusetMems="0"
    )
    assert [limits for limits in messages if limits.ByteSize()] == [expected] * len(runs)
    assert warned(fake) == []


@pytest.mark.parametrize("release", [V0_13, V0_25])
def test_limits_are_warned_of_once_where_the_daemon_does_not_know_them(release: Release) -> None:
    with daemon(release=release) as fake:
        result_of(run(fake, {"memory": "1000", "cpusetcpus": "0", **BOTH}))

        (text,) = warned(fake)
        result = fake.requests("Solve")[-1].Definition.metadata.values()
    assert text == (
        "--memory, --cpuset-cpus has no effect: this BuildKit cannot limit the memory and processors of a step "
        "(it lacks exec.meta.linux.resources)"
    )
    assert not any(entry.HasField("linux_resources") for entry in result)


def test_features_that_a_daemon_lacks_are_omitted_and_reported() -> None:
    """A daemon older than 0.10, which does not list these capabilities."""
    options = {"ulimit": "nofile=1", "cgroup-parent": "mine", "shm-size": "1000"}
    with FakeBridge(files={"dockerfile": {"Kairosfile": PLAIN}}, images=IMAGES, release=V0_13) as fake:
        fake.on("Ping", lambda request, usual: _without(usual(request), LACKING))
        result_of(run(fake, options))
        metas, mounts = [op.meta for op in execs(fake)], [mount for op in execs(fake) for mount in op.mounts]

        flags = [text.partition(" has no effect")[0] for text in warned(fake)]
    assert sorted(flags) == ["--cgroup-parent", "--shm-size", "--ulimit"]
    assert not any(meta.ulimit or meta.cgroupParent for meta in metas)
    assert "/dev/shm" not in {mount.dest for mount in mounts}  # noqa: S108 - a mount point


def test_an_option_of_a_later_buildx_is_warned_of_without_its_value() -> None:
    with daemon() as fake:
        result_of(run(fake, {"from.the.future": "hush", "future:x": "y", "contextkey": "mine", "vcs:source": "z"}))

        assert sorted(warned(fake)) == [
            "option from.the.future has no effect: this frontend does not know it",
            "option future:x has no effect: this frontend does not know it",
        ]


def test_a_base_that_is_for_another_platform_is_named() -> None:
    only = FakeImage({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ["sha256:1"]}})
    (base,) = [name for name in IMAGES if name.endswith("mirror/debian:13")]
    files = {"dockerfile": {"Kairosfile": PLAIN}}
    with FakeBridge(files=files, images={**IMAGES, base: only}) as fake:
        result_of(run(fake, BOTH))

        assert warned(fake) == [f"the base {base} is for linux/amd64, not for linux/arm64: so is its image"]


def test_steps_that_download_without_a_network_are_warned_of() -> None:
    with daemon() as fake:
        result_of(run(fake, {"force-network-mode": "none"}))

        (text,) = warned(fake)

    assert text.startswith("--network none: install kairos")
    assert "fails where it has to download something" in text


def test_a_build_without_options_has_no_warnings() -> None:
    usual = {
        "attest:provenance": "mode=min,inline-only=true",
        "image-resolve-mode": "local",
        "frontend.caps": "x+forward",
    }
    with daemon() as fake:
        result_of(run(fake, usual))

        assert warned(fake) == []


def own_words(op: ops_pb2.ExecOp) -> list[str]:
    """Return the arguments of a command, without those of the shell around kairos-init."""
    words = list(op.meta.args)
    return words[len(WITHOUT_USAGE) + 1 :] if tuple(words[: len(WITHOUT_USAGE)]) == WITHOUT_USAGE else words


def test_the_default_of_the_network_leaves_alone_what_names_one() -> None:
    with daemon() as fake:
        result_of(run(fake, {"force-network-mode": "host"}))
        modes = {" ".join(own_words(op)[:3]): ops_pb2.NetMode.Name(op.network) for op in execs(fake)}

    assert modes["/bin/sh -ec echo hi"] == "HOST"
    assert modes["/kairos-init -l info"] == "NONE"
    assert modes["/run/kairos-init validate -t"] == "NONE"


def test_a_step_without_a_network_gets_no_proxy() -> None:
    with daemon() as fake:
        result_of(run(fake, {"force-network-mode": "none", "build-arg:HTTP_PROXY": "http://proxy.example.com:1"}))

        assert not any(op.meta.HasField("proxy_env") for op in execs(fake))


def test_memory_that_a_step_mounts_itself_keeps_its_size() -> None:
    text = PLAIN + b"hooks: {after_install: [{run: 'true', mounts: [{type: tmpfs, target: /dev/shm, size: 7}]}]}\n"
    with daemon(text) as fake:
        result_of(run(fake, {"shm-size": "1000"}))
        sizes = {
            op.meta.args[-1]: [mount.TmpfsOpt.size for mount in op.mounts if mount.dest == "/dev/shm"]  # noqa: S108
            for op in execs(fake)
        }

    assert sizes == {"true": [7], "v0.0.0": [1000], "v1.0.0": [1000], "false": [1000]}


def test_the_epoch_is_in_the_result_and_in_no_operation() -> None:
    with daemon(PLAIN) as plain, daemon(PLAIN) as dated:
        result_of(run(plain))
        result = result_of(run(dated, {"build-arg:SOURCE_DATE_EPOCH": "1000000000"}))
        graphs = [getattr(fake.requests("Solve")[-1].Definition, "def") for fake in (plain, dated)]

    history = json.loads(result.metadata["containerimage.config"])["history"]
    assert result.metadata["source.date.epoch"] == b"1000000000"
    assert {entry["created"] for entry in history if "comment" in entry} == {"2001-09-09T01:46:40Z"}
    assert "created" not in history[0]
    assert list(graphs[0]) == list(graphs[1])


def test_a_wrong_value_names_the_flag() -> None:
    with daemon() as fake:
        assert message_of(run(fake, {"ulimit": "nofile"})).startswith("--ulimit: expected name=soft")
