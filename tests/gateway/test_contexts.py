"""Local sources: which ones a build loads, and which ones it rejects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kairosfile import llb
from kairosfile.gateway.contexts.entry import start_entry_file
from kairosfile.gateway.contexts.main import ContextFiles, main_context
from kairosfile.gateway.errors import GatewayError, RpcError
from tests.gateway.conftest import KAIROSFILE
from tests.support.gateway.fake_bridge import SESSION, FakeBridge, root
from tests.support.gateway.strict import RefusalError
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.gateway.request import Request

    Make = Callable[..., Request]

AMD64 = llb.Platform("linux", "amd64")


def _source(definition: ops_pb2.Definition) -> tuple[str, dict[str, Any], str]:
    """Return the identifier, the attributes and the name in the progress output of a local source."""
    source = root(definition).source
    attrs = {key: json.loads(value) if value.startswith("[") else value for key, value in source.attrs.items()}
    names = {meta.description.get("llb.customname", "") for meta in definition.metadata.values()} - {""}
    return source.identifier, attrs, names.pop()


def _context(request: Request, *paths: str) -> tuple[str, dict[str, Any], str]:
    state = main_context(request, paths)
    return _source(ops_pb2.Definition.FromString(llb.marshal(state, platform=AMD64).to_bytes()))


def test_entry_file_is_loaded_under_the_names_of_the_dockerfile_frontend(fake: FakeBridge, request_of: Make) -> None:
    request = request_of()
    entry = start_entry_file(request, "YAML").wait()
    (solve,) = fake.requests("Solve")

    assert _source(solve.Definition) == (
        "local://dockerfile",
        {
            "local.session": SESSION,
            "local.followpaths": ["Kairosfile", "Kairosfile.dockerignore"],
            "local.sharedkeyhint": "dockerfile",
            "local.differ": "none",
        },
        "[internal] load build definition from Kairosfile",
    )
    assert (entry.source_map.filename, entry.source_map.data) == ("Kairosfile", KAIROSFILE)
    assert entry.source_map.language == "YAML"
    assert entry.vertex in solve.Definition.metadata
    assert request.entry is entry


def test_a_companion_leaves_the_graph_of_the_entry_file_as_it_is(fake: FakeBridge, request_of: Make) -> None:
    """The daemon knows the result of that graph from the Dockerfile frontend, and does not run it again."""
    start_entry_file(request_of()).wait()
    start_entry_file(request_of(), companion=".lock").wait()
    alone, *both = (solve.Definition for solve in fake.requests("Solve"))

    (other,) = (definition for definition in both if definition != alone)
    assert _source(other) == (
        "local://dockerfile",
        {
            "local.session": SESSION,
            "local.followpaths": ["Kairosfile.lock"],
            "local.sharedkeyhint": "dockerfile.lock",
            "local.differ": "none",
        },
        "[internal] load Kairosfile.lock",
    )


def test_entry_file_comes_from_the_directory_that_dockerfilekey_names(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"elsewhere": {"Kairosfile": b"x"}}
    entry = start_entry_file(request_of(dockerfilekey="elsewhere")).wait()

    assert entry.source_map.data == b"x"


def test_file_called_dockerfile_may_be_in_lower_case(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"dockerfile": {"sub/dockerfile": b"x"}}
    entry = start_entry_file(request_of(filename="sub/Dockerfile")).wait()

    assert entry.source_map.data == b"x"


def test_other_names_are_not_tried_in_lower_case(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"dockerfile": {"kairosfile": b"x"}}
    with pytest.raises(GatewayError, match=r'there is no file "Kairosfile" .* name the build definition with -f'):
        start_entry_file(request_of()).wait()


def test_unreadable_entry_file_is_the_daemons_error(fake: FakeBridge, request_of: Make) -> None:
    def refuse(_: object, __: object) -> None:
        raise RefusalError("permission denied")

    fake.on("ReadFile", refuse)
    with pytest.raises(RpcError, match="permission denied"):
        start_entry_file(request_of()).wait()


def test_session_of_a_directory_can_be_another_one(fake: FakeBridge, request_of: Make) -> None:
    request = request_of(**{"local-sessionid:dockerfile": "other", "local-sessionid:context": "third"})
    start_entry_file(request).wait()
    (solve,) = fake.requests("Solve")

    assert _source(solve.Definition)[1]["local.session"] == "other"
    assert _context(request, "hook.sh")[1]["local.session"] == "third"


def test_context_transfers_only_the_used_paths_sorted(request_of: Make) -> None:
    identifier, attrs, name = _context(request_of(), "/b/", "a/../a.sh", "./c/*", "b")

    assert identifier == "local://context"
    assert attrs == {
        "local.session": SESSION,
        "local.followpaths": ["a.sh", "b", "c/*"],
        "local.sharedkeyhint": "context",
    }
    assert name == "[internal] load build context"


@pytest.mark.parametrize("whole", [".", "/", "./", "a/.."])
def test_context_used_as_a_whole_is_transferred_as_a_whole(request_of: Make, whole: str) -> None:
    assert "local.followpaths" not in _context(request_of(), "a", whole)[1]


def test_ignore_file_of_the_context_keeps_files_out(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"dockerfile": {"Kairosfile": b"x"}, "context": {".dockerignore": b"*.iso\n!small.iso\n"}}
    request = request_of()
    start_entry_file(request).wait()
    attrs = _context(request, "hooks")[1]
    solve = fake.requests("Solve")[-1]

    assert attrs["local.excludepatterns"] == ["*.iso", "!small.iso"]
    assert _source(solve.Definition) == (
        "local://context",
        {
            "local.session": SESSION,
            "local.followpaths": [".dockerignore"],
            "local.sharedkeyhint": "context-.dockerignore",
            "local.differ": "none",
        },
        "[internal] load .dockerignore",
    )


def test_ignore_file_beside_the_entry_file_comes_first(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {
        "dockerfile": {"Kairosfile": b"x", "Kairosfile.dockerignore": b"mine\n"},
        "context": {".dockerignore": b"theirs\n"},
    }
    request = request_of()
    start_entry_file(request).wait()

    assert _context(request, "hooks")[1]["local.excludepatterns"] == ["mine"]
    assert len(fake.requests("Solve")) == 1


def test_context_option_that_names_no_url_is_the_local_directory(request_of: Make) -> None:
    start_entry_file(request_of(context="somewhere")).wait()


def test_files_requested_together_are_one_transfer(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"context": {"a": b"1", "b/c": b"2", "b/d/e": b"3", ".dockerignore": b""}}
    files = ContextFiles(request_of())
    before = len(fake.requests("Solve"))

    files.load(["a", "b", "missing"])

    assert (files.read("a"), files.read("b/c"), files.read("missing")) == (b"1", b"2", None)
    assert files.list("b") == ["c"]
    assert (files.list("missing"), files.list("b/x")) == (None, None)
    transfers = [_source(request.Definition)[1]["local.followpaths"] for request in fake.requests("Solve")[before:]]
    assert transfers == [[".dockerignore"], ["a", "b", "missing"]]


def test_a_lazy_file_is_loaded_when_it_is_read(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"context": {"a": b"1"}}
    files = ContextFiles(request_of())

    assert fake.requests("Solve") == []
    assert files.read("a") == b"1"


def test_available_content_is_not_transferred_again(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"context": {"a": b"1", "b": b"2"}}
    files = ContextFiles(request_of())
    files.load(["a"])
    files.load(["a"])
    files.load(["a", "b"])

    transfers = [_source(request.Definition)[1]["local.followpaths"] for request in fake.requests("Solve")]
    assert transfers == [[".dockerignore"], ["a"], ["b"]]


def test_a_folder_is_no_file(fake: FakeBridge, request_of: Make) -> None:
    def refuse(*_: object) -> None:
        raise RefusalError("read b: is a directory")

    fake.files = {"context": {"b/c": b"2"}}
    files = ContextFiles(request_of())
    files.load(["b"])
    fake.on("ReadFile", refuse)

    assert files.read("b") is None
