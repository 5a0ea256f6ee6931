"""The sources of files, as `docker buildx` sends them.

    entry     the entry file, which `-f` names
    main      the build context (a directory of the client, a git repository, an archive or file of the web, an input),
              its .dockerignore, and its files that are read before anything is built
    inputs    a context, or the source of the entry file, that came with the request
    named     named contexts, `--build-context NAME=...`

Names, hints and progress texts of the sources are those of the Dockerfile frontend (frontend/dockerui), so that its
users recognise them and the daemon reuses what it has already transferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile import llb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kairosfile.gateway.options import Options

CONTEXT, DOCKERFILE = "context", "dockerfile"
IGNORE_FILE = ".dockerignore"


def client_files(options: Options, local: str, paths: Sequence[str], hint: str, title: str) -> llb.State:
    """Return the files that a frontend reads itself from a directory of the client.

    Args:
        options: The options of the request.
        local: Name of the directory in the session.
        paths: Paths of the files; missing ones are not an error.
        hint: Shared key hint, by which the daemon recognises what it has of the directory.
        title: Name of the vertex in the progress.
    """
    return llb.local(
        local,
        session_id=options.local_session_id(local),
        follow_paths=paths,
        shared_key_hint=hint,
        differ=llb.Differ("none"),
        constraints=llb.Constraints(custom_name=title),
    )
