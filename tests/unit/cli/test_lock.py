"""The installed `kairosfile lock`, against strict local stand-ins for registries."""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import stat
import subprocess
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from kairosfile import language, sections
from kairosfile.cli.commands.lock import source_policy
from kairosfile.language import lockfile
from tests.support.servers import running
from tests.unit.cli.test_command import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME, PASSWORD, TOKEN = "me", "hunter2", "token-of-me"
INDEX = "application/vnd.oci.image.index.v1+json"
TAGS = {"test/debian:13": b"{}", "test/debian:12": b"{ }", "test/init:v0.17.3": b"[]"}
DIGESTS = {tag: f"sha256:{sha256(content).hexdigest()}" for tag, content in TAGS.items()}
OTHER = "sha256:" + "1" * 64


class Registry(BaseHTTPRequestHandler):
    """A registry of manifests (HEAD and GET); `login` is the authentication that it requires: none, Basic or Bearer."""

    login, tells_digest, status = "", True, 200
    requests: ClassVar[list[str]]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        if self.path.startswith("/token?"):
            self._token()
        else:
            self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        name, _, tag = self.path.removeprefix("/v2/").partition("/manifests/")
        known = f"{name}:{tag}" in TAGS
        self.requests.append(f"{self.command} {name}:{tag}")
        if not self._is_let_in():
            realm = f'Bearer realm="https://{self.headers["Host"]}/token",service="test",scope="repository:{name}:pull"'
            self._send(401, {"WWW-Authenticate": realm if self.login == "Bearer" else 'Basic realm="test"'})
        elif self.status != 200 or not known:
            self._send(self.status if self.status != 200 else 404, {})
        else:
            assert INDEX in self.headers["Accept"]
            content = TAGS[f"{name}:{tag}"]
            digest = {"Docker-Content-Digest": DIGESTS[f"{name}:{tag}"]} if self.tells_digest else {}
            self._send(200, {"Content-Type": INDEX, **digest}, content if with_body else b"")

    def _is_let_in(self) -> bool:
        options = self.headers.get("Authorization", "")
        return not self.login or options == (f"Bearer {TOKEN}" if self.login == "Bearer" else self._basic())

    def _token(self) -> None:
        assert "scope=repository%3Atest%2F" in self.path
        let_in = self.headers.get("Authorization") == self._basic()
        self._send(200 if let_in else 401, {}, json.dumps({"token": TOKEN}).encode())

    def _basic(self) -> str:
        return f"Basic {base64.b64encode(f'{NAME}:{PASSWORD}'.encode()).decode()}"

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def registry(certificate: Path | None = None, **behaviour: Any) -> Iterator[tuple[str, list[str]]]:
    """Run a registry; yield its address and its request log. TLS needs a host that is not a loopback address."""
    requests: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Chosen", (Registry,), {**behaviour, "requests": requests}))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server) as address:
        yield f"0.0.0.0:{server.server_port}" if certificate else address, requests


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate with its key for the address 0.0.0.0, which Linux routes to this machine."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed on this machine, which makes the certificate")
    path = tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:0.0.0.0"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(path)]
    command = ["openssl", "req", "-x509", "-days", "2", *key, *subject, "-out", f"{path}.crt"]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def run(folder: Path, *arguments: str, config: dict[str, Any] | None = None, **more: str) -> tuple[int, str, str]:
    """Run the command with a separate Docker config; its output must contain none of the config's secrets."""
    docker = folder / "docker"
    docker.mkdir(exist_ok=True)
    (docker / "config.json").write_text(json.dumps(config or {}))
    environment = {**os.environ, "DOCKER_CONFIG": str(docker), "NO_PROXY": "*", "no_proxy": "*", **more}
    command = [COMMAND, "lock", "--platform", "linux/amd64", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not [secret for secret in (PASSWORD, TOKEN) if secret in done.stdout + done.stderr]
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def write(folder: Path, host: str, base: str = "test/debian:13") -> None:
    (folder / "Kairosfile").write_text(f"base: {host}/{base}\nversion: v1.0.0\nkairos_init: {host}/test/init:v0.17.3\n")


def locked(folder: Path) -> dict[str, str]:
    beside = folder / "Kairosfile.lock"
    return dict(lockfile.read(beside.name, beside.read_bytes()).images)


def digests(host: str, *tags: str) -> dict[str, str]:
    return {f"{host}/{tag}": DIGESTS[tag] for tag in tags}


INIT, NEW, OLD = "test/init:v0.17.3", "test/debian:13", "test/debian:12"


def test_what_is_written_is_read_again_and_is_the_same_each_time() -> None:
    images = {"[::1]:5000/a/b:1": OTHER, "docker.io/library/debian:13": OTHER, "localhost:5000/x:y": OTHER}

    text = lockfile.text("Kairosfile", dict(reversed(images.items())))

    assert lockfile.read("Kairosfile.lock", text.encode()).images == images
    assert text == lockfile.text("Kairosfile", images)
    assert lockfile.read("Kairosfile.lock", lockfile.text("Kairosfile", {}).encode()).images == {}


def test_each_image_is_requested_once_and_locked_ones_are_not_requested_again(tmp_path: Path) -> None:
    with registry() as (host, requests):
        write(tmp_path, host)
        status, result, _ = run(tmp_path)
        assert (status, result.count("added")) == (0, 2)
        assert sorted(requests) == [f"HEAD {NEW}", f"HEAD {INIT}"]
        assert locked(tmp_path) == digests(host, NEW, INIT)

        assert run(tmp_path)[1].endswith("Kairosfile.lock is up to date\n")
        assert len(requests) == 2


def test_lock_adds_what_is_missing_and_drops_what_is_gone(tmp_path: Path) -> None:
    with registry() as (host, requests):
        write(tmp_path, host, OLD)
        run(tmp_path)
        write(tmp_path, host, NEW)
        _, result, _ = run(tmp_path)

    assert [line.split()[:2] for line in result.splitlines()[:-1]] == [
        ["dropped", f"{host}/{OLD}"],
        ["added", f"{host}/{NEW}"],
        ["kept", f"{host}/{INIT}"],
    ]
    assert locked(tmp_path) == digests(host, NEW, INIT)
    assert requests.count(f"HEAD {INIT}") == 1


@pytest.mark.parametrize(
    ("words", "renewed"),
    [(("--upgrade",), {NEW, INIT}), (("--upgrade", "base"), {NEW}), (("--upgrade", "kairos-init"), {INIT})],
)
def test_upgrade_looks_up_again_what_is_named(tmp_path: Path, words: tuple[str, ...], renewed: set[str]) -> None:
    with registry() as (host, requests):
        write(tmp_path, host)
        beside = lockfile.text("Kairosfile", dict.fromkeys(digests(host, NEW, INIT), OTHER))
        (tmp_path / "Kairosfile.lock").write_text(beside)

        status, result, _ = run(tmp_path, *words)

    assert (status, {line.removeprefix("HEAD ") for line in requests}) == (0, renewed)
    assert result.count("upgraded") == len(renewed)
    assert locked(tmp_path) == {f"{host}/{tag}": DIGESTS[tag] if tag in renewed else OTHER for tag in (NEW, INIT)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("base",), "names go with --upgrade; a Kairosfile is named with -f"),
        (("--upgrade", "bas"), 'did you mean "base"?'),
        (("--check", "--upgrade"), "--check changes nothing"),
        (("--online",), "--online goes with --check"),
        (("-f", "-"), "not stdin"),
        (("-f", "nowhere"), "nowhere cannot be read"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    write(tmp_path, "127.0.0.1:1")

    status, _, error = run(tmp_path, *words)

    assert (status, message in error) == (2, True), error
    assert not (tmp_path / "Kairosfile.lock").exists()


def test_check_needs_no_network_and_reports_mismatches_with_their_ranges(tmp_path: Path) -> None:
    host = "127.0.0.1:1"  # no server listens there
    write(tmp_path, host)
    assert run(tmp_path, "--check")[:2] == (1, "there is no Kairosfile.lock: run `kairosfile lock`\n")

    (tmp_path / "Kairosfile.lock").write_text(lockfile.text("Kairosfile", digests(host, NEW, INIT)))
    assert run(tmp_path, "--check") == (0, "Kairosfile.lock fits\n", "")

    write(tmp_path, host, OLD)
    status, result, _ = run(tmp_path, "--check")
    assert status == 1
    assert result.splitlines() == [
        f"Kairosfile:1:1: {host}/{OLD} is not in Kairosfile.lock",
        f"Kairosfile.lock:4:3: {host}/{NEW} is locked, and the file does not name it",
        "Kairosfile.lock is outdated: run `kairosfile lock`",
    ]
    results = {one["result"] for one in json.loads(run(tmp_path, "--check", "--format", "json")[1])["images"]}
    assert results == {"missing", "unused", "locked"}


def test_check_online_reports_a_moved_tag(tmp_path: Path) -> None:
    with registry() as (host, _):
        write(tmp_path, host)
        images = digests(host, NEW, INIT) | {f"{host}/{NEW}": OTHER}
        (tmp_path / "Kairosfile.lock").write_text(lockfile.text("Kairosfile", images))
        assert run(tmp_path, "--check")[0] == 0
        status, result, _ = run(tmp_path, "--check", "--online")

    assert status == 1
    assert result.startswith(f"Kairosfile:1:1: {host}/{NEW} is {OTHER[:19]} in Kairosfile.lock, its tag names ")
    assert locked(tmp_path) == images


def test_the_manifest_is_fetched_from_a_registry_that_sends_no_digest(tmp_path: Path) -> None:
    with registry(tells_digest=False) as (host, requests):
        write(tmp_path, host)
        assert run(tmp_path)[0] == 0

    assert locked(tmp_path) == digests(host, NEW, INIT)
    assert f"GET {NEW}" in requests


def helper(folder: Path, host: str) -> str:
    """Write a credential helper for one registry, and return a PATH with it."""
    program = folder / "bin" / "docker-credential-test"
    program.parent.mkdir()
    answer = json.dumps({"ServerURL": host, "Username": NAME, "Secret": PASSWORD})
    program.write_text(f"#!/bin/sh\n[ \"$1\" = get ] && grep -qx {host} && echo '{answer}'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{program.parent}:{os.environ['PATH']}"


@pytest.mark.parametrize("login", ["Basic", "Bearer"])
@pytest.mark.parametrize("remaining", ["auths", "credsStore", "credHelpers"])
def test_credentials_are_found_where_docker_keeps_them(
    tmp_path: Path, certificate: Path, login: str, remaining: str
) -> None:
    with registry(certificate, login=login) as (host, _):
        write(tmp_path, host)
        entry = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        kinds: dict[str, Any] = {"auths": {host: {"auth": entry}}, "credsStore": "test", "credHelpers": {host: "test"}}
        path = helper(tmp_path, host)
        more = {"REQUESTS_CA_BUNDLE": str(certificate), "PATH": path}
        status, _, error = run(tmp_path, config={remaining: kinds[remaining]}, **more)
        assert status == 0, error
        assert locked(tmp_path) == digests(host, NEW, INIT)

        wrong = base64.b64encode(f"{NAME}:another".encode()).decode()
        status, _, error = run(tmp_path, "--upgrade", config={"auths": {host: {"auth": wrong}}}, **more)
        assert status == 2
        assert f"{host} denies access; check the name, and `docker login {host}`" in error


def test_a_password_is_not_sent_over_plain_http(tmp_path: Path) -> None:
    with registry(login="Basic") as (host, _):
        write(tmp_path, host)
        entry = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        status, _, error = run(tmp_path, config={"auths": {host: {"auth": entry}}})

    assert status == 2
    assert "asks for a login over plain HTTP" in error


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "has no such image; check its name and its tag"),
        (403, "denies access; "),
        (429, "answers too many requests; it limits"),
        (500, "answers 500; "),
    ],
)
def test_a_refusal_by_the_registry_is_reported_at_the_line_and_nothing_is_written(
    tmp_path: Path, status: int, message: str
) -> None:
    with registry(status=status) as (host, _):
        write(tmp_path, host)
        code, out, error = run(tmp_path)

    assert (code, out) == (2, "")
    first, second = error.splitlines()
    assert first.startswith(f"Kairosfile:1:1: {host}/{NEW} cannot be looked up: {host} {message}")
    assert second.startswith(f"Kairosfile:3:1: {host}/{INIT} cannot be looked up: ")
    assert not (tmp_path / "Kairosfile.lock").exists()


