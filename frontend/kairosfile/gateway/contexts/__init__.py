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

CONTEXT, DOCKERFILE = "context", "dockerfile"
IGNORE_FILE = ".dockerignore"
