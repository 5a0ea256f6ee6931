"""Registries with unusual or delayed responses, and attestations from untrusted sources."""

from __future__ import annotations

import gzip
import io
import os
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest
from backports.zstd import tarfile

from kairosfile.cli import registry
from kairosfile.cli.doctor import Environment, reachable
from kairosfile.cli.errors import CliError
from kairosfile.cli.image.layers import LARGEST_HEADER, MOST_HEADERS, UnreadableError
from kairosfile.cli.registry import RegistryError, is_plain, look_up
from kairosfile.cli.verify.checks import PATH, Local, provenance
from kairosfile.cli.verify.evidence import Evidence, Provenance, fetch
from kairosfile.cli.verify.image import blob, read_file
from kairosfile.json_text import parse_json
from tests.support.servers import running
from tests.unit.cli.test_verify_release import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = "sha256:" + "a" * 64


class Odd(BaseHTTPRequestHandler):
    """Sends the next of `answers`, and repeats the last one; each is a status with headers."""

    answers: ClassVar[list[tuple[int, dict[str, str]]]]

    def do_GET(self) -> None:
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response_only(status)
        for key, value in {"Content-Length": "0", **headers}.items():
            self.send_header(key, value)
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def odd(*answers: tuple[int, dict[str, str]]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Chosen", (Odd,), {"answers": [*answers]}))
    with running(server) as address:
        yield address


@pytest.fixture(autouse=True)
def own_config(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker")))


DIGEST_ANSWER = (200, {"Docker-Content-Digest": DIGEST})


@pytest.mark.parametrize("status", sorted(registry.TRANSIENT))
def test_a_registry_that_fails_briefly_is_queried_again(status: int) -> None:
    with odd((status, {}), (status, {}), DIGEST_ANSWER) as host:
        assert look_up([f"{host}/a:1"]) == [DIGEST]


def test_a_registry_that_goes_on_failing_is_given_up() -> None:
    with odd((503, {})) as host:
        (answer,) = look_up([f"{host}/a:1"])

    assert isinstance(answer, RegistryError)
    assert str(answer) == f"{host} answers 503"


def test_a_missing_image_is_requested_once() -> None:
    with odd((404, {}), DIGEST_ANSWER) as host:
        (answer,) = look_up([f"{host}/a:1"])

    assert str(answer) == f"{host} has no such image"


ODD = {
    "digest": (200, {"Docker-Content-Digest": "sha256:zz"}),
    "location": (307, {"Location": "http://[::bad"}),
    "location without a host": (307, {"Location": "https://"}),
    "location with blanks": (307, {"Location": "http://a b\x80c/"}),
    "challenge": (401, {"WWW-Authenticate": "Bearer"}),
    "challenge of another kind": (401, {"WWW-Authenticate": 'Digest realm=",,,=='}),
    "challenge without quotes": (401, {"WWW-Authenticate": "Bearer realm=,service"}),
    "no challenge": (401, {}),
    "realm that is no address": (401, {"WWW-Authenticate": 'Bearer realm="\x80::",service="x"'}),
}


@pytest.mark.parametrize("answer", ODD)
def test_an_odd_answer_is_an_error_of_the_registry(answer: str) -> None:
    with odd(ODD[answer]) as host:
        (result,) = look_up([f"{host}/a:1"])

    assert isinstance(result, RegistryError)
    assert host in str(result)


@pytest.mark.parametrize("answer", ODD)
def test_doctor_reports_an_odd_answer(answer: str) -> None:
    with odd(ODD[answer]) as host:
        assert [*reachable(Environment(registries=[host]))]


@pytest.mark.parametrize("date", ["x", "Sun, 99 Nov 99999 25:61:61 GMT", "Sun, 06 Nov 1994 08:49:37", "", "0" * 5000])
def test_doctor_reads_any_date(date: str) -> None:
    with odd((200, {"Date": date})) as host:
        actual = [*reachable(Environment(registries=[host]))]

    assert actual[0].status == "ok"


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        *((host, True) for host in ("localhost", "localhost:5000", "127.0.0.1", "127.9.9.9:80", "[::1]:5000")),
        *((host, False) for host in ("localhost.evil.example", "127.0.0.1.evil.example", "127.evil", "[::1].evil")),
    ],
)
def test_only_a_registry_on_this_machine_is_used_without_tls(host: str, *, plain: bool) -> None:
    assert is_plain(host) == plain


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, "\udcff", "{"])
def test_json_that_cannot_be_read_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_json(text)


@pytest.mark.parametrize("image", ["--format=x", "-a", "a b", "::1"])
def test_a_result_that_is_not_an_image_is_not_loaded_into_docker(image: str) -> None:
    with pytest.raises(CliError, match=image):
        fetch(image)


