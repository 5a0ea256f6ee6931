"""The main build context, its .dockerignore, and its files that a language reads before anything is built.

The context is a directory of the client unless the option `context` is a URL or the request has the input `context`.
The options do not say whether there are inputs, so they are requested at once, together with the entry file.

The short form of a repository is `URL#ref:subdir`, the long one a query, `URL?branch=main&subdir=os` (util/gitutil and
frontend/dockerfile/dfgitutil of BuildKit). A web address is a repository if its path ends in `.git`; else it is an
archive, which is unpacked, or a single file, by its first bytes (isArchive of frontend/dockerui/context.go).

A directory of the client leaves out what `<entry file>.dockerignore`, or else `.dockerignore`, excludes. This module
only parses patterns, by the rules of moby/patternmatcher's ignorefile.ReadAll; the daemon matches them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb
from kairosfile.gateway import options as values
from kairosfile.gateway.bridge import FOLDER
from kairosfile.gateway.contexts import CONTEXT, IGNORE_FILE, client_files
from kairosfile.gateway.contexts.inputs import scoped, start_inputs
from kairosfile.gateway.errors import MissingFileError
from kairosfile.gateway.grpc import Deferred
from kairosfile.gateway.options import BUILD_ARG_PREFIX
from kairosfile.gateway.rare_errors import OptionError, UnsupportedError
from kairosfile.gateway.request import RemoteContext
from kairosfile.interpreter import sha256
from kairosfile.paths import basename, dirname, normpath
from kairosfile.patterns import compile_later
from kairosfile.pb import ops
from kairosfile.pb.stat import Stat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kairosfile.gateway.bridge import Ref
    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import Request


_REPOSITORY = compile_later(
    r"(git://|ssh://|github\.com/|[\w.-]+@[\w.-]+:|https?://[^?#]+\.git($|[?#]))", needs=("git", "ssh://", "@")
)
_KEYS = ("ref", "branch", "tag", "commit", "checksum", "subdir", "keep-git-dir", "submodules")

HEAD_BYTES = 1024  # what `is_archive` reads
FILE = "context"  # what the fetched file is called

UPLOAD = "http://buildkit-session/"  # what buildx makes of `docker buildx build - < archive.tar`

_ADDRESS = compile_later(r"https?://", needs=("http",))
_SECRETS = compile_later(r"(?<=://)[^/@]+@")
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_TAR_BLOCK, _TAR_CHECKSUM = 512, slice(148, 156)

_BOM = "\ufeff"


# The file in which a daemon stores the metadata of files without their content (tonistiigi/fsutil, receive.go).
_METADATA = ".fsutil-metadata"
_SIZE_BYTES = 4

ARG_KEEP_GIT_DIR = "BUILDKIT_CONTEXT_KEEP_GIT_DIR"


def is_git(url: str) -> bool:
    """Return whether a URL is that of a repository."""
    return _REPOSITORY.match(url) is not None


def git_source(
    url: str, constraints: llb.Constraints, *, keep_git_dir: bool, capabilities: llb.Capabilities
) -> llb.State:
    """Return the files of the repository that a URL names.

    Args:
        url: The short form or the one with a query.
        constraints: Constraints of the op.
        keep_git_dir: Whether `.git` is kept if the URL does not set it.
        capabilities: Capabilities of the daemon.

    Raises:
        UnsupportedError: The query has an option that the frontend or the daemon lacks, or the URL is invalid.
        OptionError: A value is not a boolean.
    """
    rest, _, fragment = url.partition("#")
    remote, _, query = rest.partition("?")
    query_args = _parameters(query)
    ref, subdir = _ref_and_subdir(fragment, query_args, url)
    checksum = query_args.get("checksum") or query_args.get("commit", "")
    if checksum and not capabilities.supports(llb.caps.SOURCE_GIT_CHECKSUM):
        raise UnsupportedError(
            f"{without_secrets(url)}: this BuildKit cannot check the commit of a repository: "
            f"write #{checksum} instead, or use BuildKit 0.22 or newer"
        )
    keeps, submodules = (
        _flag(query_args, "keep-git-dir", default=keep_git_dir),
        _flag(query_args, "submodules", default=True),
    )
    try:
        return llb.git(
            remote,
            ref=ref or checksum,
            subdir=subdir,
            keep_git_dir=keeps,
            skip_submodules=not submodules,
            checksum=checksum,
            constraints=constraints,
        )
    except ValueError as error:  # its text has the whole URL, credentials included
        raise UnsupportedError(f"{without_secrets(url)}: this is not an address of a git repository") from error


def _parameters(query: str) -> Mapping[str, str]:
    if not query:
        return {}
    from urllib.parse import parse_qsl  # noqa: PLC0415 - few contexts have a query

    query_args: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in _KEYS:
            raise UnsupportedError(f'the git URL asks for "{key}", which is not known here: use {", ".join(_KEYS)}')
        if query_args.setdefault(key, value) != value:
            raise UnsupportedError(f'the git URL has "{key}" twice: remove one')
    return query_args


def _ref_and_subdir(fragment: str, query_args: Mapping[str, str], url: str) -> tuple[str, str]:
    """Return the ref and the folder; several ways to give one of them must agree."""
    short_ref, _, short_subdir = fragment.partition(":")
    refs = {
        short_ref,
        query_args.get("ref", ""),
        _full("refs/heads/", query_args, "branch"),
        _full("refs/tags/", query_args, "tag"),
    }
    subdirs = {short_subdir.strip("/"), query_args.get("subdir", "").strip("/")}
    for what, choices in (("refs", refs), ("folders", subdirs)):
        if len(choices - {""}) > 1:
            listed = " and ".join(sorted(choices - {""}))
            raise UnsupportedError(f"{without_secrets(url)} names several {what}, {listed}: leave one")
    return "".join(refs), "".join(subdirs)


def _full(namespace: str, query_args: Mapping[str, str], key: str) -> str:
    name = query_args.get(key, "")
    return namespace + name.removeprefix(namespace) if name else ""


def _flag(query_args: Mapping[str, str], key: str, *, default: bool) -> bool:
    if key not in query_args:
        return default
    return query_args[key] == "" or values.boolean(key, query_args[key])


def is_web(url: str) -> bool:
    """Return whether a URL is fetched over HTTP."""
    return _ADDRESS.match(url) is not None


def web_source(url: str, name: str) -> llb.State:
    """Return the downloaded file, named `FILE`, with `name` in the progress."""
    return llb.http(url, filename=FILE, constraints=llb.Constraints(custom_name=name))


def upload(fetched: llb.State, platform: llb.Platform) -> llb.State:
    """Return a source with the digest that it has in a daemon before BuildKit 0.18.

    An archive from a client (`buildx build -`) can be fetched only once. The built-in frontend has done so, looking for
    the `# syntax=` line, and the daemon has the result for an equal op. Newer daemons compare the parts of an op, older
    ones its bytes, with all fields in the order of their numbers.
    """
    definition = llb.marshal(fetched, platform=platform)
    op = ops.Op.decode(definition.ops[0])
    numbered = op.replace(constraints=None).encode() + op.replace(source=None).encode()
    digest = f"sha256:{sha256(numbered).hexdigest()}"
    terminal = ops.Op(inputs=[ops.Input(digest=digest)]).encode()
    metadata = definition.metadata[definition.head]
    return llb.from_definition(ops.Definition(def_=[numbered, terminal], metadata={digest: metadata}))


def unpacked(fetched: llb.State) -> llb.State:
    """Return the files of the fetched archive."""
    extract = llb.copy(fetched, f"/{FILE}", "/", attempt_unpack=True)
    return llb.scratch().file(extract, constraints=llb.Constraints(custom_name="[internal] unpack build context"))


def is_archive(head: bytes) -> bool:
    """Return whether bytes are the start of a tar file, plain or compressed."""
    return head.startswith(_COMPRESSED) or _is_tar(head[:_TAR_BLOCK])


def _is_tar(block: bytes) -> bool:
    field = block[_TAR_CHECKSUM].strip(b" \0")
    if len(block) < _TAR_BLOCK or not field or not set(field) <= set(b"01234567"):
        return False
    start, end = _TAR_CHECKSUM.start, _TAR_CHECKSUM.stop
    return int(field, 8) == sum(block[:start]) + sum(block[end:]) + (end - start) * ord(" ")


def last_part(url: str) -> str:
    """Return the name of the file that a URL ends with, empty for none."""
    return url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")[2].rpartition("/")[2]


def without_secrets(url: str) -> str:
    """Return a URL without a password and a query, for messages."""
    return _SECRETS.sub("", url.partition("?")[0])


def patterns(content: bytes) -> list[str]:
    """Return the patterns in order, relative to the context's root, exceptions with their `!`."""
    lines = content.decode(errors="surrogateescape").removeprefix(_BOM).split("\n")
    stripped = (line.strip() for line in lines if not line.startswith("#"))
    return [_pattern(line) for line in stripped if line]


