"""Where a build's files may be: every kind of main context and of `-f` that `docker buildx build` knows."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support.e2e import oci
from tests.support.e2e.builds import TIMEOUT_SECONDS, run_buildx
from tests.support.e2e.web import Site, commit, git, repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.e2e.builds import Build
    from tests.support.engine import Engine


@pytest.fixture
def text(base: str, kairos_init: Callable[[str], str]) -> str:
    """A Kairosfile that takes files of the context in every way: included, read, copied, mounted."""
    return (
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\ninclude: [common.yaml]\n"
        "cloud_config:\n  - {name: 90_own.yaml, from: config/own.yaml}\n"
        "hooks:\n  after_install:\n"
        "    - {copy: taken, to: /taken/}\n"
        "    - run: cp /mounted/file /from-mount && ls -A /mounted > /listed\n"
        "      mounts: [{type: bind, source: mounted, target: /mounted}]\n"
    )


@pytest.fixture
def project(project: Project, text: str, nonce: str) -> Project:
    """A folder with that Kairosfile, the files that it uses, and some that it does not use."""
    fill(project.folder, nonce)
    project.write(text)
    return project


def fill(folder: Path, word: str) -> None:
    for path, content in {
        "common.yaml": "hooks:\n  after_install:\n    - {file: /included, content: yes}\n",
        "config/own.yaml": f"#cloud-config\n# {word}\nhostname: own\n",
        "taken/a.conf": word,
        "taken/b.bak": word,
        "mounted/file": word,
        "unused/file": word,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def exported(engine: Engine, folder: Path, *arguments: str, stdin: Path | None = None) -> oci.Image:
    """Build with the arguments in another folder than the context, and return the image."""
    archive = folder / "image.tar"
    output = ["--platform", "linux/amd64", "--output", f"type=oci,dest={archive}"]
    done = built(engine, folder, *output, *arguments, stdin=stdin)
    assert done.exit_code == 0, done.output
    return oci.load(archive)["linux/amd64"]


def built(engine: Engine, folder: Path, *arguments: str, stdin: Path | None = None) -> Build:
    if stdin is None:
        return run_buildx(engine, *arguments, cwd=folder)
    with stdin.open() as content:
        return run_buildx(engine, *arguments, cwd=folder, stdin=content)


def assert_complete(image: oci.Image, word: str) -> None:
    """Every way of taking a file got it."""
    assert image.read("included") == "yes"
    assert word in image.read("system/oem/90_own.yaml")
    assert image.read("taken/a.conf") == word
    assert image.read("from-mount") == word
    assert image.read("listed") == "file\n"


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the context."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server that the engines reach."""
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


def test_the_context_is_a_folder(engine: Engine, project: Project, elsewhere: Path, nonce: str) -> None:
    file = str(project.folder / "Kairosfile")

    assert_complete(exported(engine, elsewhere, "-f", file, str(project.folder)), nonce)


def test_the_file_may_lie_outside_of_the_context(engine: Engine, project: Project, elsewhere: Path, nonce: str) -> None:
    (project.folder / "Kairosfile").rename(elsewhere / "Other")

    assert_complete(exported(engine, elsewhere, "-f", "Other", str(project.folder)), nonce)


def test_the_file_may_lie_in_a_sub_folder(engine: Engine, project: Project, elsewhere: Path, nonce: str) -> None:
    (project.folder / "os").mkdir()
    (project.folder / "Kairosfile").rename(project.folder / "os" / "Kairosfile")

    image = exported(engine, elsewhere, "-f", str(project.folder / "os" / "Kairosfile"), str(project.folder))

    assert_complete(image, nonce)


def test_the_file_may_come_on_stdin(engine: Engine, project: Project, elsewhere: Path, nonce: str) -> None:
    file = project.folder / "Kairosfile"

    assert_complete(exported(engine, elsewhere, "-f", "-", str(project.folder), stdin=file), nonce)


