"""Generated from errdefs.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "Vertex": ((1, "digest", "string", "", ""),),
    "Source": (
        (1, "info", "ops.SourceInfo", "", ""),
        (2, "ranges", "ops.Range", "repeated", ""),
    ),
    "Frontend": (
        (1, "name", "string", "", ""),
        (2, "source", "string", "", ""),
    ),
    "FrontendCap": ((1, "name", "string", "", ""),),
    "Subrequest": ((1, "name", "string", "", ""),),
    "Solve": (
        (1, "inputIDs", "string", "repeated", ""),
        (2, "mountIDs", "string", "repeated", ""),
        (3, "op", "ops.Op", "", ""),
        (4, "file", "FileAction", "", "subject"),
        (5, "cache", "ContentCache", "", "subject"),
        (6, "description", "string", "map", ""),
    ),
    "FileAction": ((1, "index", "int64", "", ""),),
    "ContentCache": ((1, "index", "int64", "", ""),),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
