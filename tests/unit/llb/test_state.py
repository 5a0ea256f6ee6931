"""States are immutable values: no operation changes one, and each derived state inherits from its parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

AMD64 = llb.Platform("linux", "amd64")
ARM64 = llb.Platform("linux", "arm64")
BASE = llb.image("debian:12")


def ops(state: llb.State) -> list[ops_pb2.Op]:
    return [ops_pb2.Op.FromString(op) for op in llb.marshal(state, platform=AMD64).ops]


def meta(state: llb.State) -> ops_pb2.Meta:
    """Return the metadata of a state's last run."""
    return ops(state)[-2].exec.meta


def encoded(state: llb.State) -> bytes:
    return llb.marshal(state, platform=AMD64).to_bytes()


CHANGES: list[Callable[[llb.State], llb.State]] = [
    lambda state: state.env("A", "1"),
    lambda state: state.cwd("/srv"),
    lambda state: state.user("1000"),
    lambda state: state.hostname("builder"),
    lambda state: state.network("none"),
    lambda state: state.security("insecure"),
    lambda state: state.add_host("a.example.com", "10.0.0.1"),
    lambda state: state.ulimit("nofile", 1, 2),
    lambda state: state.cgroup_parent("build.slice"),
    lambda state: state.platform(ARM64),
    lambda state: state.with_image_config({"config": {"Env": ["A=1"], "WorkingDir": "/w"}}),
    lambda state: state.run(["true"]).root,
    lambda state: state.file(llb.rm("/x")),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_a_new_state_and_leaves_the_old(change: Callable[[llb.State], llb.State]) -> None:
    state = BASE.env("KEPT", "1")
    before = encoded(state.run(["env"]).root)

    changed = change(state)

    assert changed is not state
    assert encoded(changed.run(["env"]).root) != before
    assert encoded(state.run(["env"]).root) == before


@pytest.mark.parametrize("name", ["content", "settings", "unheard_of"])
def test_a_state_takes_no_assignment(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(llb.scratch(), name, None)


def test_what_a_caller_does_to_its_lists_later_changes_nothing() -> None:
    args, env, description, require = ["true"], {"A": "1"}, {"k": "v"}, ["filter"]
    constraints = llb.Constraints(description=description, require=require)  # type: ignore[arg-type]
    mounts, secrets = [llb.Mount.tmpfs("/t")], [llb.Secret("s")]
    patterns = ["a"]
    context = llb.local("context", session_id="s", include_patterns=patterns)
    copied = BASE.file(llb.copy(context, "/", "/", include_patterns=patterns))
    run = copied.run(args, env=env, mounts=mounts, secrets=secrets, constraints=constraints)
    before = encoded(run.root)

    for changed in (args, require, mounts, secrets, patterns):
        changed.clear()
    env["B"] = "2"
    description["l"] = "w"

    assert encoded(run.root) == before


def test_runs_and_files_inherit_what_is_set_on_the_state() -> None:
    state = BASE.env("A", "1").cwd("/srv").user("u").run(["one"]).root.file(llb.mkdir("d"))

    last = meta(state.run(["two"]).root)

    assert (list(last.env), last.cwd, last.user) == (["A=1"], "/srv", "u")
    assert ops(state)[-2].file.actions[0].mkdir.path == "/srv/d"


def test_a_variable_set_again_moves_to_the_end() -> None:
    state = BASE.env("A", "1").env("B", "2").env("A", "3")

    assert list(meta(state.run(["env"]).root).env) == ["B=2", "A=3"]


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"env": {"A": "1", "B": "2"}}, lambda state: state.env("A", "1").env("B", "2")),
        ({"cwd": "sub"}, lambda state: state.cwd("sub")),
        ({"user": "u"}, lambda state: state.user("u")),
        ({"user": ""}, lambda state: state.user("")),
        ({"hostname": "h"}, lambda state: state.hostname("h")),
        ({"network": "none"}, lambda state: state.network("none")),
        ({"security": "insecure"}, lambda state: state.security("insecure")),
        ({"cgroup_parent": "c"}, lambda state: state.cgroup_parent("c")),
        ({"hosts": [llb.Host("h", "::1")]}, lambda state: state.add_host("h", "::1")),
        ({"ulimits": [llb.Ulimit("core", -1, 0)]}, lambda state: state.ulimit("core", -1, 0)),
    ],
)
def test_what_is_set_on_a_run_is_that_of_a_state_but_is_not_inherited(
    options: dict[str, Any], change: Callable[[llb.State], llb.State]
) -> None:
    state = BASE.cwd("/srv").user("someone")

    run = state.run(["one"], **options)

    assert encoded(run.root) == encoded(change(state).run(["one"]).root)
    assert run.root.settings == state.settings


def test_an_output_of_a_mount_inherits_nothing() -> None:
    run = BASE.env("A", "1").cwd("/srv").run(["make"], mounts=[llb.Mount.bind("/out")])

    assert run.output("/out").settings == llb.scratch().settings