ODD_IMAGES = (
    "",
    "[" * 100_000,
    "[]",
    "{}",
    '{"manifest": [], "image": {}, "provenance": {}, "sbom": {}}',
    '{"manifest": {"digest": "d"}, "image": {"linux/amd64": 1}, "provenance": {}, "sbom": {}}',
    '{"manifest": {"digest": "d"}, "image": {"config": {}}, "provenance": {"SLSA": 1}, "sbom": null}',
)


@pytest.mark.parametrize("shown", ODD_IMAGES)
def test_an_image_in_an_odd_form_cannot_be_looked_up(
    shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shown").write_text(shown)
    (tmp_path / "docker").write_text(f"#!/bin/sh\ncat {tmp_path}/shown\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(CliError, match=r"example\.com/a:1 cannot be looked up"):
        fetch("example.com/a:1")


def archive(*headers: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT) as opened:
        for header in headers:
            opened.addfile(header, io.BytesIO(bytes(header.size)) if header.isreg() else None)
    return buffer.getvalue()


def extended(type_: bytes, size: int) -> bytes:
    """Return an archive with one header of a kind, compressed to a thousandth of its size."""
    header = tarfile.TarInfo("x")
    header.type, header.size = type_, size
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        opened.fileobj.write(header.tobuf(tarfile.GNU_FORMAT) + bytes(size + -size % 512))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "type_", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
def test_a_layer_with_a_huge_header_is_not_read(type_: bytes) -> None:
    shelf = Shelf()
    layer = extended(type_, 64 << 20)
    assert len(layer) < 1 << 20

    with pytest.raises(UnreadableError, match=f"a header has more than {LARGEST_HEADER >> 20} MiB"):
        read_file(shelf, {"layers": [{"digest": shelf.put(layer)}]}, PATH)  # type: ignore[arg-type]


def test_a_layer_with_headers_of_the_usual_size_is_read() -> None:
    shelf = Shelf()
    headers = []
    for number in range(50):
        header = tarfile.TarInfo(f"{'long/' * 60}{number}")
        header.pax_headers = {"SCHILY.xattr.user.x": "y" * 10_000}
        headers.append(header)
    own = tarfile.TarInfo(PATH)
    own.size = 3
    layer = archive(*headers, own)

    assert read_file(shelf, {"layers": [{"digest": shelf.put(layer)}]}, PATH) == b"\0\0\0"  # type: ignore[arg-type]


@pytest.mark.parametrize("type_", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_a_layer_with_thousands_of_headers_of_one_entry_is_not_read(type_: bytes) -> None:
    """Tarfile reads each header in a call within the previous one."""
    header, content = tarfile.TarInfo("x"), b"11 path=ab\n"
    header.type, header.size = type_, len(content)
    shelf = Shelf()
    layer = (header.tobuf(tarfile.USTAR_FORMAT) + content.ljust(512, b"\0")) * 5000

    with pytest.raises(UnreadableError, match=f"an entry has more than {MOST_HEADERS} headers"):
        read_file(shelf, {"layers": [{"digest": shelf.put(layer)}]}, PATH)  # type: ignore[arg-type]


DAMAGED = {
    "header of gzip": lambda: archive()[:12],
    "end of the content": lambda: gzip.decompress(archive(own()))[:1600],
    "number": lambda: archive(own(**{"GNU.sparse.map": "x"})),
}


def own(**headers: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(PATH)
    info.size, info.pax_headers = 700, {"SCHILY.xattr.user.x": "y", **headers}
    return info


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_layer_is_not_read(damage: str) -> None:
    shelf = Shelf()

    with pytest.raises(UnreadableError):
        read_file(shelf, {"layers": [{"digest": shelf.put(DAMAGED[damage]())}]}, PATH)  # type: ignore[arg-type]


def test_a_blob_is_read_up_to_its_bound_whatever_its_manifest_says() -> None:
    shelf = Shelf()

    with pytest.raises(UnreadableError, match="has more than 1000 bytes"):
        blob(shelf, shelf.put(b"x" * 2000), 1000)  # type: ignore[arg-type]


class Endless(Odd):
    """Sends a body without end."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):
            while True:
                self.wfile.write(b" " * (1 << 20))


def test_an_answer_without_end_is_an_error_of_the_registry() -> None:
    with (
        running(ThreadingHTTPServer(("127.0.0.1", 0), Endless)) as host,
        pytest.raises(RegistryError, match=f"{host} does not answer as a registry"),
        registry.repository(f"{host}/a") as client,
    ):
        client.get_manifest_and_response("latest")


def test_thousands_of_differing_lines_are_counted_at_once() -> None:
    """Difflib takes minutes for these."""
    lines = [f"- run: echo {number}" for number in range(3000)]
    local = Local("Kairosfile", "\n".join(reversed(lines)) + "\nlast", {}, {})
    origin = Provenance("Kairosfile", {}, "\n".join(lines) + "\nfirst", {})
    started = time.process_time()
    finding = [*provenance(Evidence("linux/amd64", {}, origin, {}), local)][-1]

    assert finding.message.endswith(": 2 lines differ, such as - first")
    assert time.process_time() - started < 1
