"""How a graph is marshalled into a definition: order, sharing, metadata and locations."""

from __future__ import annotations

import pytest

from kairosfile import llb
from tests.support.protobuf import ops_pb2

AMD64 = llb.Platform("linux", "amd64")
ARM64 = llb.Platform("linux", "arm64")
BASE = llb.image("debian:12")


def marshal(state: llb.State) -> llb.Definition:
    return llb.marshal(state, platform=AMD64)


def metadata(definition: llb.Definition, position: int) -> ops_pb2.OpMetadata:
    return ops_pb2.OpMetadata.FromString(definition.metadata[definition.digests[position]].encode())


def source(definition: llb.Definition) -> ops_pb2.Source:
    return ops_pb2.Source.FromString(definition.source.encode() if definition.source else b"")


def named(name: str) -> llb.Constraints:
    return llb.Constraints(custom_name=name)


def test_equal_graphs_marshal_to_equal_bytes() -> None:
    def graph() -> llb.State:
        return llb.image("debian:12").env("A", "1").run(["true"]).root.file(llb.mkfile("/x", b"y"))

    assert marshal(graph()).to_bytes() == marshal(graph()).to_bytes()


def test_marshalling_twice_gives_the_same_bytes() -> None:
    state = BASE.run(["true"], mounts=[llb.Mount.bind("/b"), llb.Mount.bind("/a")]).root

    assert marshal(state).to_bytes() == marshal(state).to_bytes()


def test_equal_subgraphs_become_one_op() -> None:
    one, other = llb.image("debian:12"), llb.image("docker.io/library/debian:12")

    definition = marshal(llb.merge([one.run(["true"]).root, other.run(["true"]).root]))

    image, run, merge, _ = definition.digests
    edges = [(edge.digest, edge.index) for edge in ops_pb2.Op.FromString(definition.ops[2]).inputs]
    assert edges == [(run, 0), (run, 0)]
    assert len({image, run, merge}) == 3


def test_a_shared_state_is_visited_once_however_many_ways_lead_to_it() -> None:
    state = BASE
    for _ in range(64):  # 2^64 paths
        state = llb.merge([state, state])

    assert len(marshal(state).ops) == 1 + 64 + 1


@pytest.mark.parametrize("steps", [10_000])
def test_a_chain_may_have_any_depth(steps: int) -> None:
    state = BASE
    for step in range(steps):
        state = state.run(["step", str(step)]).root

    definition = marshal(state)

    assert len(definition.ops) == steps + 2
    assert definition.head == definition.digests[-2]


def test_dependencies_come_before_the_ops_that_read_them() -> None:
    tool, context = llb.image("tool"), llb.local("context", session_id="s")
    state = BASE.run(["make"], mounts=[llb.Mount.bind("/t", tool), llb.Mount.bind("/c", context)]).root

    definition = marshal(state.file(llb.copy(context, "/a", "/b"), llb.copy(tool, "/c", "/d")))

    visited: set[str] = set()
    for digest, op in zip(definition.digests, definition.ops, strict=True):
        assert {edge.digest for edge in ops_pb2.Op.FromString(op).inputs} <= visited
        visited.add(digest)


def test_the_empty_file_system_has_an_empty_definition() -> None:
    definition = marshal(llb.scratch())

    assert (definition.ops, definition.head, definition.to_bytes()) == ((), "", b"")


def test_a_merge_of_empty_states_and_a_diff_of_them_are_empty() -> None:
    empty = llb.scratch().env("A", "1")

    assert marshal(llb.merge([empty, empty])).ops == ()
    assert llb.diff(empty, empty).settings.env == ()


def test_ops_differ_between_platforms_only_where_they_name_one() -> None:
    state = llb.local("context", session_id="s").file(llb.rm("/x"))

    assert marshal(state).ops == llb.marshal(state, platform=ARM64).ops
    assert marshal(BASE).digests[0] != llb.marshal(BASE, platform=ARM64).digests[0]


def test_every_op_has_metadata_which_changes_no_digest() -> None:
    constraints = llb.Constraints(ignore_cache=True, export_cache=False, custom_name="n", description={"k": "v"})
    plain, result = marshal(BASE.run(["true"]).root), marshal(BASE.run(["true"], constraints=constraints).root)

    assert plain.digests == result.digests
    assert set(result.metadata) == set(result.digests)
    assert dict(metadata(result, 1).description) == {"k": "v", "llb.customname": "n"}
    assert {"meta.ignorecache", "meta.exportcache", "meta.description"} <= set(metadata(result, -1).caps)


def test_metadata_of_equal_ops_is_merged() -> None:
    first = llb.image("debian:12", constraints=llb.Constraints(ignore_cache=True, description={"a": "1"}))
    second = llb.image("debian:12", constraints=llb.Constraints(export_cache=True, description={"b": "2"}))

    merged = metadata(marshal(llb.merge([first, second])), 0)

    assert merged.ignore_cache
    assert merged.export_cache.Value
    assert dict(merged.description) == {"a": "1", "b": "2"}


def test_default_constraints_hold_for_every_op_and_give_way_to_its_own() -> None:
    group = llb.ProgressGroup("g", "all")
    defaults = llb.Constraints(progress_group=group, require=("a",), export_cache=True)
    state = llb.image("debian:12", constraints=llb.Constraints(require=("b",), export_cache=False))

    definition = llb.marshal(state.run(["true"]).root, platform=AMD64, constraints=defaults)

    assert [list(ops_pb2.Op.FromString(op).constraints.filter) for op in definition.ops] == [["a", "b"], ["a"], []]
    assert [metadata(definition, op).progress_group.name for op in (0, 1)] == ["all", "all"]
    assert [metadata(definition, op).export_cache.Value for op in (0, 1)] == [False, True]