def test_outputs_are_numbered_over_writable_binds_by_target() -> None:
    mounts = [
        llb.Mount.bind("/z"),
        llb.Mount.bind("/b", BASE, readonly=True),
        llb.Mount.cache("/c", id="c"),
        llb.Mount.bind("/a"),
    ]
    run = llb.image("alpine").run(["make"], mounts=mounts)

    indices = [ops(state)[-1].inputs[0].index for state in (run.root, run.output("/a"), run.output("/z"))]

    assert indices == [0, 1, 2]


def test_a_read_only_mount_or_root_is_after_the_run_what_it_was_before() -> None:
    tool = llb.image("tool")
    run = BASE.run(["true"], readonly_root=True, mounts=[llb.Mount.bind("/tool", tool, readonly=True)])

    assert encoded(run.root) == encoded(BASE)
    assert encoded(run.output("/tool")) == encoded(tool)


def test_a_platform_stated_for_an_op_is_that_of_what_is_built_on_it() -> None:
    state = llb.image("debian:12", platform=llb.Platform("linux", "aarch64", "v8")).run(["true"]).root

    image, run, _ = ops(state)

    assert (image.platform.Architecture, image.platform.Variant) == ("aarch64", "v8")
    assert (run.platform.Architecture, run.platform.Variant) == ("arm64", "")


def test_a_platform_stated_for_a_run_is_written_as_given_and_inherited_normalised() -> None:
    stated = llb.Constraints(platform=llb.Platform("linux", "aarch64", "v8"))

    run = ops(BASE.run(["true"], constraints=stated).root.run(["true"]).root)

    assert [op.platform.Architecture for op in run[1:3]] == ["aarch64", "arm64"]


def test_the_platform_argument_of_an_image_is_that_of_its_constraints() -> None:
    named = llb.Constraints(custom_name="base")

    short = llb.image("debian:12", platform=ARM64, constraints=named)

    assert encoded(short) == encoded(llb.image("debian:12", constraints=named._replace(platform=ARM64)))


def test_image_config_gives_environment_directory_and_platform_but_no_user() -> None:
    config = {
        "os": "linux",
        "architecture": "arm64",
        "variant": "v8",
        "config": {"Env": ["A=1", "EMPTY=", "BARE", "=x"], "WorkingDir": "srv", "User": "app"},
    }

    settings = BASE.cwd("/opt").user("me").with_image_config(config).settings

    assert settings.env == (("A", "1"), ("EMPTY", ""), ("BARE", ""))
    assert (settings.cwd, settings.user, settings.platform) == ("/opt/srv", "me", ARM64)


def test_a_secret_with_neither_target_nor_variable_is_a_file_of_its_own_name() -> None:
    run = BASE.run(["true"], secrets=[llb.Secret("team/token"), llb.Secret("key", env="KEY")])

    mounts = ops(run.root)[-2].exec.mounts

    assert [mount.dest for mount in mounts] == ["/", "/run/secrets/token"]


def test_an_agent_without_an_id_stays_without_one() -> None:
    """The Go client then sends no ID, and the daemon uses its default agent."""
    (agent,) = [mount for mount in ops(BASE.run(["ssh"], ssh=[llb.Ssh()]).root)[-2].exec.mounts if mount.dest != "/"]

    assert agent.SSHOpt.ID == ""
    assert ops_pb2.Mount(SSHOpt=ops_pb2.SSHOpt(mode=0o600)).SSHOpt == agent.SSHOpt


def test_a_cache_may_have_an_empty_id() -> None:
    run = BASE.run(["true"], mounts=[llb.Mount.cache("/c", id="")])

    (cache,) = [mount for mount in ops(run.root)[-2].exec.mounts if mount.dest == "/c"]
    assert cache.HasField("cacheOpt")
    assert cache.cacheOpt.ID == ""


@pytest.mark.parametrize(("mtime", "attributes"), [("checkout", {}), ("commit", {"git.mtime": "commit"})])
def test_files_of_a_repository_have_the_time_of_the_commit_where_that_is_wanted(
    mtime: llb.GitMtime, attributes: dict[str, str]
) -> None:
    """source.git.mtime needs BuildKit 0.29 or newer, so this test only checks its encoding."""
    definition = llb.marshal(llb.git("https://git.example.com/a.git", mtime=mtime), platform=AMD64)
    source = ops_pb2.Op.FromString(definition.ops[0])
    caps = definition.metadata[definition.digests[0]].caps

    assert {key: value for key, value in source.source.attrs.items() if key == "git.mtime"} == attributes
    assert ("source.git.mtime" in caps) is bool(attributes)


def test_an_agent_is_named_in_the_environment_unless_that_is_set_already() -> None:
    agents = [llb.Ssh(target="/agent"), llb.Ssh("other")]

    assert list(meta(BASE.run(["ssh"], ssh=agents).root).env) == ["SSH_AUTH_SOCK=/agent"]
    assert list(meta(BASE.env("SSH_AUTH_SOCK", "x").run(["ssh"], ssh=agents).root).env) == ["SSH_AUTH_SOCK=x"]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1.2.3.4", "::102:304"),
        ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"),
    ],
)
def test_addresses_of_hosts_are_written_in_canonical_form(text: str, canonical: str) -> None:
    assert canonical == meta(BASE.run(["true"], hosts=[llb.Host("h", text)]).root).extraHosts[0].IP
