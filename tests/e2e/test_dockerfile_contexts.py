"""What the built-in Dockerfile frontend does with contexts: the first column of docs/reference/compatibility.md."""

from __future__ import annotations

import io
import json
import re
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.support.e2e import oci
from tests.support.e2e.builds import Build, read, run_buildx
from tests.support.e2e.web import Site, git, repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

TEXT = "FROM scratch\nCOPY taken /taken/\n"
ABSENT = "registry.invalid/nothing:1"  # an image that no build can reach
BOTH = ["linux/amd64", "linux/arm64"]
# A newer bake requires permission to read folders outside the folder of the definition.
ALLOWED = {"sid": ("--allow", "fs.read=*", "--allow", "fs.write=*"), "trixie": ()}
FROM_ABSENT = f"FROM scratch\nCOPY --from={ABSENT} /taken /taken/\n"


@pytest.fixture
def folder(tmp_path: Path, nonce: str) -> Path:
    """A context: files that the Dockerfile uses, and some that it does not use."""
    path = tmp_path / "context"
    fill(path, nonce)
    return path


def fill(folder: Path, word: str) -> None:
    for path, content in {"Dockerfile": TEXT, "taken/a.conf": word, "taken/b.bak": word, "unused": word}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server that the engines reach."""
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


def built(engine: Engine, tmp_path: Path, *arguments: str, text: str | None = None) -> Build:
    output = ("--platform", "linux/amd64", "--output", f"type=oci,dest={tmp_path / 'image.tar'}")
    return run_buildx(engine, *output, *arguments, input=text, cwd=tmp_path)


def exported(engine: Engine, tmp_path: Path, *arguments: str, text: str | None = None) -> oci.Image:
    done = built(engine, tmp_path, *arguments, text=text)
    assert done.exit_code == 0, done.output
    return oci.load(tmp_path / "image.tar")["linux/amd64"]


@pytest.mark.parametrize("place", ["Dockerfile", "sub/Own", "../Other"])
def test_a_dockerfile_may_lie_anywhere(engine: Engine, tmp_path: Path, folder: Path, nonce: str, place: str) -> None:
    (folder / "sub").mkdir()
    (folder / "Dockerfile").rename(folder / place)

    assert exported(engine, tmp_path, "-f", str(folder / place), str(folder)).read("taken/a.conf") == nonce


def test_a_dockerfile_may_come_on_stdin(engine: Engine, tmp_path: Path, folder: Path, base: str, nonce: str) -> None:
    assert exported(engine, tmp_path, "-f", "-", str(folder), text=TEXT).read("taken/a.conf") == nonce
    assert exported(engine, tmp_path, "-", text=f"FROM {base}\nLABEL own={nonce}\n").labels["own"] == nonce


def packed(folder: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(folder, ".")
    return content.getvalue()


def test_a_tarball_is_the_context_of_a_dockerfile(
    engine: Engine, tmp_path: Path, folder: Path, site: Site, nonce: str
) -> None:
    archive = site.folder / "context.tar"
    archive.write_bytes(packed(folder))

    assert exported(engine, tmp_path, f"{site.url}/context.tar").read("taken/a.conf") == nonce
    with archive.open() as content:
        output = ("--platform", "linux/amd64", "--output", f"type=oci,dest={tmp_path / 'image.tar'}")
        assert run_buildx(engine, *output, "-", stdin=content).exit_code == 0
    assert oci.load(tmp_path / "image.tar")["linux/amd64"].read("taken/a.conf") == nonce


@pytest.mark.parametrize("place", ["#main", "#state-1", "#main:deep/os"])
def test_a_git_repository_is_the_context_of_a_dockerfile(
    engine: Engine, tmp_path: Path, site: Site, nonce: str, place: str
) -> None:
    fill(site.folder / nonce / ("deep/os" if ":" in place else "."), nonce)
    repository(site.folder / nonce)
    git(site.folder / nonce, "tag", "state-1")

    assert exported(engine, tmp_path, f"{site.url}/{nonce}.git{place}").read("taken/a.conf") == nonce


def test_a_git_url_with_a_query_needs_a_newer_buildx(
    docker28: Engine, docker26: Engine, tmp_path: Path, site: Site, nonce: str
) -> None:
    fill(site.folder / nonce / "deep/os", nonce)
    repository(site.folder / nonce)
    url = f"{site.url}/{nonce}.git?branch=main&subdir=deep/os"

    assert exported(docker28, tmp_path, url).read("taken/a.conf") == nonce
    assert built(docker26, tmp_path, url).exit_code != 0


@pytest.mark.parametrize("remaining", [True, False])
def test_the_git_folder_of_a_dockerfile_is_kept_on_demand(
    engine: Engine, tmp_path: Path, site: Site, nonce: str, *, remaining: bool
) -> None:
    fill(site.folder / nonce, nonce)
    (site.folder / nonce / "Dockerfile").write_text("FROM scratch\nCOPY . /all/\n")
    repository(site.folder / nonce)

    image = exported(
        engine, tmp_path, "--build-arg", f"BUILDKIT_CONTEXT_KEEP_GIT_DIR={remaining}", f"{site.url}/{nonce}.git"
    )

    assert ("all/.git/HEAD" in image.names()) == remaining


def test_bake_may_take_the_context_of_a_dockerfile_from_a_repository(
    engine: Engine, tmp_path: Path, site: Site, nonce: str
) -> None:
    fill(site.folder / nonce / "os", nonce)
    target = {"context": "./os", "platforms": ["linux/amd64"], "output": [f"type=oci,dest={tmp_path / 'image.tar'}"]}
    bake(engine, site.folder / nonce, {"default": target | {"output": []}})
    repository(site.folder / nonce)
    output = f"default.output=type=oci,dest={tmp_path / 'image.tar'}"

    done = engine.run(["docker", "buildx", "bake", f"{site.url}/{nonce}.git", "--set", output], cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert oci.load(tmp_path / "image.tar")["linux/amd64"].read("taken/a.conf") == nonce


def bake(engine: Engine, folder: Path, targets: dict[str, object]) -> None:
    """Write a definition of bake that the engine's buildx can read."""
    (folder / "docker-bake.json").write_text(json.dumps({"target": targets}))
    printed = engine.run(["docker", "buildx", "bake", "--print", *targets], cwd=folder)
    assert printed.returncode == 0, printed.stderr


