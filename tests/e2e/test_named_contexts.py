"""Tests `--build-context NAME=...` through the real buildx: the contexts that can replace each image."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import NEWEST, Project
from tests.support import images
from tests.support.e2e import oci
from tests.support.e2e.builds import run_buildx
from tests.support.e2e.web import Site, repository
from tests.support.engine.images import DEBIAN
from tests.support.standins.auroraboot import releases as auroraboot
from tests.support.standins.kairos_init import write_build_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.e2e.builds import Build
    from tests.support.engine import Engine

pytestmark = pytest.mark.docker26_is_long

ABSENT = "registry.invalid/nothing"  # an image that no build can reach


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server that the engines reach."""
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the main context."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture
def tool(project: Project) -> Project:
    """A Kairosfile whose target `tool` takes a file of an image that does not exist."""
    project.write(
        f"base: {ABSENT}/base:1\nkairos_init: {ABSENT}/kairos-init:v0.17.3\nversion: v1.0.0\n"
        f"hooks:\n  before_install:\n    - {{name: tool, copy: dir/file, from: '{ABSENT}/tool:1', to: /taken/}}\n"
    )
    return project


def exported(project: Project, engine: Engine, *arguments: str) -> oci.Image:
    archive = project.folder / "image.tar"
    project.must_build(engine, "--platform", "linux/amd64", "--output", f"type=oci,dest={archive}", *arguments)
    return oci.load(archive)["linux/amd64"]


def write(folder: Path, **files: str) -> Path:
    for path, content in files.items():
        place = folder / path.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return folder


def layout(engine: Engine, folder: Path, reference: str, platforms: str = "linux/amd64") -> str:
    """Export an image of the registry as an OCI layout, and return the value of --build-context."""
    (folder / "Dockerfile").write_text(f"FROM {reference}\n")
    output = f"type=oci,tar=false,dest={folder / 'layout'}"
    done = run_buildx(engine, "--provenance=false", "--platform", platforms, "--output", output, str(folder))
    assert done.exit_code == 0, done.output
    return f"oci-layout://{folder / 'layout'}"


def test_images_replace_base_and_kairos_init_by_role(
    engine: Engine, tool: Project, base: str, kairos_init: Callable[[str], str], elsewhere: Path
) -> None:
    write(elsewhere, dir__file="x")
    arguments = ["--build-context", f"base=docker-image://{base}"]
    arguments += ["--build-context", f"kairos-init=docker-image://{kairos_init(NEWEST)}"]
    image = exported(tool, engine, *arguments, "--build-context", f"{ABSENT}/tool:1={elsewhere}")

    assert image.labels["org.opencontainers.image.base.name"] == base
    assert image.labels["test.base"] == "busybox"
    assert "v1.0.0" in image.read("etc/kairos-release")


def test_images_replace_images_by_name(
    engine: Engine, tool: Project, base: str, kairos_init: Callable[[str], str]
) -> None:
    tool.write(
        f"base: {ABSENT}/base:1\nkairos_init: {ABSENT}/kairos-init:v0.17.3\nversion: v1.0.0\n"
        f"hooks:\n  before_install:\n    - {{copy: etc/debian_version, from: '{ABSENT}/tool:1', to: /taken/}}\n"
    )
    contexts = {"base:1": base, "kairos-init:v0.17.3": kairos_init(NEWEST), "tool:1": f"localhost:5000/{DEBIAN}"}
    arguments = [f"--build-context={ABSENT}/{name}=docker-image://{value}" for name, value in contexts.items()]
    result = exported(tool, engine, *arguments)

    assert result.labels["org.opencontainers.image.base.name"] == base
    assert "v1.0.0" in result.read("etc/kairos-release")
    assert result.read("taken/debian_version").startswith("13")


def test_the_empty_image_has_nothing_to_copy(engine: Engine, tool: Project, base: str) -> None:
    arguments = ["--target", "tool", "--build-context", f"base=docker-image://{base}"]
    done = tool.build(engine, *arguments, "--build-context", f"{ABSENT}/tool:1=docker-image://scratch")

    assert done.exit_code != 0
    assert "dir/file" in done.output


