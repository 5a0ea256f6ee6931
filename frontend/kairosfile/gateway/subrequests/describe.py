"""`frontend.subrequests.describe`: which subrequests there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway.subrequests import DESCRIBE, KNOWN, LINT, Subrequest
from kairosfile.gateway.subrequests.parts import result, table

if TYPE_CHECKING:
    from kairosfile.pb.gateway_pb2 import Result

_METADATA = {
    "result.json": "the answer as JSON",
    "result.txt": "the answer as text",
    "version": "the version of the answer's form",
}
_STATUS = {"result.statuscode": "0, or 1 when there is something to report"}


def describe() -> Result:
    """Answer which subrequests there are."""
    rows = [(known.id.removeprefix("frontend."), known.version, known.description) for known in KNOWN]
    return result(DESCRIBE, [_entry(known) for known in KNOWN], table(("NAME", "VERSION", "DESCRIPTION"), *rows))


def _entry(known: Subrequest) -> dict[str, object]:
    metadata = _METADATA | (_STATUS if known is LINT else {})
    return {
        "name": known.id,
        "version": known.version,
        "type": "rpc",
        "description": known.description,
        "opts": None,
        "inputs": None,
        "metadata": [{"name": name, "description": text} for name, text in metadata.items()],
        "refs": None,
    }