@pytest.mark.parametrize("name", [".dockerignore", "Dockerfile.dockerignore"])
def test_what_an_ignore_file_names_is_not_there_for_a_dockerfile(
    engine: Engine, tmp_path: Path, folder: Path, name: str
) -> None:
    (folder / ".dockerignore").write_text("**/*.conf\n")
    (folder / name).write_text("**/*.bak\n")

    image = exported(engine, tmp_path, str(folder))

    assert "taken/a.conf" in image.names()
    assert "taken/b.bak" not in image.names()


def test_an_ignore_file_counts_for_a_dockerfile_in_folders_alone(
    engine: Engine, tmp_path: Path, folder: Path, site: Site
) -> None:
    (folder / ".dockerignore").write_text("**/*.bak\n")
    (site.folder / "context.tar").write_bytes(packed(folder))

    assert "taken/b.bak" in exported(engine, tmp_path, f"{site.url}/context.tar").names()


def test_only_what_a_dockerfile_copies_is_transferred(engine: Engine, tmp_path: Path, folder: Path, nonce: str) -> None:
    (folder / "unused").write_text(nonce * 250_000)

    done = built(engine, tmp_path, str(folder))

    assert done.vertex("load build context").transferred < 100_000


def test_an_image_replaces_an_image_of_a_dockerfile(engine: Engine, tmp_path: Path, folder: Path, base: str) -> None:
    (folder / "Dockerfile").write_text(f"FROM {ABSENT}\nLABEL own=1\n")
    context = f"{ABSENT}=docker-image://{base}"

    assert exported(engine, tmp_path, "--build-context", context, str(folder)).labels["test.base"] == "busybox"


def test_the_empty_image_replaces_an_image_of_a_dockerfile(engine: Engine, tmp_path: Path, folder: Path) -> None:
    (folder / "Dockerfile").write_text(FROM_ABSENT)

    done = built(engine, tmp_path, "--build-context", f"{ABSENT}=docker-image://scratch", str(folder))

    assert re.search("lstat .*/taken: no such file or directory", done.output)


