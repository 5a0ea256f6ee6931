"""Addresses of the web as contexts: an archive, which is unpacked, or a single file.

Which one it is shows in the first bytes (isArchive of frontend/dockerui/context.go).
"""

from __future__ import annotations

import re
from hashlib import sha256

from kairosfile import llb
from kairosfile.pb import ops_pb2

HEAD_BYTES = 1024  # what `is_archive` wants to see
FILE = "context"  # what the fetched file is called

UPLOAD = "http://buildkit-session/"  # what buildx makes of `docker buildx build - < archive.tar`

_ADDRESS = re.compile(r"https?://")
_SECRETS = re.compile(r"(?<=://)[^/@]+@")
_COMPRESSED = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00")
_TAR_BLOCK, _TAR_CHECKSUM = 512, slice(148, 156)


def is_web(url: str) -> bool:
    """Tell whether a URL is fetched over HTTP."""
    return _ADDRESS.match(url) is not None


def source(url: str, name: str) -> llb.State:
    """Return what is fetched, as the one file `FILE`, shown as `name`."""
    return llb.http(url, filename=FILE, constraints=llb.Constraints(custom_name=name))


def upload(fetched: llb.State, platform: llb.Platform) -> llb.State:
    """Return a source with the digest that a daemon before BuildKit 0.18 knows it by.

    What a client sends (`buildx build -`) can be fetched once, and the built-in frontend, looking for the `# syntax=`
    line, has done so. Its result is at hand for the same op. Newer daemons tell that from what an op says; older ones
    from its bytes, which there have all fields in the order of their numbers.
    """
    definition = llb.marshal(fetched, platform=platform).to_proto()
    (source, terminal) = (ops_pb2.Op.FromString(raw) for raw in getattr(definition, "def"))
    numbered = source.SerializeToString(deterministic=True)
    told = next(definition.metadata[each.digest] for each in terminal.inputs)
    digest = f"sha256:{sha256(numbered).hexdigest()}"
    terminal.inputs[0].digest = digest
    old = ops_pb2.Definition(metadata={digest: told})
    getattr(old, "def").extend([numbered, terminal.SerializeToString()])
    return llb.imported(old)


def unpacked(fetched: llb.State) -> llb.State:
    """Return the files of the archive that was fetched."""
    extract = llb.copy(fetched, f"/{FILE}", "/", attempt_unpack=True)
    return llb.scratch().file(extract, constraints=llb.Constraints(custom_name="[internal] unpack build context"))


def is_archive(head: bytes) -> bool:
    """Tell whether bytes are the start of a tar file, plain or compressed."""
    return head.startswith(_COMPRESSED) or _is_tar(head[:_TAR_BLOCK])


def _is_tar(block: bytes) -> bool:
    field = block[_TAR_CHECKSUM].strip(b" \0")
    if len(block) < _TAR_BLOCK or not field or not set(field) <= set(b"01234567"):
        return False
    start, end = _TAR_CHECKSUM.start, _TAR_CHECKSUM.stop
    return int(field, 8) == sum(block[:start]) + sum(block[end:]) + (end - start) * ord(" ")


def last_part(url: str) -> str:
    """Return the name of the file that a URL ends with, empty for none."""
    return re.split(r"[?#]", url, maxsplit=1)[0].partition("://")[2].partition("/")[2].rpartition("/")[2]


def without_secrets(url: str) -> str:
    """Return a URL as it may be shown: without a password and without a query."""
    return _SECRETS.sub("", url.partition("?")[0])
