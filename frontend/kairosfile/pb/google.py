"""Generated from timestamp.proto, any.proto, status.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "Timestamp": (
        (1, "seconds", "int64", "", ""),
        (2, "nanos", "int32", "", ""),
    ),
    "Any": (
        (1, "type_url", "string", "", ""),
        (2, "value", "bytes", "", ""),
    ),
    "Status": (
        (1, "code", "int32", "", ""),
        (2, "message", "string", "", ""),
        (3, "details", "Any", "repeated", ""),
    ),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