def test_a_text_on_stdin_has_an_empty_context(
    engine: Engine, elsewhere: Path, project: Project, base: str, kairos_init: Callable[[str], str], nonce: str
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"hooks:\n  after_init:\n    - {{file: /word, content: {nonce}}}\n"
    )

    assert exported(engine, elsewhere, "-", stdin=project.folder / "Kairosfile").read("word") == nonce


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tarball_on_stdin_is_the_context(
    engine: Engine, project: Project, elsewhere: Path, nonce: str, mode: str
) -> None:
    archive = pack(project.folder, elsewhere / "context.tar", mode)

    assert_complete(exported(engine, elsewhere, "-f", "Kairosfile", "-", stdin=archive), nonce)


def test_only_the_paths_that_are_used_are_transferred(
    engine: Engine, project: Project, elsewhere: Path, nonce: str
) -> None:
    """A Dockerfile does the same with its COPY lines; files that are read to plan the build are few and small."""
    (project.folder / "unused" / "large").write_text(nonce * 250_000)
    done = built(
        engine, elsewhere, "--output", "type=cacheonly", "-f", str(project.folder / "Kairosfile"), str(project.folder)
    )

    assert done.exit_code == 0, done.output
    sent = [vertex.transferred for vertex in done.vertices.values() if "load build context" in vertex.name]
    assert sent
    assert max(sent) < 100_000


@pytest.mark.parametrize("name", [".dockerignore", "Kairosfile.dockerignore"])
def test_what_an_ignore_file_names_stays_out(
    engine: Engine, project: Project, elsewhere: Path, nonce: str, name: str
) -> None:
    """The file named after the Kairosfile takes precedence, as with a Dockerfile."""
    (project.folder / ".dockerignore").write_text("**/*.conf\n")
    (project.folder / name).write_text("# comment\n**/*.bak\n!keep.bak\n")

    image = exported(engine, elsewhere, "-f", str(project.folder / "Kairosfile"), str(project.folder))

    assert_complete(image, nonce)
    assert "taken/b.bak" not in image.names()


@pytest.mark.parametrize("remaining", [True, False])
def test_the_git_folder_is_kept_on_demand(
    engine: Engine, project: Project, elsewhere: Path, site: Site, base: str, nonce: str, *, remaining: bool
) -> None:
    folder = site.folder / nonce
    folder.mkdir()
    (folder / "Kairosfile").write_text(
        f"{project.header}\nbase: {base}\nversion: v1.0.0\nhooks:\n  before_install:\n"
        f"    - name: seen\n      run: 'if test -d /src/.git; then echo kept {nonce}; fi > /seen'\n"
        "      mounts: [{type: bind, source: ., target: /src}]\n"
    )
    repository(folder)
    arguments = ["--build-arg", f"BUILDKIT_CONTEXT_KEEP_GIT_DIR={remaining}", "--target", "seen", "-f", "Kairosfile"]

    image = exported(engine, elsewhere, *arguments, f"{site.url}/{nonce}.git")

    assert image.read("seen").strip() == (f"kept {nonce}" if remaining else "")


def test_bake_may_take_the_context_from_a_repository(
    engine: Engine, project: Project, elsewhere: Path, site: Site, text: str, nonce: str
) -> None:
    """A folder of a repository that holds the definition of bake comes as an input of the request."""
    folder = site.folder / nonce
    fill(folder / "os", nonce)
    (folder / "os" / "Kairosfile").write_text(f"{project.header}\n{text}")
    target = {"context": "./os", "dockerfile": "Kairosfile", "platforms": ["linux/amd64"]}
    (folder / "docker-bake.json").write_text(json.dumps({"target": {"default": target}}))
    repository(folder)
    archive = elsewhere / "image.tar"

    command = [
        "docker",
        "buildx",
        "bake",
        f"{site.url}/{nonce}.git",
        "--set",
        f"default.output=type=oci,dest={archive}",
    ]
    done = engine.run(command, cwd=elsewhere, timeout=TIMEOUT_SECONDS)

    assert done.returncode == 0, done.stderr
    assert_complete(oci.load(archive)["linux/amd64"], nonce)


