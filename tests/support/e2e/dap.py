"""A client of buildx's debugger, `docker buildx dap`: enough of the Debug Adapter Protocol to stop at one line."""

from __future__ import annotations

import json
import subprocess
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import DockerEngine

Message = dict[str, Any]


def stop_at(engine: DockerEngine, file: Path, line: int) -> tuple[str, Message] | None:
    """Build a file with a breakpoint; return why the build stopped first and on which frame, None if it did not."""
    command = ["docker", "buildx", "dap", "build", "-f", str(file), str(file.parent)]
    env = engine.env() | {"BUILDX_EXPERIMENTAL": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        assert process.stdout
        try:
            return _Session(process.stdin, process.stdout).first_stop(file, line)
        finally:
            process.kill()


class _Session:
    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._number = 0

    def first_stop(self, file: Path, line: int) -> tuple[str, Message] | None:
        self._send("initialize", clientID="test", adapterID="buildx", linesStartAt1=True, pathFormat="path")
        self._send("launch", dockerfile=str(file), contextPath=str(file.parent))
        self._wait("initialized")
        self._send("setBreakpoints", source={"path": str(file), "name": file.name}, breakpoints=[{"line": line}])
        self._send("configurationDone")
        stopped = self._wait("stopped", "terminated")
        if stopped["event"] == "terminated":
            return None
        self._send("stackTrace", threadId=stopped["body"]["threadId"])
        frames: list[Message] = self._wait("stackTrace")["body"]["stackFrames"]
        return stopped["body"]["reason"], frames[0]

    def _send(self, command: str, **arguments: Any) -> None:
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._requests.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._requests.flush()

    def _wait(self, *names: str) -> Message:
        """Return the next event, or answer to a command, of one of these names; raises EOFError."""
        while True:
            message = self._read()
            if message.get("event") in names or message.get("command") in names:
                return message

    def _read(self) -> Message:
        length = 0
        while (line := self._answers.readline()) != b"\r\n":
            if not line:
                raise EOFError("the debugger left")
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: Message = json.loads(self._answers.read(length))
        return message
