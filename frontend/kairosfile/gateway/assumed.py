"""The capabilities of a daemon too old to list them.

BuildKit froze these two lists when its daemons began to name capabilities in the answer to Ping; a daemon
that names none has exactly these (frontend/gateway/grpcclient/client.go). The spelling of an id is
BuildKit's, mistakes included.
"""

from __future__ import annotations

FRONTEND = frozenset({"readfile", "resolveimage", "solve.base", "solve.inlinereturn"})

LLB = frozenset(
    {
        "constraints",
        "exec.meta.base",
        "exec.meta.proxyenv",
        "exec.mount.bind",
        "exec.mount.cache",
        "exec.mount.cache.sharing",
        "exec.mount.secret",
        "exec.mount.selector",
        "exec.mount.tmpfs",
        "meta.description",
        "meta.exportcache",
        "meta.ignorecache",
        "platform",
        "soruce.http.uidgid",
        "source.buildop.llbfilename",
        "source.git",
        "source.git.fullurl",
        "source.git.keepgitdir",
        "source.http",
        "source.http.checksum",
        "source.http.perm",
        "source.image",
        "source.local",
        "source.local.excludepatterns",
        "source.local.followpaths",
        "source.local.includepatterns",
        "source.local.sessionid",
        "source.local.sharedkeyhint",
        "source.local.unique",
    }
)
