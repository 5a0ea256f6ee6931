"""Our bytes are those of the reference Go client, for every vector on every platform.

The tests of one vector get stricter: ops and digests, then what is told about them, then the whole.
"""

from __future__ import annotations

import copy
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import ParseDict

from tests import ROOT
from tests.golden import seeded
from tests.golden.vectors import Vector, read_vectors
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from kairosfile.llb import Definition

VECTORS = sorted(Path(__file__).parent.glob("llb*.json"))
SEEDS = 25


@cache
def vectors_of(path: Path) -> list[Vector]:
    return list(read_vectors(path))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "vector" in metafunc.fixturenames:
        files = [*VECTORS, *map(Path, metafunc.config.getoption("--golden"))]
        vectors = [vector for path in files for vector in vectors_of(path)]
        metafunc.parametrize("vector", vectors, ids=[vector.name for vector in vectors])


@pytest.fixture
def definition(vector: Vector) -> Definition:
    return vector.marshal()


def test_ops_and_digests_are_those_of_the_reference_client(vector: Vector, definition: Definition) -> None:
    assert vector.ops == list(definition.ops)
    assert [op["digest"] for op in vector.expected["ops"]] == list(definition.digests)
    assert vector.expected["head"] == definition.head


def test_metadata_is_that_of_the_reference_client(vector: Vector, definition: Definition) -> None:
    expected = {op["digest"]: ParseDict(op["metadata"], ops_pb2.OpMetadata()) for op in vector.expected["ops"]}
    actual = {digest: ops_pb2.OpMetadata.FromString(item.encode()) for digest, item in definition.metadata.items()}

    assert expected == actual


def test_locations_are_those_of_the_reference_client(vector: Vector, definition: Definition) -> None:
    expected = ParseDict(vector.expected["source"] or {}, ops_pb2.Source())

    assert expected == ops_pb2.Source.FromString(definition.source.encode() if definition.source else b"")


def test_definition_bytes_are_those_of_the_reference_client(vector: Vector, definition: Definition) -> None:
    assert vector.definition == definition.to_bytes()
    assert vector.expected["definitionSha256"] == seeded.digest(definition)


def test_definition_survives_the_way_through_the_message(vector: Vector, definition: Definition) -> None:
    message = ops_pb2.Definition.FromString(definition.to_proto().encode())

    assert list(definition.ops) == list(getattr(message, "def"))
    assert set(definition.digests) == set(message.metadata)
    assert ParseDict(vector.expected["source"] or {}, ops_pb2.Source()) == message.Source


def with_unknown_key(case: dict[str, Any], *way: str | int) -> dict[str, Any]:
    changed = copy.deepcopy(case)
    place: Any = changed
    for step in way:
        place = place[step]
    place["unheardOf"] = True
    return changed


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("image-tag", ()),
        ("exec-caps-all", ("marshal",)),
        ("image-tag", ("nodes", 0)),
        ("image-options", ("nodes", 0, "constraints")),
        ("image-options", ("nodes", 0, "constraints", "platform")),
        ("exec-name-group", ("nodes", 1, "constraints", "progressGroup")),
        ("exec-resources-require", ("nodes", 1, "constraints", "linuxResources")),
        ("source-map", ("sourceMaps", "s")),
        ("source-map", ("nodes", 0, "constraints", "locations", 0)),
        ("local-differ-metadata", ("nodes", 0, "differ")),
        ("local-differ-metadata", ("nodes", 0, "metadataOnly")),
        ("exec-env-many", ("nodes", 1, "set", 0)),
        ("exec-proxy", ("nodes", 1, "proxy")),
        ("exec-ulimit", ("nodes", 1, "set", 0, "ulimit")),
        ("exec-bind-local", ("nodes", 2, "mounts", 0)),
        ("exec-tmpfs", ("nodes", 1, "mounts", 0)),
        ("exec-cache-shared", ("nodes", 1, "mounts", 0)),
        ("exec-secret-file", ("nodes", 1, "secrets", 0)),
        ("exec-ssh", ("nodes", 1, "ssh", 0)),
        ("file-rm", ("nodes", 1, "actions", 0)),
        ("file-copy-image", ("nodes", 2, "actions", 0)),
        ("file-mkdir", ("nodes", 2, "actions", 0, "owner", "user")),
        ("file-copy-from-actions", ("nodes", 2, "actions", 1, "fromActions")),
    ],
)
def test_a_key_that_is_not_understood_fails(name: str, way: tuple[str | int, ...]) -> None:
    vector = next(vector for path in VECTORS for vector in vectors_of(path) if vector.case["name"] == name)
    changed = vector._replace(case=with_unknown_key(vector.case, *way))

    with pytest.raises((ValueError, KeyError, TypeError), match="unheardOf"):
        changed.marshal()


def test_processes_with_different_hash_seeds_marshal_to_the_same_bytes() -> None:
    def start(seed: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.golden.seeded", *map(str, VECTORS)]
        environment = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": ":".join(sys.path)}
        root = ROOT
        return subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.PIPE)

    outputs = set()
    for seed in range(0, SEEDS, 2):
        running = [start(seed) for seed in range(seed, min(seed + 2, SEEDS))]
        outputs |= {process.communicate()[0] for process in running}
        assert [process.returncode for process in running] == [0] * len(running)

    assert len(outputs) == 1
    assert outputs == {"\n".join(seeded.digests(VECTORS)).encode() + b"\n"}