def _pattern(line: str) -> str:
    if line.startswith("!"):
        return "!" + _clean(line[1:].strip())
    return _clean(line)


def _clean(path: str) -> str:
    if not path:
        return path
    return normpath(path).lstrip("/") or "/"


def dockerignore_patterns(request: Request) -> list[str]:
    """Return the patterns of the main context's ignore file, which is loaded once."""
    if request.dockerignore_patterns is None:
        entry = request.entry
        own = entry.ref.read_if_there(entry.source_map.filename + IGNORE_FILE) if entry else None
        excludes = patterns(own) if own else start_patterns(request, CONTEXT, CONTEXT, "[internal]").wait()
        request.dockerignore_patterns = excludes
    return request.dockerignore_patterns


def start_patterns(request: Request, local: str, hint: str, label: str) -> Deferred[list[str]]:
    """Start to load the .dockerignore of a directory of the client.

    Args:
        request: The request.
        local: Name of the directory in the session.
        hint: Shared key hint, by which the daemon recognises the directory.
        label: Stands before the vertex's name in the progress.
    """
    title = f"{label} load {IGNORE_FILE}"
    state = client_files(request.options, local, [IGNORE_FILE], f"{hint}-{IGNORE_FILE}", title)
    definition = llb.marshal(state, platform=request.options.build_platform)
    solved = request.bridge.solve(definition, evaluate=True)
    return solved.map(lambda ref: patterns(ref.read_if_there(IGNORE_FILE) or b""))


