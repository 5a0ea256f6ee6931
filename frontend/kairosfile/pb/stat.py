"""Generated from stat.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "Stat": (
        (1, "path", "string", "", ""),
        (2, "mode", "uint32", "", ""),
        (3, "uid", "uint32", "", ""),
        (4, "gid", "uint32", "", ""),
        (5, "size", "int64", "", ""),
        (6, "modTime", "int64", "", ""),
        (7, "linkname", "string", "", ""),
        (8, "devmajor", "int64", "", ""),
        (9, "devminor", "int64", "", ""),
        (10, "xattrs", "bytes", "map", ""),
    ),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
