"""Two real engines, a local registry, and the images that every end-to-end test starts from."""

from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kairosfile.kairos.auroraboot import AURORABOOT as AURORABOOT_TOOL
from kairosfile.kairos.releases import KAIROS_INIT
from tests.support import images
from tests.support.browser.served import Served
from tests.support.e2e.artifacts import make_keys
from tests.support.e2e.auroraboot import pinned
from tests.support.e2e.builds import Build, build
from tests.support.e2e.faulty_registry import FaultyRegistry
from tests.support.engine import Engine, EngineUnavailable, HostEngine, Image, Registry, provision, push
from tests.support.engine import images as bases
from tests.support.engine.layers import describe, pack
from tests.support.real.published import Published, published
from tests.support.standins.auroraboot.releases import NEWEST as AURORABOOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.engine import DockerEngine

# Fixtures of the engines by their names for --engine: the Debian suites that they come from, or this machine.
ENGINES = {"sid": "docker28", "trixie": "docker26", "host": "host"}

NEWEST = "v0.17.3"
OLDEST = "v0.2.6"


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """The local registry with the base images."""
    try:
        with Registry() as started:
            bases.ensure(started)
            yield started
    except EngineUnavailable as error:
        pytest.fail(f"no engine for the end-to-end tests: {error}")


@pytest.fixture(scope="session")
def docker28(registry: Registry) -> Iterator[Engine]:  # noqa: ARG001 - the registry comes first
    """Docker 28.5 with BuildKit 0.25, of Debian sid."""
    with Engine("sid") as started:
        yield started


@pytest.fixture(scope="session")
def docker26(registry: Registry) -> Iterator[Engine]:  # noqa: ARG001 - the registry comes first
    """Docker 26.1 with BuildKit 0.13, of Debian trixie."""
    with Engine("trixie") as started:
        yield started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that use `engine` on sid and trixie, or on the engines of --engine."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", metafunc.config.getoption("--engine") or ["sid", "trixie"], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests on Docker 26 to `make test-long` in modules with the marker `docker26_is_long`."""
    for item in items:
        if item.get_closest_marker("docker26_is_long") and _needs_docker26(item):
            item.add_marker(pytest.mark.long)


def _needs_docker26(item: pytest.Item) -> bool:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return "trixie" in (params.get("engine"), params.get("pair"))


@pytest.fixture(autouse=True)
def _closed_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the pages of a test of `kairosfile web`: the server of its file has a limit on them."""
    yield
    site = request.node.funcargs.get("site")
    if isinstance(site, Served):
        site.close_pages()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> DockerEngine:
    """Each of the engines in turn."""
    actual: DockerEngine = request.getfixturevalue(ENGINES[request.param])
    return actual


@pytest.fixture(scope="session")
def host(registry: Registry) -> Iterator[HostEngine]:  # noqa: ARG001 - the registry comes first
    """This machine's own engine."""
    with HostEngine() as started:
        yield started


@pytest.fixture(scope="session")
def frontend(docker28: Engine) -> str:
    """The frontend image, made from this source."""
    return images.push_frontend(docker28)


@pytest.fixture(scope="session")
def kairos_init(docker28: Engine, pytestconfig: pytest.Config) -> Callable[[str], str]:
    """Return the image of a kairos-init release: the stand-in, or the one given by --kairos-init."""
    stdin: str | None = pytestconfig.getoption("--kairos-init")
    result: dict[str, str] = {}

    def image(release: str = NEWEST) -> str:
        if release not in result:
            result[release] = stdin or images.push_stand_in(docker28, release)
        return result[release]

    return image


@pytest.fixture(scope="session")
def base(registry: Registry, pytestconfig: pytest.Config) -> str:
    """Return the base image: a tiny Debian of both platforms, or the one given by --base."""
    stdin: str | None = pytestconfig.getoption("--base")
    return stdin or f"{registry.address}/{bases.BASE}"


@pytest.fixture
def rest(kairos_init: Callable[[str], str]) -> str:
    """The fields of a Kairosfile below its base."""
    return f"kairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"


@pytest.fixture
def good(base: str, rest: str) -> str:
    """The text of a Kairosfile that builds."""
    return f"base: {base}\n{rest}"


@pytest.fixture(params=["sid", "trixie"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, Engine]]:
    """An engine and a second one of the same version whose data directory is empty; no other file's has its name."""
    engine: Engine = request.getfixturevalue(ENGINES[request.param])
    own = request.path.stem.removeprefix("test_").replace("_", "-")
    with Engine(request.param, name=f"{request.param}-{own}", data="fresh") as fresh:
        yield engine, fresh