@pytest.mark.parametrize("kind", ["directory", "git", "http"])
def test_files_of_every_kind_replace_an_image(
    engine: Engine, tool: Project, base: str, elsewhere: Path, site: Site, nonce: str, kind: str
) -> None:
    """A Dockerfile takes the same file from the same context, for comparison."""
    source = elsewhere if kind == "directory" else site.folder / nonce
    write(source, dir__file=nonce, **{".dockerignore": "dir/other"}, dir__other="no")
    value = str(source)
    name = "dir/file"
    if kind == "git":
        repository(source)
        value = f"{site.url}/{nonce}.git#main"
    if kind == "http":
        value = f"{site.url}/{nonce}/dir/file"
        name = "file"
        file = tool.folder / "Kairosfile"
        file.write_text(file.read_text().replace("copy: dir/file", "copy: file"))
    context = ["--build-context", f"{ABSENT}/tool:1={value}"]

    image = exported(tool, engine, "--target", "tool", "--build-context", f"base=docker-image://{base}", *context)

    assert image.read("taken/file") == nonce
    (tool.folder / "Dockerfile").write_text(f"FROM scratch\nCOPY --from={ABSENT}/tool:1 {name} /taken/\n")
    output = ["--output", f"type=oci,dest={tool.folder / 'docker.tar'}", "--platform", "linux/amd64"]
    done = run_buildx(engine, *context, *output, str(tool.folder))
    if kind == "http" and "failed to solve: invalid argument" in done.output:
        return  # the error of BuildKit 0.25's Dockerfile frontend for any HTTP file
    assert done.exit_code == 0, done.output
    assert oci.load(tool.folder / "docker.tar")["linux/amd64"].read("taken/file") == nonce


def test_of_a_directory_only_what_is_used_is_transferred(
    engine: Engine, tool: Project, base: str, elsewhere: Path, nonce: str
) -> None:
    write(elsewhere, dir__file=nonce, unused="x" * 3_000_000)
    arguments = ["--build-context", f"base=docker-image://{base}", "--build-context", f"{ABSENT}/tool:1={elsewhere}"]
    done = tool.must_build(engine, "--target", "tool", *arguments)

    assert done.vertex("tool:1] load from client").transferred < 100_000


def test_a_directory_replaces_the_base_and_is_cached(
    engine: Engine, tool: Project, base: str, elsewhere: Path, nonce: str
) -> None:
    """Unchanged files, sent by another build, are the same base; it lacks the files that its .dockerignore names."""
    root = unpacked(engine, elsewhere, base)
    write(root, etc__nonce=nonce, iso="x", **{".dockerignore": "iso\n"})
    arguments = ["--target", "own", "--build-context", f"base={root}"]
    tool.write(
        f"base: {ABSENT}/base:1\nversion: v1.0.0\nhooks:\n  before_install:\n"
        "    - {name: own, run: 'test ! -e /iso && cp /etc/nonce /own'}\n"
    )

    image = exported(tool, engine, *arguments)
    again = tool.must_build(engine, *arguments)

    assert image.read("own").strip() == nonce
    assert image.config["config"]["Env"] == ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    assert "org.opencontainers.image.base.name" not in image.labels
    assert not again.vertex("own").ran
    assert len(image.config["history"]) == len(image.layers)


def test_a_dockerfile_on_a_directory_is_not_cached(
    engine: Engine, project: Project, base: str, elsewhere: Path, nonce: str
) -> None:
    """What a Kairosfile does better: see above."""
    root = unpacked(engine, elsewhere, base)
    (project.folder / "Dockerfile").write_text(f"FROM base\nRUN echo {nonce} > /own\n")
    arguments = ["--build-context", f"base={root}", "--output", "type=cacheonly", str(project.folder)]
    run_buildx(engine, *arguments)
    again = run_buildx(engine, *arguments)

    assert again.exit_code == 0, again.output
    assert again.vertex("RUN echo").ran