def test_an_oci_layout_replaces_an_image_of_a_dockerfile(
    engine: Engine, tmp_path: Path, folder: Path, base: str
) -> None:
    layout = tmp_path / "layout"
    (folder / "Dockerfile").write_text(f"FROM {base}\n")
    output = f"type=oci,tar=false,dest={layout}"
    saved = run_buildx(engine, "--provenance=false", "--platform", "linux/amd64", "--output", output, str(folder))
    assert saved.exit_code == 0, saved.output
    (folder / "Dockerfile").write_text(f"FROM {ABSENT}\nLABEL own=1\n")

    image = exported(engine, tmp_path, "--build-context", f"{ABSENT}=oci-layout://{layout}", str(folder))

    assert image.labels["test.base"] == "busybox"


def test_of_a_directory_of_a_dockerfile_only_what_is_used_is_transferred_without_what_is_ignored(
    engine: Engine, tmp_path: Path, folder: Path, nonce: str
) -> None:
    other = tmp_path / "other"
    fill(other, nonce)
    (other / ".dockerignore").write_text("**/*.bak\n")
    (other / "unused").write_text(nonce * 250_000)
    (folder / "Dockerfile").write_text(FROM_ABSENT)

    done = built(engine, tmp_path, "--build-context", f"{ABSENT}={other}", str(folder))

    assert done.exit_code == 0, done.output
    image = oci.load(tmp_path / "image.tar")["linux/amd64"]
    assert image.read("taken/a.conf") == nonce
    assert "taken/b.bak" not in image.names()
    assert done.vertex("nothing:1] load from client").transferred < 100_000


def test_a_target_of_bake_replaces_an_image_of_a_dockerfile_on_several_platforms(
    engine: Engine, tmp_path: Path, folder: Path, base: str, nonce: str
) -> None:
    (folder / "Rootfs").write_text(f"FROM {base}\nENV WORD={nonce}\n")
    (folder / "Dockerfile").write_text(f"FROM {ABSENT}\nCOPY taken /taken/\n")
    targets: dict[str, object] = {
        "rootfs": {"dockerfile": "Rootfs", "platforms": BOTH},
        "os": {
            "contexts": {ABSENT: "target:rootfs"},
            "platforms": BOTH,
            "output": [f"type=oci,dest={tmp_path / 'image.tar'}"],
        },
    }
    bake(engine, folder, targets)

    done = read(engine.run(["docker", "buildx", "bake", "--progress", "rawjson", "os"], cwd=folder))

    assert done.exit_code == 0, done.output
    images = oci.load(tmp_path / "image.tar")
    assert sorted(images) == BOTH
    assert all(f"WORD={nonce}" in image.config["config"]["Env"] for image in images.values())


def test_a_context_for_one_platform_goes_first_and_comes_through_bake_alone(
    engine: Engine, tmp_path: Path, folder: Path, nonce: str
) -> None:
    """`docker buildx build` refuses the name, whatever the frontend."""
    (folder / "Dockerfile").write_text(FROM_ABSENT)
    for word in ("all", "arm"):
        fill(tmp_path / word, f"{nonce}-{word}")
    contexts = {ABSENT: str(tmp_path / "all"), f"{ABSENT}::linux/arm64": str(tmp_path / "arm")}
    output = [f"type=oci,dest={tmp_path / 'image.tar'}"]
    bake(engine, folder, {"os": {"contexts": contexts, "platforms": BOTH, "output": output}})

    refused = built(engine, tmp_path, f"--build-context={ABSENT}::linux/arm64={tmp_path / 'arm'}", str(folder))
    done = read(
        engine.run(["docker", "buildx", "bake", "--progress", "rawjson", *ALLOWED[engine.suite], "os"], cwd=folder)
    )

    assert "invalid context name" in refused.output
    assert done.exit_code == 0, done.output
    reserved = {name: image.read("taken/a.conf") for name, image in oci.load(tmp_path / "image.tar").items()}
    assert reserved == {"linux/amd64": f"{nonce}-all", "linux/arm64": f"{nonce}-arm"}


def test_an_unavailable_context_is_an_error_at_the_line_of_a_dockerfile(
    engine: Engine, tmp_path: Path, folder: Path
) -> None:
    (folder / "Dockerfile").write_text(f"FROM {ABSENT}\n")
    context = f"{ABSENT}=docker-image://localhost:5000/none:1"
    command = ["docker", "buildx", "build", "--progress", "plain", "--output", "type=cacheonly"]

    done = engine.run([*command, "--build-context", context, str(folder)])

    assert f">>> FROM {ABSENT}" in done.stderr
    assert built(engine, tmp_path, "--build-context", context, str(folder)).exit_code != 0