class Project:
    """A folder with a Kairosfile, or another `file`, built again and again."""

    def __init__(self, folder: Path, header: str, file: str = "Kairosfile") -> None:
        self.folder = folder
        self.header = header
        self.file = file

    def write(self, text: str, name: str = "Kairosfile") -> None:
        """Write the Kairosfile: the `# syntax=` line, then a text."""
        (self.folder / name).write_text(f"{self.header}\n{text}")

    def build(self, engine: DockerEngine, *arguments: str) -> Build:
        """Build it, without keeping the image unless the arguments say so."""
        outputs = {"-o", "--output", "--load", "--push"} & set(arguments)
        keep = () if outputs else ("--output", "type=cacheonly")
        return build(engine, self.folder, *keep, *arguments, file=self.file)

    def must_build(self, engine: DockerEngine, *arguments: str) -> Build:
        """Build it; a failure fails the test with all that was printed."""
        done = self.build(engine, *arguments)
        assert done.exit_code == 0, done.output
        return done

    def fails(self, engine: DockerEngine, *arguments: str) -> str:
        """Build with plain progress and return the error output."""
        command = [*engine.buildx(), "build", "--progress", "plain", "--output", "type=cacheonly"]
        command += ["-f", str(self.folder / self.file), *arguments, str(self.folder)]
        done = engine.run(command, timeout=300)
        assert done.returncode != 0, done.stderr
        return done.stderr


@pytest.fixture
def project(tmp_path: Path, frontend: str) -> Project:
    """An empty folder whose Kairosfile is compiled by this frontend."""
    return Project(tmp_path, f"# syntax={frontend}")


@pytest.fixture
def nonce() -> str:
    """A string that is new to every cache: no step that contains it is cached yet."""
    return uuid.uuid4().hex[:12]


@pytest.fixture
def faulty(registry: Registry) -> Iterator[FaultyRegistry]:
    assert registry.address.endswith("5000")
    with FaultyRegistry() as listening:
        yield listening


class UnseenImage(NamedTuple):
    """An image that no engine holds any part of: its name in the registry, and the digest of its one layer."""

    reference: str
    layer: str


@pytest.fixture
def unseen(registry: Registry, tmp_path_factory: pytest.TempPathFactory, nonce: str) -> UnseenImage:
    folder = tmp_path_factory.mktemp("layer")
    packed = provision.provide().layers["busybox-amd64"]
    (folder / "root").mkdir()
    subprocess.run(["tar", "-xzf", str(packed), "-C", str(folder / "root")], check=True)
    (folder / "root" / "unseen").write_text(nonce)
    layer = pack(folder / "root", folder / "layer.tar.gz")
    push(registry, f"test/unseen:{nonce}", Image("linux/amd64", [layer], env=bases.PATH))
    return UnseenImage(f"test/unseen:{nonce}", describe(layer).digest)


@pytest.fixture(scope="session")
def auroraboot(registry: Registry) -> Callable[[str], str]:  # noqa: ARG001 - which the image is pushed to
    """Return the image of the stand-in for a release of AuroraBoot, by digest: other checkouts push to its tag too."""
    result: dict[str, str] = {}

    def image(release: str = AURORABOOT) -> str:
        if release not in result:
            result[release] = pinned(release)
        return result[release]

    return image


@pytest.fixture
def system(
    base: str, kairos_init: Callable[[str], str], auroraboot: Callable[[str], str], nonce: str
) -> Callable[..., str]:
    """Return the text of a Kairosfile with these artifacts; the nonce makes its first build run everything."""

    def text(artifacts: str = "{}", release: str = AURORABOOT, more: str = "") -> str:
        hook = f"hooks: {{after_init: [{{file: /etc/nonce, content: {nonce}}}]}}\n"
        section = f"artifacts:\n  auroraboot: {auroraboot(release)}\n{artifacts}" if artifacts != "{}" else ""
        return f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.2.3\n{hook}{more}{section}"

    return text


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory, docker28: Engine, auroraboot: Callable[[str], str]) -> Path:
    """Throw-away keys for Secure Boot, made by AuroraBoot's own genkey."""
    return make_keys(docker28, tmp_path_factory.mktemp("keys"), auroraboot(AURORABOOT))


@pytest.fixture(scope="session")
def real_kairos_init(docker28: Engine, pytestconfig: pytest.Config) -> Published:
    """The image that Kairos publishes of kairos-init, or the one given by --kairos-init."""
    return published(docker28, pytestconfig.getoption("--kairos-init"), KAIROS_INIT)


@pytest.fixture(scope="session")
def real_auroraboot(docker28: Engine, pytestconfig: pytest.Config) -> Published:
    """The image that Kairos publishes of AuroraBoot, or the one given by --auroraboot."""
    return published(docker28, pytestconfig.getoption("--auroraboot"), AURORABOOT_TOOL)
