"""Generated from caps.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "APICap": (
        (1, "ID", "string", "", ""),
        (2, "Enabled", "bool", "", ""),
        (3, "Deprecated", "bool", "", ""),
        (4, "DisabledReason", "string", "", ""),
        (5, "DisabledReasonMsg", "string", "", ""),
        (6, "DisabledAlternative", "string", "", ""),
    ),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