def pack(folder: Path, archive: Path, mode: str = "w") -> Path:
    with tarfile.open(archive, mode, format=tarfile.GNU_FORMAT) as content:  # type: ignore[call-overload]
        content.add(folder, ".")
    return archive


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tarball_of_the_web_is_the_context(
    engine: Engine, project: Project, elsewhere: Path, site: Site, nonce: str, mode: str
) -> None:
    pack(project.folder, site.folder / "context.tar", mode)

    assert_complete(exported(engine, elsewhere, "-f", "Kairosfile", f"{site.url}/context.tar"), nonce)


def test_a_file_of_the_web_is_the_kairosfile(
    engine: Engine, project: Project, elsewhere: Path, site: Site, base: str, kairos_init: Callable[[str], str]
) -> None:
    project.write(f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v3.2.1\n")
    (project.folder / "Kairosfile").rename(site.folder / "my.yaml")

    image = exported(engine, elsewhere, f"{site.url}/my.yaml")

    assert "v3.2.1" in image.read("etc/kairos-release")


def test_a_mistake_in_a_file_of_the_web_has_its_name_and_line(engine: Engine, project: Project, site: Site) -> None:
    project.write("version: v1.0.0\nbase: 7up:x:y\n")
    (project.folder / "Kairosfile").rename(site.folder / "my.yaml")

    done = engine.run(["docker", "buildx", "build", "--progress", "plain", f"{site.url}/my.yaml?token=hush"])

    assert done.returncode != 0
    assert "my.yaml:3:7:" in done.stderr
    assert ">>> base: 7up:x:y" in done.stderr
    assert "hush" not in done.stderr


def test_a_mistake_in_a_dockerfile_of_the_web_is_in_a_file_called_context(engine: Engine, site: Site) -> None:
    (site.folder / "Dockerfile").write_text("FROM scratch\nNOTHING\n")

    done = engine.run(["docker", "buildx", "build", "--progress", "plain", f"{site.url}/Dockerfile"])

    assert "context:2" in done.stderr


@pytest.mark.parametrize(
    "place", ["#main", "", "#state-1", "#HASH", "#main:deep/os", "#:deep/os", "#refs/heads/main:deep/os"]
)
def test_a_git_repository_is_the_context(
    engine: Engine, project: Project, elsewhere: Path, site: Site, text: str, nonce: str, place: str
) -> None:
    inside = site.folder / nonce / ("deep/os" if place.endswith("deep/os") else ".")
    fill(inside, nonce)
    (inside / "Kairosfile").write_text(f"{project.header}\n{text}")
    head = repository(site.folder / nonce)
    git(site.folder / nonce, "tag", "state-1")

    url = f"{site.url}/{nonce}.git{place.replace('HASH', head)}"

    assert_complete(exported(engine, elsewhere, "-f", "Kairosfile", url), nonce)


@pytest.mark.parametrize(
    "query", ["branch=main&subdir=deep/os", "ref=main&subdir=/deep/os/", "tag=state-1&subdir=deep/os"]
)
def test_a_git_url_may_have_a_query(
    docker28: Engine, project: Project, elsewhere: Path, site: Site, text: str, nonce: str, query: str
) -> None:
    """Only on sid: buildx 0.13 does not know the syntax and requests the name with its query."""
    fill(site.folder / nonce / "deep/os", nonce)
    (site.folder / nonce / "deep/os/Kairosfile").write_text(f"{project.header}\n{text}")
    repository(site.folder / nonce)
    git(site.folder / nonce, "tag", "state-1")

    assert_complete(exported(docker28, elsewhere, "-f", "Kairosfile", f"{site.url}/{nonce}.git?{query}"), nonce)


@pytest.mark.parametrize("matches", [True, False])
def test_a_commit_in_a_git_url_is_checked(
    docker28: Engine, project: Project, elsewhere: Path, site: Site, text: str, nonce: str, *, matches: bool
) -> None:
    fill(site.folder / nonce, nonce)
    (site.folder / nonce / "Kairosfile").write_text(f"{project.header}\n{text}")
    first = repository(site.folder / nonce)
    (site.folder / nonce / "more").write_text("more")
    second = commit(site.folder / nonce)

    url = f"{site.url}/{nonce}.git?branch=main&commit={second if matches else first}"
    done = built(docker28, elsewhere, "-f", "Kairosfile", "--output", "type=cacheonly", url)

    assert (done.exit_code == 0) == matches, done.output
