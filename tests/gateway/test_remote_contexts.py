"""Main contexts that are not a client's directory: Git repositories, URLs, inputs."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from kairosfile import llb
from kairosfile.gateway.contexts.entry import start_entry_file
from kairosfile.gateway.contexts.main import ContextFiles, main_context
from kairosfile.gateway.errors import GatewayError
from kairosfile.gateway.rare_errors import OptionError, UnsupportedError
from tests.gateway.conftest import KAIROSFILE
from tests.support.gateway.fake_bridge import V0_13, FakeBridge, root
from tests.support.protobuf import ops_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from kairosfile.gateway.request import Request

    Make = Callable[..., Request]

AMD64 = llb.Platform("linux", "amd64")
REPOSITORY = "git://example.com/os"
FILES = {"Kairosfile": KAIROSFILE, "hook.sh": b"true\n", ".dockerignore": b"hook.sh\n"}


def tarball(files: dict[str, bytes], mode: str = "w") -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def options(state: llb.FileSystem) -> ops_pb2.Definition:
    return ops_pb2.Definition.FromString(llb.marshal(state, platform=AMD64).to_bytes())


def source_of(state: llb.FileSystem) -> ops_pb2.SourceOp:
    return root(options(state)).source


@pytest.mark.parametrize(
    ("url", "identifier"),
    [
        ("https://example.com/os.git", "git://example.com/os.git"),
        ("http://example.com/os.git#v1", "git://example.com/os.git#v1"),
        ("https://example.com/os.git#v1:sub/dir", "git://example.com/os.git#v1:sub/dir"),
        ("https://example.com/os.git#:sub", "git://example.com/os.git#:sub"),
        ("git://example.com/os", "git://example.com/os"),
        ("ssh://git@example.com/os", "git://example.com/os"),
        ("git@example.com:team/os.git#main", "git://example.com/team/os.git#main"),
        ("github.com/kairos-io/kairos", "git://github.com/kairos-io/kairos"),
        ("https://example.com/os.git?ref=v1", "git://example.com/os.git#v1"),
        ("https://example.com/os.git?branch=main&subdir=/a/b/", "git://example.com/os.git#refs/heads/main:a/b"),
        ("https://example.com/os.git?tag=v1", "git://example.com/os.git#refs/tags/v1"),
        ("https://example.com/os.git?tag=refs/tags/v1", "git://example.com/os.git#refs/tags/v1"),
        ("https://example.com/os.git?ref=v1#v1:a", "git://example.com/os.git#v1:a"),
        ("https://example.com/os.git?commit=" + "a" * 40, "git://example.com/os.git#" + "a" * 40),
    ],
)
def test_a_repository_is_fetched_at_the_place_that_its_url_names(request_of: Make, url: str, identifier: str) -> None:
    assert source_of(main_context(request_of(context=url), ["hook.sh"])).identifier == identifier


def test_the_entry_file_is_looked_for_in_the_repository(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {REPOSITORY: FILES}
    request = request_of(context=REPOSITORY)
    entry = start_entry_file(request).wait()

    assert (entry.source_map.filename, entry.source_map.data) == ("Kairosfile", KAIROSFILE)
    assert entry.source_map.state is not None
    assert source_of(entry.source_map.state).identifier == REPOSITORY
    assert ContextFiles(request).read("hook.sh") == b"true\n", ".dockerignore is for directories of the client"


def test_a_directory_named_for_the_entry_file_goes_before_the_repository(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {REPOSITORY: FILES, "dockerfile": {"Kairosfile": b"mine"}}
    request = request_of(context=REPOSITORY, dockerfilekey="dockerfile")

    assert start_entry_file(request).wait().source_map.data == b"mine"
    assert source_of(main_context(request, ["a"])).identifier == REPOSITORY


@pytest.mark.parametrize(("value", "remaining"), [("1", "true"), ("true", "true"), ("0", ""), ("perhaps", "")])
def test_the_git_folder_is_kept_by_build_arg(request_of: Make, value: str, remaining: str) -> None:
    request = request_of(context=REPOSITORY, **{"build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR": value})

    assert source_of(main_context(request, [])).attrs.get("git.keepgitdir", "") == remaining


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ("keep-git-dir=true", "git.keepgitdir", "true"),
        ("keep-git-dir", "git.keepgitdir", "true"),
        ("submodules=false", "git.skipsubmodules", "true"),
        ("ref=main&checksum=abc", "git.checksum", "abc"),
    ],
)
def test_a_query_sets_how_a_repository_is_fetched(request_of: Make, query: str, key: str, value: str) -> None:
    request = request_of(context=f"https://example.com/os.git?{query}")

    assert source_of(main_context(request, [])).attrs[key] == value


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://me:hush@example.com/os.git?ref=a#b", "https://example.com/os.git names several refs, a and b"),
        ("https://example.com/os.git?branch=a&tag=a", "several refs, refs/heads/a and refs/tags/a"),
        ("https://example.com/os.git?subdir=a#:b", "several folders, a and b"),
        ("https://example.com/os.git?brunch=a", 'asks for "brunch", which is not known here'),
        ("https://example.com/os.git?ref=a&ref=b", 'has "ref" twice'),
        ("https://me:hush@[example.com/os.git", "this is not an address of a git repository"),
    ],
)
def test_a_git_url_that_contradicts_itself_is_refused(
    fake: FakeBridge, request_of: Make, url: str, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message) as refused:
        start_entry_file(request_of(context=url))

    assert "hush" not in str(refused.value)
    assert fake.requests("Solve") == []


def test_a_flag_of_a_git_url_is_a_boolean(request_of: Make) -> None:
    with pytest.raises(OptionError, match="submodules: expected true or false"):
        start_entry_file(request_of(context="https://example.com/os.git?submodules=some"))


@pytest.mark.parametrize("release", [V0_13])
def test_a_commit_is_not_left_unchecked_by_a_daemon_that_cannot(request_of: Make) -> None:
    with pytest.raises(UnsupportedError, match=r"cannot check the commit .* write #abc instead"):
        start_entry_file(request_of(context="https://example.com/os.git?commit=abc"))


def test_no_password_of_a_url_is_shown(fake: FakeBridge, request_of: Make) -> None:
    url = "https://me:hush@example.com/os.git"
    fake.files = {"git://example.com/os.git": {}}
    request = request_of(context=url)
    with pytest.raises(GatewayError, match=r"in the git repository https://example\.com/os\.git") as missing:
        start_entry_file(request).wait()

    (solve,) = fake.requests("Solve")
    names = [metadata.description.get("llb.customname", "") for metadata in solve.Definition.metadata.values()]
    assert "[internal] load git source https://example.com/os.git" in names
    assert "hush" not in str(missing.value) + str(names)


ADDRESS = "https://example.com/dir/os.yaml?token=hush"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("url", ["https://example.com/context", "http://buildkit-session/abc"])
def test_an_archive_is_unpacked(fake: FakeBridge, request_of: Make, url: str, mode: str) -> None:
    fake.files = {url: {"context": tarball(FILES, mode)}}
    request = request_of(context=url)

    assert start_entry_file(request).wait().source_map.data == KAIROSFILE
    assert ContextFiles(request).read("hook.sh") == b"true\n"


@pytest.mark.parametrize("content", [KAIROSFILE, b"x", b"#" * 2000])
def test_a_file_that_is_no_archive_is_the_entry_file(fake: FakeBridge, request_of: Make, content: bytes) -> None:
    fake.files = {ADDRESS: {"context": content}}
    entry = start_entry_file(request_of(context=ADDRESS)).wait()

    assert (entry.source_map.filename, entry.source_map.data) == ("os.yaml", content)


@pytest.mark.parametrize("release", [V0_13])
def test_what_a_client_uploads_is_fetched_by_the_bytes_that_an_old_daemon_knows(
    fake: FakeBridge, request_of: Make
) -> None:
    """There the built-in frontend has already fetched it, and a second fetch returns nothing."""
    url = "http://buildkit-session/abc"
    fake.files = {url: {"context": tarball(FILES)}}
    definition = llb.marshal(main_context(request_of(context=url), []), platform=AMD64).to_proto()

    assert definition.def_[0].startswith(b"\x1a"), "the source goes before the constraints"


def test_inputs_are_context_and_entry_file(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"git://example.com/a": {"Kairosfile": b"of input"}, "git://example.com/b": {"x": b"1"}}
    fake.inputs = {
        "dockerfile": options(llb.git("git://example.com/a")),
        "context": options(llb.git("git://example.com/b")),
    }
    request = request_of()

    assert start_entry_file(request).wait().source_map.data == b"of input"
    assert ContextFiles(request).read("x") == b"1"


def test_an_input_for_the_context_alone_leaves_the_entry_file_local(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {"git://example.com/b": {"x": b"1"}, "dockerfile": {"Kairosfile": KAIROSFILE}}
    fake.inputs = {"context": options(llb.git("git://example.com/b"))}
    request = request_of()

    assert start_entry_file(request).wait().source_map.data == KAIROSFILE
    assert ContextFiles(request).read("x") == b"1"


def test_a_folder_of_a_context_that_is_not_local_can_be_its_root(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {REPOSITORY: {"Kairosfile": KAIROSFILE, "deep/os/x": b"1", "x": b"2"}}
    request = request_of(context=REPOSITORY, contextsubdir="/deep/os/")

    assert start_entry_file(request).wait().source_map.data == KAIROSFILE
    assert ContextFiles(request).read("x") == b"1"


def test_contextkey_names_the_option_with_the_url(fake: FakeBridge, request_of: Make) -> None:
    fake.files = {REPOSITORY: FILES}

    assert start_entry_file(request_of(contextkey="where", where=REPOSITORY)).wait().source_map.data == KAIROSFILE