def unpacked(engine: Engine, folder: Path, reference: str) -> Path:
    """Return a folder with the files of an image."""
    (folder / "Dockerfile").write_text(f"FROM {reference}\n")
    output = f"type=local,dest={folder / 'root'}"
    done = run_buildx(engine, "--platform", "linux/amd64", "--output", output, str(folder))
    assert done.exit_code == 0, done.output
    return folder / "root"


def test_a_directory_replaces_kairos_init(engine: Engine, project: Project, base: str, elsewhere: Path) -> None:
    write_build_context(NEWEST, elsewhere)
    project.write(f"base: {base}\nkairos_init: {ABSENT}/kairos-init:v0.17.3\nversion: v3.4.5\n")

    image = exported(project, engine, "--build-context", f"kairos-init={elsewhere}")

    assert "v3.4.5" in image.read("etc/kairos-release")


def test_a_program_from_an_http_url_replaces_kairos_init(
    engine: Engine, project: Project, base: str, elsewhere: Path, site: Site
) -> None:
    """Fetched files are not executable, this one is made so, whatever its name."""
    write_build_context(NEWEST, elsewhere)
    shutil.copy(elsewhere / "kairos-init", site.folder / "kairos-init-v0.17.3-linux-amd64")
    project.write(f"base: {base}\nkairos_init: {ABSENT}/kairos-init:v0.17.3\nversion: v3.4.6\n")

    image = exported(project, engine, "--build-context", f"kairos-init={site.url}/kairos-init-v0.17.3-linux-amd64")

    assert "v3.4.6" in image.read("etc/kairos-release")


def test_an_image_replaces_auroraboot_by_role(
    engine: Engine, project: Project, base: str, kairos_init: Callable[[str], str], tmp_path: Path
) -> None:
    project.write(
        f"base: {base}\nkairos_init: {kairos_init(NEWEST)}\nversion: v1.0.0\n"
        f"artifacts:\n  auroraboot: {ABSENT}/auroraboot:{auroraboot.NEWEST}\n  iso: {{}}\n"
    )
    context = f"auroraboot=docker-image://{images.push_auroraboot(auroraboot.NEWEST)}"

    project.must_build(engine, "--target", "iso", "--build-context", context, "--output", str(tmp_path / "out"))

    assert [path.suffix for path in sorted((tmp_path / "out").iterdir())] == [".iso", ".sha256"]


@pytest.mark.parametrize("platforms", ["linux/amd64", "linux/amd64,linux/arm64"])
def test_an_oci_layout_replaces_the_base(
    engine: Engine, tool: Project, base: str, elsewhere: Path, nonce: str, platforms: str
) -> None:
    tool.write(
        f"base: {ABSENT}/base:1\nversion: v1.0.0\nhooks:\n  before_install:\n"
        f"    - {{name: own, file: /own, content: {nonce}}}\n"
    )
    value = layout(engine, elsewhere, base, platforms)
    archive = tool.folder / "image.tar"
    arguments = ["--target", "own", "--build-context", f"base={value}", "--platform", platforms]
    done = tool.must_build(engine, *arguments, "--output", f"type=oci,dest={archive}")

    images = oci.load(archive)
    assert sorted(images) == platforms.split(",")
    for image in images.values():
        assert image.labels["test.base"] == "busybox"
        assert image.labels["org.opencontainers.image.base.name"] == f"{ABSENT}/base:1"
        assert image.read("own") == nonce
    assert any("OCI load from client" in name for name in done.names)