def test_an_unreachable_registry_and_an_untrusted_certificate_are_reported(tmp_path: Path, certificate: Path) -> None:
    write(tmp_path, "127.0.0.1:1")
    assert "the connection is refused" in run(tmp_path)[2]

    with registry(certificate) as (host, _):
        write(tmp_path, host)
        assert "its certificate is not trusted" in run(tmp_path)[2]


def test_a_token_of_a_helper_is_not_sent_as_a_password(tmp_path: Path, certificate: Path) -> None:
    with registry(certificate, login="Bearer") as (host, _):
        write(tmp_path, host)
        config = {"auths": {host: {"auth": "", "identitytoken": TOKEN}}}
        status, _, error = run(tmp_path, config=config, REQUESTS_CA_BUNDLE=str(certificate))

    assert status == 2
    assert "identity token, which is not supported" in error


def test_an_unreadable_docker_config_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "127.0.0.1:1")

    status, _, error = run(tmp_path, config={"auths": {"127.0.0.1:1": {"auth": PASSWORD}}})

    assert (status, error.startswith("kairosfile: docker's config.json")) == (2, True)


def test_a_malformed_lock_file_stops_every_command_at_its_own_line(tmp_path: Path) -> None:
    write(tmp_path, "127.0.0.1:1")
    (tmp_path / "Kairosfile.lock").write_text("version: 1\nimages:\n  a: b\n")

    for words in (
        ["lock"],
        ["lock", "--check"],
        ["plan"],
        ["check", "Kairosfile"],
        ["explain"],
        ["diff", "Kairosfile"],
    ):
        done = subprocess.run([COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 1, words
        assert "Kairosfile.lock:3:3: " in done.stdout + done.stderr, words
        assert "KF411" in done.stdout + done.stderr


def test_plans_and_everything_made_of_them_have_the_locked_digest(tmp_path: Path) -> None:
    host = "registry.example.com"
    write(tmp_path, host)
    (tmp_path / "Kairosfile.lock").write_text(
        lockfile.text("Kairosfile", dict.fromkeys(digests(host, NEW, INIT), OTHER))
    )

    for words in (["plan"], ["explain"], ["graph"], ["llb", "--format", "text"], ["eject"]):
        done = subprocess.run([COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert f"{host}/{NEW}@{OTHER}" in "".join(done.stdout.split()), words
    done = subprocess.run([COMMAND, "check", "Kairosfile"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "1 note in Kairosfile"  # the file has no syntax line


def test_diff_shows_the_cost_of_a_new_digest_in_the_lock_file(tmp_path: Path) -> None:
    host = "registry.example.com"
    for name, base in (("Old", OTHER), ("New", DIGESTS[NEW])):
        write(tmp_path, host)
        (tmp_path / "Kairosfile").rename(tmp_path / name)
        images = digests(host, INIT) | {f"{host}/{NEW}": base}
        (tmp_path / f"{name}.lock").write_text(lockfile.text(name, images))

    words = ["diff", "Old", "New", "--platform", "linux/amd64"]
    done = subprocess.run(
        [COMMAND, *words, "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    steps = json.loads(done.stdout)["steps"]
    assert {step["result"] for step in steps} == {"runs"}
    assert (steps[0]["reasons"][0]["name"], steps[0]["reasons"][0]["old"]) == (f"digest of {host}/{NEW}", OTHER)
    output = subprocess.run([COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert f"digestof{host}/{NEW}:{OTHER}->{DIGESTS[NEW]}" in "".join(output.split())


def test_a_revision_has_the_lock_file_that_it_was_committed_with(tmp_path: Path) -> None:
    write(tmp_path, "registry.example.com")
    images = dict.fromkeys(digests("registry.example.com", NEW, INIT), OTHER)
    (tmp_path / "Kairosfile.lock").write_text(lockfile.text("Kairosfile", images))
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    (tmp_path / "Kairosfile.lock").unlink()

    words = ["explain", "-f", "HEAD:Kairosfile", "install"]
    done = subprocess.run([COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert OTHER in "".join(done.stdout.split())


def test_the_policy_gives_each_tag_its_digest_and_is_written_beside_the_lock(tmp_path: Path) -> None:
    host = "registry.example.com"
    write(tmp_path, host)
    images = dict.fromkeys(digests(host, NEW, INIT), OTHER)
    (tmp_path / "Kairosfile.lock").write_text(lockfile.text("Kairosfile", images))

    status, result, error = run(tmp_path, "--policy", "-")

    assert (status, result) == (0, source_policy(images))
    assert "is up to date" in error
    rules = {rule["selector"]["identifier"]: rule["updates"]["identifier"] for rule in json.loads(result)["rules"]}
    assert rules == {f"docker-image://{name}": f"docker-image://{name}@{OTHER}" for name in images}


def test_a_digest_in_the_file_is_not_locked_a_second_time(tmp_path: Path) -> None:
    with registry() as (host, requests):
        write(tmp_path, host, f"{NEW}@{OTHER}")
        run(tmp_path)

    assert locked(tmp_path) == digests(host, INIT)
    assert requests == [f"HEAD {INIT}"]


def test_a_comment_silences_what_is_not_locked_and_lint_makes_it_an_error() -> None:
    beside = lockfile.read(
        "Kairosfile.lock", lockfile.text("K", {"quay.io/kairos/kairos-init:v0.17.3": OTHER}).encode()
    )
    text = "base: debian:13{}\nversion: v1.0.0\nkairos_init: v0.17.3\n"

    def rule_ids(comment: str, more: str = "") -> list[str]:
        source = language.Source("Kairosfile", text.format(comment) + more)
        return [fault.rule.id for fault in sections.read(source, lock=beside).warnings]

    assert rule_ids("") == ["KF509"]
    assert rule_ids("  # kairosfile: ignore not-locked") == []
    with pytest.raises(language.KairosfileError) as caught:
        rule_ids("", "lint: {error: [KF509]}\n")
    assert [fault.rule.id for fault in caught.value.diagnostics] == ["KF509"]


def test_auroraboot_of_a_file_with_artifacts_and_all_bases_of_a_matrix_are_locked(tmp_path: Path) -> None:
    host = "127.0.0.1:1"
    write(tmp_path, host)
    artifacts = f"artifacts:\n  auroraboot: {host}/test/auroraboot:v0.26.2\n  iso: {{}}\n"
    with (tmp_path / "Kairosfile").open("a") as file:
        file.write(f"{artifacts}matrix: {{base: ['{host}/{OLD}']}}\n")

    data = json.loads(run(tmp_path, "--check", "--format", "json")[1])["images"]

    assert [(one["name"].removeprefix(f"{host}/"), one["place"]) for one in data] == [
        ("test/auroraboot:v0.26.2", "Kairosfile:5:3"),
        (OLD, "Kairosfile:7:17"),
        (NEW, "Kairosfile:1:1"),
        (INIT, "Kairosfile:3:1"),
    ]
    assert f"{host}/{OLD} cannot be looked up" in run(tmp_path, "--upgrade", "base")[2]


def test_an_artifact_is_made_with_the_locked_auroraboot(tmp_path: Path) -> None:
    (tmp_path / "Kairosfile").write_text(
        "base: debian:13\nversion: v1.0.0\nartifacts: {auroraboot: v0.26.2, iso: {}}\n"
    )
    images = {"quay.io/kairos/auroraboot:v0.26.2": OTHER}
    (tmp_path / "Kairosfile.lock").write_text(lockfile.text("Kairosfile", images))

    done = subprocess.run(
        [COMMAND, "plan", "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    (name,) = images
    data = json.loads(done.stdout)["artifacts"]
    assert {image["reference"] for artifact in data for image in artifact["images"]} == {f"{name}@{OTHER}"}
