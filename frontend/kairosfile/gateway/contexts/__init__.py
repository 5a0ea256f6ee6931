"""Where files come from, as `docker buildx` sends them.

    entry     the file that `-f` names
    main      the build context: a directory of the client, a git repository, an archive or file of the web, an input
    ignored   what .dockerignore keeps out of a directory of the client
    files     files of the main context that are read before anything is built
    named     `--build-context NAME=...`: what stands in the place of an image
    git, web  the kinds of URL

Names, hints and progress texts of the sources are those of the Dockerfile frontend (frontend/dockerui), so that its
users find what they know and the daemon reuses what it has already transferred.
"""
