"""Definitions that another program marshalled."""

from __future__ import annotations

from hashlib import sha256

import pytest

from kairosfile import llb
from kairosfile.pb import ops
from tests.support.protobuf import ops_pb2

AMD64 = llb.Platform("linux", "amd64")
FILE = llb.SourceMap("Dockerfile", b"FROM x\n", "Dockerfile", llb.git("git://example.com/x"))
PLAIN = llb.SourceMap("notes", b"a\n")
WHERE = (llb.Location(FILE, (llb.Range(1, 2, 3, 4),)), llb.Location(PLAIN, (llb.Range(1, 0, 1, 1),)))


def some() -> llb.State:
    result = llb.Constraints(
        ignore_cache=True,
        export_cache=False,
        custom_name="make it",
        description={"a": "b"},
        progress_group=llb.ProgressGroup("id", "group", weak=True),
        linux_resources=llb.LinuxResources(1, 2, 3, 4, 5, "0-1", "2-3"),
        locations=WHERE,
    )
    base = llb.image("debian")
    mounts = [llb.Mount.bind("/x", base, readonly=True), llb.Mount.bind("/out", base)]
    run = base.run(["make"], mounts=mounts, constraints=result)
    return llb.merge([run.root, run.output("/out"), llb.git("git://example.com/y")])


def test_what_was_marshalled_is_marshalled_to_the_same_bytes_again() -> None:
    definition = llb.marshal(some(), platform=AMD64)
    again = llb.marshal(llb.from_definition(definition.to_proto()), platform=llb.Platform("linux", "arm64"))

    assert again.to_bytes() == definition.to_bytes()


def test_ops_are_passed_on_byte_for_byte_whatever_their_form() -> None:
    """A daemon before 0.18 identifies its ops by bytes with the fields in the order of their numbers."""
    op = ops_pb2.Op(source=ops_pb2.SourceOp(identifier="docker-image://x"), constraints=ops_pb2.WorkerConstraints())
    raw = op.SerializeToString()
    terminal = ops_pb2.Op(inputs=[ops_pb2.Input(digest=f"sha256:{sha256(raw).hexdigest()}")]).SerializeToString()
    options = ops.Definition(def_=[raw, terminal])

    assert llb.marshal(llb.from_definition(options), platform=AMD64).ops == (raw, terminal)


def test_it_can_be_built_on() -> None:
    options = llb.marshal(some(), platform=AMD64).to_proto()
    more = llb.from_definition(options).run(["true"]).root
    marshalled = llb.marshal(more, platform=AMD64).ops

    assert list(marshalled[: len(options.def_) - 1]) == list(options.def_[:-1])


def test_an_empty_definition_is_the_empty_file_system() -> None:
    assert llb.from_definition(ops.Definition()).content is None


def test_ops_that_do_not_join_up_are_refused() -> None:
    definition = llb.marshal(some(), platform=AMD64).to_proto()

    with pytest.raises(ValueError, match="no op before has the digest"):
        llb.from_definition(definition.replace(def_=definition.def_[1:]))


def test_the_output_that_a_definition_ends_at_is_kept() -> None:
    base = llb.image("debian")
    run = base.run(["make"], mounts=[llb.Mount.bind("/out", base)])
    definition = llb.marshal(run.output("/out"), platform=AMD64)

    assert ops.Op.decode(definition.ops[-1]).inputs[0].index == 1
    assert llb.marshal(llb.from_definition(definition.to_proto()), platform=AMD64).ops == definition.ops


def test_states_together_have_the_ops_of_each_once() -> None:
    base = llb.image("debian")
    states = [base.run(["one"]).root, llb.State(), base.run(["two"]).root, llb.local("context")]
    together = llb.marshal_together(states, platform=AMD64, local_unique_id="client")
    alone = [llb.marshal(state, platform=AMD64).digests[:-1] for state in states[:3:2]]

    assert len(together.ops) - 1 == len(set(together.digests[:-1])) == 4
    assert {*alone[0], *alone[1]} < set(together.digests)
    (source,) = [op.source for op in map(ops.Op.decode, together.ops) if op.source and "local" in op.source.identifier]
    assert source.attrs["local.unique"] == "client"
