"""The main build context, of whatever kind.

It is a directory of the client unless the option `context` is a URL or the request brings the input `context`. The
client does not say which before it is asked, so the inputs are asked for at once, together with the entry file.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kairosfile import llb
from kairosfile.gateway import option_values as values
from kairosfile.gateway.calls import Answer
from kairosfile.gateway.contexts import git, web
from kairosfile.gateway.contexts.ignored import CONTEXT, excluded
from kairosfile.gateway.errors import OptionError
from kairosfile.gateway.options import BUILD_ARG_PREFIX, CONTEXT_SUBDIR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kairosfile.gateway.options import Options
    from kairosfile.gateway.request import Request
    from kairosfile.pb import ops_pb2

ARG_KEEP_GIT_DIR = "BUILDKIT_CONTEXT_KEEP_GIT_DIR"
DOCKERFILE = "dockerfile"


class Remote(NamedTuple):
    """Files that do not come from directories of the client; None where they do.

    `entry` is where the entry file is looked for, unless a directory was named for it. `filename` is its name there,
    where the context is that one file; `title` is what to call it then. `place` is for messages.
    """

    context: llb.State | None
    entry: llb.State | None
    place: str
    filename: str = ""
    title: str = ""


def start_remote(request: Request) -> Answer[Remote]:
    """Start to find out, once, where the files come from, unless it is the client. Raises UnsupportedError."""
    if request.remote is None:
        request.remote = _start(request)
    return request.remote


def main_context(request: Request, paths: Iterable[str], *, metadata_only: bool = False) -> llb.State:
    """Return the build context; of the client's, only `paths` (files, folders, patterns) are transferred.

    The root among the paths means the whole context. What `.dockerignore` excludes stays out of a directory of the
    client; one that goes by the entry file's name is only seen once that file has been loaded. With `metadata_only`
    a directory of the client keeps the content of its files.
    """
    remote = start_remote(request).wait().context
    if remote is not None:
        return remote
    options = request.options
    return llb.local(
        CONTEXT,
        session_id=options.local_session_id(CONTEXT),
        exclude_patterns=excluded(request),
        follow_paths=follow(paths),
        # The daemon lays the next transfer over the last one of the same hint: files without content must not be it.
        shared_key_hint=f"{CONTEXT}-names" if metadata_only else CONTEXT,
        metadata_only=metadata_only,
        constraints=llb.Constraints(custom_name="[internal] load build context"),
    )


def follow(paths: Iterable[str]) -> list[str]:
    """Return the paths relative to the context, sorted; none when one of them is the whole context."""
    relative = {posixpath.normpath("./" + path.lstrip("/")) for path in paths}
    return [] if "." in relative else sorted(relative)


def _start(request: Request) -> Answer[Remote]:
    url = request.options.context or ""
    if git.is_git(url):
        repository = _git(request, url)
        return Answer(lambda: repository)
    if web.is_web(url):
        return _web(request, url)
    return request.bridge.inputs().then(lambda inputs: _of_inputs(request.options, inputs))


def _git(request: Request, url: str) -> Remote:
    shown = web.without_secrets(url)
    state = git.source(
        url,
        llb.Constraints(custom_name=f"[internal] load git source {shown}"),
        keep_git_dir=_keeps_git_dir(request.options),
        capabilities=request.bridge.llb_capabilities,
    )
    return Remote(_scoped(state, request.options), state, f"the git repository {shown}")


def _web(request: Request, url: str) -> Answer[Remote]:
    fetched = web.source(url, "[internal] load remote build context")
    if url.startswith(web.UPLOAD) and not request.bridge.llb_capabilities.supports(llb.caps.FILE_SYMLINK_CREATE):
        fetched = web.upload(fetched, request.options.native_platform)
    definition = llb.marshal(fetched, platform=request.options.native_platform)
    solved = request.bridge.solve(definition, evaluate=True)
    place = web.without_secrets(url)

    def look() -> Remote:
        if web.is_archive(solved.wait().read_head(web.FILE, web.HEAD_BYTES)):
            files = web.unpacked(fetched)
            return Remote(_scoped(files, request.options), files, f"the archive {place}")
        title = web.last_part(place) or web.FILE
        return Remote(_scoped(fetched, request.options), fetched, place, web.FILE, title)

    return Answer(look)


def _of_inputs(options: Options, inputs: Mapping[str, ops_pb2.Definition]) -> Remote:
    states = {name: llb.imported(inputs[name]) for name in (CONTEXT, DOCKERFILE) if name in inputs}
    context = _scoped(states[CONTEXT], options) if CONTEXT in states else None
    return Remote(context, states.get(DOCKERFILE), "the files that came with the request")


def _scoped(state: llb.State, options: Options) -> llb.State:
    """Return the folder of a context that is to be its root."""
    subdir = options.raw.get(CONTEXT_SUBDIR)
    if not subdir:
        return state
    inside = llb.copy(state, f"/{subdir.strip('/')}", "/", copy_dir_contents_only=True)
    return llb.scratch().file(inside, constraints=llb.Constraints(custom_name=f"[internal] take {subdir} of context"))


def _keeps_git_dir(options: Options) -> bool:
    try:
        return values.boolean(BUILD_ARG_PREFIX + ARG_KEEP_GIT_DIR, options.build_args.get(ARG_KEEP_GIT_DIR, "false"))
    except OptionError:  # what is no boolean counts as false, as in the Dockerfile frontend
        return False