def test_a_default_description_gathers_those_of_the_ops_as_in_the_reference_client() -> None:
    state = llb.image("debian:12", constraints=named("base")).run(["true"]).root
    defaults = llb.Constraints(description={"build": "1"})

    definition = llb.marshal(state, platform=AMD64, constraints=defaults)

    assert dict(metadata(definition, 1).description) == {"build": "1", "llb.customname": "base"}


@pytest.mark.parametrize(
    ("per_op", "default", "options", "expected"),
    [("op", "default", "given", "op"), (None, "default", "given", "default"), (None, None, "given", "given")],
)
def test_the_nearest_unique_id_identifies_the_client(
    per_op: str | None, default: str | None, options: str, expected: str
) -> None:
    state = llb.local("context", constraints=llb.Constraints(local_unique_id=per_op))
    defaults = llb.Constraints(local_unique_id=default)

    definition = llb.marshal(state, platform=AMD64, constraints=defaults, local_unique_id=options)

    attrs = ops_pb2.Op.FromString(definition.ops[0]).source.attrs
    assert attrs["local.unique"] == expected
    assert "source.local.unique" in metadata(definition, 0).caps


def test_a_session_needs_no_unique_id() -> None:
    attrs = ops_pb2.Op.FromString(marshal(llb.local("context", session_id="s")).ops[0]).source.attrs

    assert dict(attrs) == {"local.session": "s"}


def test_extra_file_capabilities_are_declared_only_on_request_and_change_no_op() -> None:
    context = llb.local("context", session_id="s")
    result = llb.FileActionChain(BASE, llb.symlink("/a", "/b"))
    state = BASE.file(
        llb.copy(context, "/", "/", exclude_patterns=["x"], required_paths=["y"]),
        llb.copy(result, "/b", "/c", always_replace_existing_dest_paths=True),
    )

    plain, extra = marshal(state), llb.marshal(state, platform=AMD64, extra_file_caps=True)

    assert plain.ops == extra.ops
    assert set(metadata(plain, -2).caps) == {"file.base"}
    assert set(metadata(extra, -2).caps) == {
        "file.base",
        "file.copy.alwaysreplaceexistingdestpaths",
        "file.copy.includeexcludepatterns",
        "file.copy.requiredpaths",
        "file.symlink.create",
    }


@pytest.mark.parametrize(
    ("caps", "env", "body"),
    [
        (None, [], False),
        (llb.Capabilities.every(), [], True),
        (llb.Capabilities(["exec.meta.setsdefaultpath"]), [], True),
        (
            llb.Capabilities(["exec.meta.base"]),
            [f"PATH={'/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}"],
            False,
        ),
    ],
)
def test_a_daemon_that_sets_no_default_path_is_given_one(
    caps: llb.Capabilities | None, env: list[str], body: bool
) -> None:
    definition = llb.marshal(BASE.run(["true"]).root, platform=AMD64, caps=caps)

    assert list(ops_pb2.Op.FromString(definition.ops[1]).exec.meta.env) == env
    assert ("exec.meta.setsdefaultpath" in metadata(definition, 1).caps) is body


def test_actions_that_two_copies_read_are_done_once() -> None:
    result = llb.FileActionChain(llb.scratch(), llb.mkfile("/a", b""), llb.mkfile("/b", b""))

    definition = marshal(BASE.file(llb.copy(result, "/a", "/a"), llb.copy(result, "/b", "/b")))

    actions = ops_pb2.Op.FromString(definition.ops[-2]).file.actions
    assert [action.WhichOneof("action") for action in actions] == ["mkfile", "mkfile", "copy", "copy"]
    assert [action.secondaryInput for action in actions[2:]] == [2, 2]
    assert [action.output for action in actions] == [-1, -1, -1, 0]


def test_files_are_numbered_by_first_use_and_equal_ones_are_one() -> None:
    def at(file: llb.SourceMap, line: int) -> llb.Constraints:
        return llb.Constraints(locations=(llb.Location(file, (llb.Range(line, 0, line, 9),)),))

    one, other = llb.SourceMap("one", b"1"), llb.SourceMap("other", b"2", "YAML")
    state = llb.image("debian:12", constraints=at(other, 1)).run(["a"], constraints=at(one, 2)).root
    state = state.run(["b"], constraints=at(llb.SourceMap("other", b"2", "YAML"), 3)).root.run(["c"]).root

    definition = marshal(state)

    assert [(info.filename, info.language) for info in source(definition).infos] == [("other", "YAML"), ("one", "")]
    actual = [source(definition).locations[digest].locations for digest in definition.digests[:-1]]
    assert [[place.sourceIndex for place in places] for places in actual] == [[0], [1], [0], []]
    assert definition.digests[-1] not in source(definition).locations


def test_the_definition_of_the_state_a_file_came_from_is_embedded() -> None:
    origin = llb.local("context", session_id="s")
    here = llb.Location(llb.SourceMap("Build", b"x", state=origin), (llb.Range(1, 0, 1, 1),))

    definition = marshal(llb.image("debian:12", constraints=llb.Constraints(locations=(here,))))

    assert source(definition).infos[0].definition == ops_pb2.Definition.FromString(marshal(origin).to_bytes())
