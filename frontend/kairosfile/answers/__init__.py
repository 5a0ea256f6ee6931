"""Answers to subrequests: what a Kairosfile says of itself, without being built (`--call`, `--check`).

A module for each; the file is read and planned as for a build. Nothing of this is imported by a build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.gateway import subrequests
from kairosfile.gateway.errors import SubrequestError

if TYPE_CHECKING:
    from kairosfile.gateway.request import EntryFile, Request
    from kairosfile.pb.gateway_pb2 import Result


def answer(request: Request, entry: EntryFile) -> Result:
    """Answer the question that the request asks; raises SubrequestError for one that is not known, GatewayError."""
    match request.options.request_id:
        case subrequests.LINT.id:
            from kairosfile.answers.lint import check  # noqa: PLC0415 - only one question is asked

            return check(request, entry)
        case subrequests.OUTLINE.id:
            from kairosfile.answers.outline import outline_of  # noqa: PLC0415

            return outline_of(request, entry)
        case subrequests.TARGETS.id:
            from kairosfile.answers.targets import list_targets  # noqa: PLC0415

            return list_targets(request, entry)
        case subrequests.CONVERT_LLB.id:
            from kairosfile.answers.graph import graph_of  # noqa: PLC0415

            return graph_of(request, entry)
        case subrequests.DESCRIBE.id:
            from kairosfile.gateway.subrequests.describe import describe  # noqa: PLC0415

            return describe()
        case unknown:
            raise SubrequestError(unknown)
