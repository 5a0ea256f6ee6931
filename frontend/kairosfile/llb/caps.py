"""Capabilities: ids of features that ops require and a daemon supports.

A daemon refuses a definition with an id that it does not know, so a field that it would silently ignore becomes a clear
error. The spelling of an id is BuildKit's, mistakes included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CONSTRAINTS = "constraints"
PLATFORM = "platform"
META_DESCRIPTION = "meta.description"
META_EXPORT_CACHE = "meta.exportcache"
META_IGNORE_CACHE = "meta.ignorecache"

SOURCE_IMAGE = "source.image"
SOURCE_IMAGE_CHECKSUM = "source.image.checksum"
SOURCE_IMAGE_LAYER_LIMIT = "source.image.layerlimit"
SOURCE_IMAGE_RESOLVE_MODE = "source.image.resolvemode"
SOURCE_OCI_LAYOUT = "source.ocilayout"
SOURCE_LOCAL = "source.local"
SOURCE_LOCAL_DIFFER = "source.local.differ"
SOURCE_LOCAL_EXCLUDE_PATTERNS = "source.local.excludepatterns"
SOURCE_LOCAL_FOLLOW_PATHS = "source.local.followpaths"
SOURCE_LOCAL_INCLUDE_PATTERNS = "source.local.includepatterns"
SOURCE_LOCAL_METADATA_TRANSFER = "source.local.metadatatransfer"
SOURCE_LOCAL_SESSION_ID = "source.local.sessionid"
SOURCE_LOCAL_SHARED_KEY_HINT = "source.local.sharedkeyhint"
SOURCE_LOCAL_UNIQUE = "source.local.unique"
SOURCE_GIT = "source.git"
SOURCE_GIT_CHECKSUM = "source.git.checksum"
SOURCE_GIT_FULL_URL = "source.git.fullurl"
SOURCE_GIT_HTTP_AUTH = "source.git.httpauth"
SOURCE_GIT_KEEP_DIR = "source.git.keepgitdir"
SOURCE_GIT_KNOWN_SSH_HOSTS = "source.git.knownsshhosts"
SOURCE_GIT_MOUNT_SSH_SOCK = "source.git.mountsshsock"
SOURCE_GIT_MTIME = "source.git.mtime"
SOURCE_GIT_SKIP_SUBMODULES = "source.git.skipsubmodules"
SOURCE_HTTP = "source.http"
SOURCE_HTTP_AUTH = "source.http.auth"
SOURCE_HTTP_CHECKSUM = "source.http.checksum"
SOURCE_HTTP_HEADER = "source.http.header"
SOURCE_HTTP_PERM = "source.http.perm"
SOURCE_HTTP_UID_GID = "soruce.http.uidgid"

EXEC_META_BASE = "exec.meta.base"
EXEC_META_CDI = "exec.meta.cdi"
EXEC_META_CGROUP_PARENT = "exec.meta.cgroup.parent"
EXEC_META_LINUX_RESOURCES = "exec.meta.linux.resources"
EXEC_META_NETWORK = "exec.meta.network"
EXEC_META_PROXY = "exec.meta.proxyenv"
EXEC_META_SECURITY = "exec.meta.security"
EXEC_META_SETS_DEFAULT_PATH = "exec.meta.setsdefaultpath"
EXEC_META_ULIMIT = "exec.meta.ulimit"
EXEC_MOUNT_BIND = "exec.mount.bind"
EXEC_MOUNT_CACHE = "exec.mount.cache"
EXEC_MOUNT_CACHE_SHARING = "exec.mount.cache.sharing"
EXEC_MOUNT_CONTENT_CACHE = "exec.mount.cache.content"
EXEC_MOUNT_SECRET = "exec.mount.secret"  # noqa: S105 - the name of a capability
EXEC_MOUNT_SELECTOR = "exec.mount.selector"
EXEC_MOUNT_SSH = "exec.mount.ssh"
EXEC_MOUNT_TMPFS = "exec.mount.tmpfs"
EXEC_MOUNT_TMPFS_SIZE = "exec.mount.tmpfs.size"
EXEC_SECRET_ENV = "exec.secretenv"  # noqa: S105 - the name of a capability
EXEC_VALID_EXIT_CODE = "exec.validexitcode"

FILE_BASE = "file.base"
FILE_COPY_ALWAYS_REPLACE = "file.copy.alwaysreplaceexistingdestpaths"
FILE_COPY_INCLUDE_EXCLUDE = "file.copy.includeexcludepatterns"
FILE_COPY_REQUIRED_PATHS = "file.copy.requiredpaths"
FILE_SYMLINK_CREATE = "file.symlink.create"

MERGE_OP = "mergeop"
DIFF_OP = "diffop"


class Capabilities:
    """The capabilities that a daemon reports."""

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids: frozenset[str] | None = frozenset(ids)

    @classmethod
    def every(cls) -> Capabilities:
        """Return the capabilities of a daemon that supports everything."""
        unlimited = cls(())
        unlimited._ids = None
        return unlimited

    def supports(self, capability: str) -> bool:
        """Return whether the daemon accepts an op that needs `capability`."""
        return self._ids is None or capability in self._ids
