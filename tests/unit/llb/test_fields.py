"""Each option of an operation sets its own field of the message and the capability that the field needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from kairosfile.plan.offline import cache_keys
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

AMD64 = llb.Platform("linux", "amd64")
BASE = llb.image("debian:12")
URL = "https://example.com/file"
NEEDED = llb.Constraints(require=("worker=here",))


def marshalled(state: llb.State) -> tuple[list[ops_pb2.Op], llb.Definition]:
    definition = llb.marshal(state, platform=AMD64)
    return [ops_pb2.Op.FromString(op) for op in definition.ops], definition


HTTP: dict[str, tuple[dict[str, Any], dict[str, str], set[str]]] = {
    "nothing": ({}, {}, set()),
    "checksum": ({"checksum": "sha256:a"}, {"http.checksum": "sha256:a"}, {"source.http.checksum"}),
    "filename": ({"filename": "f"}, {"http.filename": "f"}, set()),
    "mode": ({"mode": 0o640}, {"http.perm": "0640"}, {"source.http.perm"}),
    "uid": ({"uid": 7}, {"http.uid": "7"}, {"soruce.http.uidgid"}),
    "gid": ({"gid": 8}, {"http.gid": "8"}, {"soruce.http.uidgid"}),
    "secret": ({"auth_header_secret": "s"}, {"http.authheadersecret": "s"}, {"source.http.auth"}),
    "accept": ({"accept": "a/b"}, {"http.header.accept": "a/b"}, {"source.http.header"}),
    "user agent": ({"user_agent": "me"}, {"http.header.user-agent": "me"}, {"source.http.header"}),
}


@pytest.mark.parametrize("name", HTTP)
def test_an_option_of_a_download_is_its_attribute_and_capability(name: str) -> None:
    options, attributes, capabilities = HTTP[name]
    ops, definition = marshalled(llb.http(URL, **options))

    assert dict(ops[0].source.attrs) == attributes
    assert set(definition.metadata[definition.head].caps) - {"constraints", "platform"} == {
        "source.http",
        *capabilities,
    }


def test_a_scheme_that_is_not_downloaded_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"the URL does not start with http:// or https://$"):
        llb.http("ftp://example.com/file")


# Functions, so that a test creates the state, not the import of this module.
CONSTRAINED: dict[str, Callable[[], llb.State]] = {
    "http": lambda: llb.http(URL, constraints=NEEDED),
    "image": lambda: llb.image("a", constraints=NEEDED),
    "git": lambda: llb.git("https://example.com/a.git", constraints=NEEDED),
    "local": lambda: llb.local("a", session_id="s", constraints=NEEDED),
    "oci layout": lambda: llb.oci_layout(f"a@sha256:{'a' * 64}", constraints=NEEDED),
    "diff": lambda: llb.diff(BASE, llb.scratch(), NEEDED),
    "merge": lambda: llb.merge([BASE, llb.image("a")], NEEDED),
    "run": lambda: BASE.run(["true"], constraints=NEEDED).root,
    "file": lambda: BASE.file(llb.rm("/a"), constraints=NEEDED),
}


@pytest.mark.parametrize("name", CONSTRAINED)
def test_constraints_are_those_of_the_operation(name: str) -> None:
    ops, _ = marshalled(CONSTRAINED[name]())

    assert list(ops[-2].constraints.filter) == ["worker=here"]


def test_each_proxy_has_its_field() -> None:
    ops, _ = marshalled(BASE.run(["a"], proxy=llb.ProxyEnv("1", "2", "3", "4", "5")).root)
    proxy = ops[-2].exec.meta.proxy_env

    assert (proxy.http_proxy, proxy.https_proxy, proxy.ftp_proxy) == ("1", "2", "3")
    assert (proxy.no_proxy, proxy.all_proxy) == ("4", "5")


def test_the_socket_of_an_agent_has_owner_mode_and_whether_it_may_be_missing() -> None:
    agent = llb.Ssh("key", target="/agent", uid=1, gid=2, mode=0o640, optional=True)
    ops, _ = marshalled(BASE.run(["a"], ssh=[agent]).root)
    (mount,) = [mount for mount in ops[-2].exec.mounts if mount.dest == "/agent"]
    result = mount.SSHOpt

    assert (result.ID, result.uid, result.gid, result.mode, result.optional) == ("key", 1, 2, 0o640, True)


def test_the_lower_side_of_a_diff_is_its_first_input() -> None:
    ops, _ = marshalled(llb.diff(BASE, llb.image("a")))

    assert ops[-2].diff.HasField("lower")
    assert (ops[-2].diff.lower.input, ops[-2].diff.upper.input) == (0, 1)


def test_a_daemon_without_capabilities_supports_nothing() -> None:
    assert not llb.Capabilities(()).supports("source.image")
    assert llb.Capabilities(["source.image"]).supports("source.image")
    assert llb.Capabilities.every().supports("source.image")


def test_the_platform_of_a_config_has_variant_version_and_features() -> None:
    config = {"os": "linux", "architecture": "arm", "variant": "v6", "os.version": "1", "os.features": ["a"]}
    ops, _ = marshalled(BASE.with_image_config(config).run(["a"]).root)
    result = ops[-2].platform

    assert (result.OS, result.Architecture, result.Variant, result.OSVersion) == ("linux", "arm", "v6", "1")
    assert list(result.OSFeatures) == ["a"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-1", -1), ("2147483647", 2**31 - 1), ("-2147483648", -(2**31))],
)
def test_an_owner_that_is_a_number_of_32_bits_is_an_id(text: str, number: int) -> None:
    ops, _ = marshalled(BASE.file(llb.mkdir("/a", owner=llb.Owner.parse(text))))

    assert ops[-2].file.actions[0].mkdir.owner.user.byID == number % 2**32


@pytest.mark.parametrize("text", ["2147483648", "-2147483649"])
def test_a_longer_number_is_a_name(text: str) -> None:
    ops, _ = marshalled(BASE.file(llb.mkdir("/a", owner=llb.Owner.parse(text))))

    assert ops[-2].file.actions[0].mkdir.owner.user.byName.name == text


def test_what_a_worker_must_be_does_not_count_for_the_cache() -> None:
    keys = [
        cache_keys(definition)[definition.head]
        for definition in (
            marshalled(BASE.run(["a"], constraints=constraints).root)[1] for constraints in (None, NEEDED)
        )
    ]

    assert keys[0] == keys[1]


def test_a_folder_and_a_file_have_the_modes_of_a_plain_umask() -> None:
    ops, _ = marshalled(BASE.file(llb.mkdir("/a"), llb.mkfile("/a/b", b"")))

    assert [ops[-2].file.actions[0].mkdir.mode, ops[-2].file.actions[1].mkfile.mode] == [0o755, 0o644]


@pytest.mark.parametrize(("system", "has_path"), [("linux", True), ("windows", False)])
def test_a_daemon_that_sets_no_path_gets_one_but_for_windows(system: str, has_path: bool) -> None:
    definition = llb.marshal(
        BASE.run(["a"]).root, platform=llb.Platform(system, "amd64"), caps=llb.Capabilities(["exec.meta.base"])
    )
    run = ops_pb2.Op.FromString(definition.ops[-2]).exec

    assert any(variable.startswith("PATH=") for variable in run.meta.env) == has_path


def test_devices_and_locations_are_those_of_the_call_whatever_becomes_of_its_lists() -> None:
    devices = [llb.CdiDevice("vendor.com/gpu=0")]
    locations = [llb.Location(llb.SourceMap("f", b"a\n"), (llb.Range(1, 0, 1, 1),))]
    options = llb.Constraints(locations=locations)  # type: ignore[arg-type]
    state = BASE.run(["a"], cdi_devices=devices, constraints=options).root
    before = llb.marshal(state, platform=AMD64).to_bytes()

    devices.clear()
    locations.clear()

    assert llb.marshal(state, platform=AMD64).to_bytes() == before


def test_a_place_in_a_file_has_lines_and_characters() -> None:
    place = llb.Location(llb.SourceMap("f", b"some text\n"), (llb.Range(1, 2, 3, 4),))
    definition = llb.marshal(BASE.run(["a"], constraints=llb.Constraints(locations=(place,))).root, platform=AMD64)
    source = ops_pb2.Definition.FromString(definition.to_bytes()).Source
    (actual,) = source.locations[definition.head].locations[0].ranges

    assert (actual.start.line, actual.start.character, actual.end.line, actual.end.character) == (1, 2, 3, 4)


def test_where_a_file_comes_from_is_marshalled_as_the_graph_is() -> None:
    """With the platform, the daemon's capabilities, the defaults of all ops, and the precise requirements."""
    origin = llb.image("a").run(["b"]).root.file(llb.symlink("/a", "/b"))
    place = llb.Location(llb.SourceMap("f", b"a\n", state=origin), (llb.Range(1, 0, 1, 1),))
    options: dict[str, Any] = {
        "platform": llb.Platform("linux", "arm64"),
        "caps": llb.Capabilities(["exec.meta.base"]),
        "constraints": llb.Constraints(ignore_cache=True),
        "extra_file_caps": True,
    }

    definition = llb.marshal(BASE.run(["c"], constraints=llb.Constraints(locations=(place,))).root, **options)

    assert definition.source
    assert definition.source.infos[0].definition == llb.marshal(origin, **options).to_proto()
