"""`frontend.convertllb`: the build graph, op by op, as BuildKit's JSON of it.

The form is that of buildkit frontend/subrequests/convertllb: ops and the source map in protobuf's JSON, metadata by the
names of their fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict

from kairosfile.gateway.subrequests import CONVERT_LLB
from kairosfile.gateway.subrequests.parts import result
from kairosfile.pb import ops_pb2

if TYPE_CHECKING:
    from kairosfile.llb.definition import Definition
    from kairosfile.pb.gateway_pb2 import Result


def convert_llb(definition: Definition) -> Result:
    """Answer what would be sent to be solved; it has no form for people, so they get the JSON too."""
    ops = zip(definition.digests, definition.ops, strict=True)
    answer = {
        "def": {digest: MessageToDict(ops_pb2.Op.FromString(op)) for digest, op in ops},
        "metadata": {digest: _metadata(data) for digest, data in sorted(definition.metadata.items())},
        "source": MessageToDict(ops_pb2.Source.FromString(definition.source or b"")),
    }
    return result(CONVERT_LLB, answer, json.dumps(answer, indent=2) + "\n")


def _metadata(data: bytes) -> dict[str, Any]:
    return MessageToDict(ops_pb2.OpMetadata.FromString(data), preserving_proto_field_name=True)
