"""Generated from policy.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "PolicyAction": {
        "ALLOW": 0,
        "DENY": 1,
        "CONVERT": 2,
    },
    "AttrMatch": {
        "EQUAL": 0,
        "NOTEQUAL": 1,
        "MATCHES": 2,
    },
    "MatchType": {
        "WILDCARD": 0,
        "EXACT": 1,
        "REGEX": 2,
    },
    "Rule": (
        (1, "action", "enum PolicyAction", "", ""),
        (2, "selector", "Selector", "", ""),
        (3, "updates", "Update", "", ""),
    ),
    "Update": (
        (1, "identifier", "string", "", ""),
        (2, "attrs", "string", "map", ""),
    ),
    "Selector": (
        (1, "identifier", "string", "", ""),
        (2, "match_type", "enum MatchType", "", ""),
        (3, "constraints", "AttrConstraint", "repeated", ""),
    ),
    "AttrConstraint": (
        (1, "key", "string", "", ""),
        (2, "value", "string", "", ""),
        (3, "condition", "enum AttrMatch", "", ""),
    ),
    "Policy": (
        (1, "version", "int64", "", ""),
        (2, "rules", "Rule", "repeated", ""),
    ),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
