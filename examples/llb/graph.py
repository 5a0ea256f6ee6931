"""A build graph, written down without any daemon."""

from __future__ import annotations

from kairosfile import llb

debian = llb.image("debian:13")
out = llb.Mount.bind("/out", llb.scratch())
run = debian.run(["/bin/sh", "-c", "ls /etc > /out/names"], mounts=[out], network="none")
result = llb.scratch().file(
    llb.copy(run.output("/out"), "/names", "/srv/names", create_dest_path=True),
    llb.mkfile("/srv/hello", b"hello\n"),
)

definition = llb.marshal(result, platform=llb.Platform("linux", "amd64"))
for digest, op in zip(definition.digests, definition.ops, strict=True):
    print(digest[:19], len(op), "bytes")