def test_a_context_that_nothing_uses_is_a_warning_that_lists_the_names(
    engine: Engine, tool: Project, base: str, elsewhere: Path
) -> None:
    arguments = ["--target", "base", "--build-context", f"base=docker-image://{base}"]
    done = tool.must_build(engine, *arguments, "--build-context", f"kairosinit={elsewhere}")

    (tool.folder / "Dockerfile").write_text("FROM scratch\nCOPY Kairosfile /\n")
    silent = run_buildx(
        engine, "--build-context", f"kairosinit={elsewhere}", "--output", "type=cacheonly", str(tool.folder)
    )
    assert (silent.exit_code, silent.warnings) == (0, [])

    (warning,) = (text for text in done.warnings if "--build-context" in text)
    assert "kairosinit has no effect: the images that this file takes are base, registry.invalid" in warning


def test_an_unavailable_context_is_an_error_at_the_line_of_its_image(engine: Engine, tool: Project) -> None:
    result = tool.fails(engine, "--target", "base", "--build-context", "base=docker-image://localhost:5000/none:1")

    assert "cannot pull base image registry.invalid/nothing/base:1" in result
    assert "(replaced by --build-context base=docker-image://localhost:5000/none:1)" in result.replace("\n", " ")
    assert ">>> base:" in result


def bake(engine: Engine, project: Project, targets: dict[str, Any]) -> Build:
    (project.folder / "bake.json").write_text(json.dumps({"target": targets}))
    command = ["docker", "buildx", "bake", "--progress", "rawjson", "-f", "bake.json"]
    from tests.support.e2e import builds  # noqa: PLC0415

    return builds.read(engine.run([*command, "os"], cwd=project.folder, timeout=builds.TIMEOUT_SECONDS))


@pytest.mark.parametrize("platforms", [["linux/amd64"], ["linux/amd64", "linux/arm64"]])
def test_a_target_of_bake_replaces_the_base_with_its_config(
    engine: Engine, tool: Project, base: str, nonce: str, platforms: list[str]
) -> None:
    """Its environment and labels count, and its result is not built again under another name."""
    (tool.folder / "Dockerfile").write_text(
        f"FROM {base}\nENV WORD={nonce}\nLABEL made=here\nRUN echo $(uname -m) > /machine\n"
    )
    tool.write(
        f"base: {ABSENT}/base:1\nversion: v1.0.0\nhooks:\n  before_install:\n"
        "    - {name: own, run: 'echo $WORD $(cat /machine) > /own'}\n"
    )
    archive = tool.folder / "image.tar"
    targets = {
        "rootfs": {"dockerfile": "Dockerfile", "platforms": platforms},
        "os": {
            "dockerfile": "Kairosfile",
            "target": "own",
            "contexts": {"base": "target:rootfs"},
            "platforms": platforms,
            "output": [f"type=oci,dest={archive}"],
        },
    }
    done = bake(engine, tool, targets)

    assert done.exit_code == 0, done.output
    images = oci.load(archive)
    assert sorted(images) == platforms
    machines = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
    for platform, image in images.items():
        assert image.read("own").split() == [nonce, machines[platform]]
        assert image.labels["made"] == "here"
        assert image.labels["test.base"] == "busybox"


def test_a_context_for_one_platform_goes_before_the_one_for_all(
    engine: Engine, tool: Project, base: str, nonce: str
) -> None:
    """Through bake: `docker buildx build` refuses the name, whatever the frontend."""
    write(tool.folder, all__dir__file=f"{nonce}-all", arm__dir__file=f"{nonce}-arm")
    contexts = {"base": f"docker-image://{base}", f"{ABSENT}/tool:1": "all", f"{ABSENT}/tool:1::linux/arm64": "arm"}
    archive = tool.folder / "image.tar"
    target = {
        "dockerfile": "Kairosfile",
        "target": "tool",
        "contexts": contexts,
        "output": [f"type=oci,dest={archive}"],
    }

    done = bake(engine, tool, {"os": target | {"platforms": ["linux/amd64", "linux/arm64"]}})

    assert done.exit_code == 0, done.output
    reserved = {name: image.read("taken/file") for name, image in oci.load(archive).items()}
    assert reserved == {"linux/amd64": f"{nonce}-all", "linux/arm64": f"{nonce}-arm"}