class ContextFiles:
    """Files of the main build context, read before anything is built. Paths are relative to its root.

    Files are transferred on request; all files of one request cost one round trip.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._refs: dict[str, Ref] = {}

    def load(self, paths: Iterable[str]) -> None:
        """Transfer files and folders; missing ones are not an error.

        Raises:
            RpcError: The daemon failed.
        """
        new = [path for path in paths if path not in self._refs]
        if new:
            self._refs |= dict.fromkeys(new, self._solve(new))

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None if it is missing.

        Raises:
            FileRefusedError: The file is too large, or no regular file.
            RpcError: The daemon failed.
        """
        return self._ref(path).read_if_there(normpath(path))

    def names(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder without transferring their content.

        Returns:
            Sorted names, None if the folder is missing, or if the daemon is too old to list it.

        Raises:
            RpcError: The daemon failed.
        """
        if detect_remote_context(self._request).wait().context is not None:
            return self.list(path)
        if not self._request.bridge.llb_capabilities.supports(llb.caps.SOURCE_LOCAL_METADATA_TRANSFER):
            return None
        ref, folder = self._solve([path], metadata_only=True), normpath(path)
        files = [stat for stat in _stats(ref.read_if_there(_METADATA) or b"") if not stat.mode & FOLDER]
        return sorted(basename(it.path) for it in files if dirname(it.path) == folder)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None without the folder. Raises RpcError."""
        return _listed(self._ref(path), path)

    def below(self, path: str) -> Sequence[str]:  # noqa: ARG002 - as the language's Files has it
        """Return no paths: finding them would be one more request in each build."""
        return ()

    def exists(self, path: str) -> bool | None:  # noqa: ARG002 - as the language's Files has it
        """Return None: finding out would be one more request in each build."""
        return None

    def _ref(self, path: str) -> Ref:
        ref = next((ref for loaded, ref in self._refs.items() if _holds(loaded, path)), None)
        if ref is None:
            self.load([path])
        return ref or self._refs[path]

    def _solve(self, paths: Iterable[str], *, metadata_only: bool = False) -> Ref:
        state = main_context(self._request, paths, metadata_only=metadata_only)
        definition = llb.marshal(state, platform=self._request.options.build_platform)
        return self._request.bridge.solve(definition, evaluate=True).wait()


def _stats(data: bytes) -> Iterator[Stat]:
    """Yield the records of a file, each with its size before it, little-endian."""
    offset = 0
    while offset < len(data):
        start = offset + _SIZE_BYTES
        offset = start + int.from_bytes(data[offset:start], "little")
        yield Stat.decode(data[start:offset])


def _listed(ref: Ref, path: str) -> list[str] | None:
    try:
        entries = ref.read_dir(normpath(path))
    except MissingFileError:
        return None
    return sorted(entry.path for entry in entries if not entry.mode & FOLDER)


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def detect_remote_context(request: Request) -> Deferred[RemoteContext]:
    """Start to detect, once, a build context that is not a directory of the client.

    Returns:
        The context; waiting for it raises RpcError.

    Raises:
        UnsupportedError: The URL has an unknown option.
    """
    if request.remote is None:
        request.remote = _start(request)
    return request.remote


def main_context(request: Request, paths: Iterable[str], *, metadata_only: bool = False) -> llb.State:
    """Return the build context.

    Args:
        request: The request.
        paths: Files, folders and patterns that are transferred from a directory of the client; `/` for all. What its
            .dockerignore excludes is not transferred; an ignore file named after the entry file counts once that file
            has been loaded.
        metadata_only: Whether a directory of the client sends only names and metadata.

    Raises:
        RpcError: The daemon failed.
        UnsupportedError: The URL of the context has an unknown option.
    """
    remote = detect_remote_context(request).wait().context
    if remote is not None:
        return remote
    options = request.options
    return llb.local(
        CONTEXT,
        session_id=options.local_session_id(CONTEXT),
        exclude_patterns=dockerignore_patterns(request),
        follow_paths=follow(paths),
        # The daemon transfers only differences to the last transfer with the same hint, which must not be one without
        # content.
        shared_key_hint=f"{CONTEXT}-names" if metadata_only else CONTEXT,
        metadata_only=metadata_only,
        constraints=llb.Constraints(custom_name="[internal] load build context"),
    )


def follow(paths: Iterable[str]) -> list[str]:
    """Return the paths relative to the context, sorted; an empty list if one of them is the whole context."""
    relative = {normpath("./" + path.lstrip("/")) for path in paths}
    return [] if "." in relative else sorted(relative)


def _start(request: Request) -> Deferred[RemoteContext]:
    url = request.options.context or ""
    if is_git(url):
        repository = _git(request, url)
        return Deferred(lambda: repository)
    if is_web(url):
        return _web(request, url)
    return start_inputs(request)


def _git(request: Request, url: str) -> RemoteContext:
    shown = without_secrets(url)
    state = git_source(
        url,
        llb.Constraints(custom_name=f"[internal] load git source {shown}"),
        keep_git_dir=_keeps_git_dir(request.options),
        capabilities=request.bridge.llb_capabilities,
    )
    return RemoteContext(scoped(state, request.options), state, f"the git repository {shown}")


def _web(request: Request, url: str) -> Deferred[RemoteContext]:
    fetched = web_source(url, "[internal] load remote build context")
    if url.startswith(UPLOAD) and not request.bridge.llb_capabilities.supports(llb.caps.FILE_SYMLINK_CREATE):
        fetched = upload(fetched, request.options.build_platform)
    definition = llb.marshal(fetched, platform=request.options.build_platform)
    solved = request.bridge.solve(definition, evaluate=True)
    place = without_secrets(url)

    def look() -> RemoteContext:
        if is_archive(solved.wait().read_head(FILE, HEAD_BYTES)):
            files = unpacked(fetched)
            return RemoteContext(scoped(files, request.options), files, f"the archive {place}")
        title = last_part(place) or FILE
        return RemoteContext(scoped(fetched, request.options), fetched, place, FILE, title)

    return Deferred(look)


def _keeps_git_dir(options: Options) -> bool:
    try:
        return values.boolean(BUILD_ARG_PREFIX + ARG_KEEP_GIT_DIR, options.build_args.get(ARG_KEEP_GIT_DIR, "false"))
    except OptionError:  # an invalid boolean counts as false, as in the Dockerfile frontend
        return False
