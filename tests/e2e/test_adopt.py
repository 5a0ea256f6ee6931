"""What `kairosfile adopt` writes makes the files that its Dockerfile makes, built by the Dockerfile frontend itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import NEWEST, OLDEST, Project
from tests.support.e2e import trees
from tests.support.e2e.builds import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.engine import DockerEngine, Engine

COMMAND = str(Path(sys.executable).with_name("kairosfile"))
HEAD = "FROM KAIROS_INIT AS kairos-init\nFROM BASE\n"
MOUNT = "RUN --mount=type=bind,from=kairos-init,src=/kairos-init,dst=/kairos-init "
CALL = f"{MOUNT}/kairos-init --version v1.0.0\n"
# The log, which a Kairosfile keeps out; the stand-in's own record of its calls; and kairos-init's record of a call
# for both stages, which a Kairosfile runs one by one.
APART = {"etc/kairos/stand-in-calls", "var/log", "var/log/kairos"}
APART |= {f"etc/kairos/kairos-init-{stage}-stage.yaml" for stage in ("all", "install", "init")}
# What releases up to v0.4 write down of a call, and where they log.
APART |= {"etc/kairos/kairos-init.yaml", "run/kairos"}
OLD_LOG = "run/kairos/kairos-init-"
# Links of Debian's kernel package to an initrd that init removes, and a Kairosfile never makes.
APART |= {"initrd.img", "initrd.img.old"}

FEW = {
    "args": f"{HEAD}ARG A=red\nRUN echo $A > /one\nARG A=blue\nRUN echo $A > /two\n{CALL}",
    "one run": f"{HEAD}{MOUNT}set -eux; echo one > /1; V=v1.0.0; /kairos-init -s install --version $V; echo two > /2; "
    "/kairos-init -s init --version $V; rm -rf /1\n",
    "here-documents": f"{HEAD}RUN cat <<A > /first && cat <<B > /second\n1\nA\n2\nB\nRUN <<E\nfalse\n"
    f"echo go on > /go\nE\n{CALL}",
    "stage of the file": f"FROM BASE AS made\nRUN mkdir /out && echo 1 > /out/file\n{HEAD}{CALL}"
    "RUN --mount=type=bind,from=made,src=/out,dst=/made cp /made/file /etc/file\nCOPY --from=made /out /opt/out\n",
    "folders and users": f"{HEAD}WORKDIR /a/b\nRUN pwd > where\nUSER 5:6\nRUN id -u > /tmp/who\n"
    f"USER root\nWORKDIR /\n{CALL}",
}
MANY = {
    "unset arg": f'{HEAD}ARG T\nARG TARGETARCH\nRUN echo "${{T:-none}} $TARGETARCH" > /t\n{CALL}',
    "usual args": f'{HEAD}ARG VERSION=v1.2.3\nARG MODEL=generic\nRUN echo "$VERSION $MODEL" > /all\n'
    f"{MOUNT}/kairos-init "
    '-m "$MODEL" --version "$VERSION"\n',
    "tabs": f'{HEAD}RUN set -e; \\\n\tfor n in 1 2; do \\\n\t\techo "$n\\\n  x"; \\\n\tdone > /n\n'
    f"COPY <<E /tabbed\na\tb\nc \nE\n{CALL}",
    "provider": f"{HEAD}{MOUNT}/kairos-init -p k3s --provider-k3s-version v1.33.1+k3s1 --version v1.0.0\n",
    "fips": f"{HEAD}ARG C=true\n"
    f'{MOUNT}F=$([ "$C" = true ] && echo --fips || true) && /kairos-init $F --version v1.0.0\n',
    "board by default": f"{HEAD}ARG BOARD\n{MOUNT}/kairos-init -m ${{BOARD:-generic}} --version v1.0.0\n",
    "condition": f'{HEAD}ARG D=k3s\n{MOUNT}if [ -n "$D" ]; then F="-p $D"; fi; /kairos-init --version v1.0.0 $F\n',
    "eval": f'{HEAD}ARG M=generic\n{MOUNT}F=""; eval /kairos-init -m \\"$M\\" --version v1.0.0 "$F"\n',
    "redirection": f"{HEAD}{MOUNT}/kairos-init --version v1.0.0 > /dev/null 2>&1\n",
    "environment of a call": f"{HEAD}{MOUNT}export A=b && X=1 /kairos-init --version v1.0.0\n",
    "three runs": f"{HEAD}{MOUNT}/kairos-init -s install --version v1.0.0\nRUN echo a > /a\n"
    f"{MOUNT}/kairos-init -s init "
    f"--version v1.0.0\n{MOUNT}/kairos-init validate\n",
    "copied and removed": f"{HEAD}COPY --from=kairos-init /kairos-init /kairos-init\n"
    f"RUN /kairos-init --version v1.0.0\n"
    "RUN rm /kairos-init\n",
    "copied and kept": f"{HEAD}COPY --from=kairos-init /kairos-init /usr/local/bin/kairos-init\n"
    f"RUN kairos-init --version v1\n",
    "image in the mount": "FROM BASE\n"
    "RUN --mount=from=KAIROS_INIT,target=/kairos-init,source=/kairos-init /kairos-init "
    "--version v1.0.0\n",
    "squashed": f"FROM KAIROS_INIT AS kairos-init\nFROM BASE AS made\nRUN echo a > /motd\n"
    f"{CALL}FROM scratch\nCOPY --from=made / /\n",
    "squashed with its environment": f"FROM KAIROS_INIT AS kairos-init\nFROM BASE AS made\nENV A=b\nARG C=d\n"
    f'RUN echo "$A $C" > /1\n{CALL}FROM scratch\nCOPY --from=made / /\nRUN echo "$A $C" > /2\n',
    "arg of a stage below": f"{HEAD.rstrip()} AS one\nARG A=b\nRUN echo $A > /1\n{CALL}FROM one\nRUN echo $A > /2\n",
    "arg that is declared later": f"{HEAD}RUN echo $A $TARGETARCH > /1\nARG A=b\nARG TARGETARCH\n"
    f"RUN echo $A $TARGETARCH > /2\n{CALL}",
    "status of what comes last": f"{HEAD}{MOUNT}/kairos-init --version v1.0.0; false; A=b\n"
    f"RUN set -e; true && echo $A > /1\n",
    "stages on each other": f"{HEAD.rstrip()} AS one\nENV A=b\nRUN echo $A > /1\n{CALL}FROM one\nRUN echo $A > /2\n",
    "path": f"{HEAD}COPY --chmod=0755 tool /opt/bin/tool\nENV PATH=/opt/bin:$PATH\nRUN tool > /made\n{CALL}",
    "args that a program reads": f"{HEAD}ARG COLOUR=red\nCOPY --chmod=755 tool /tool\n"
    f"RUN /tool > /colour && rm /tool\n{CALL}",
    "files": f"{HEAD}RUN mkdir -p /opt/deep\nCOPY --chown=5:6 --chmod=0640 one two /opt/deep/\n"
    f"COPY folder /opt/folder\nCOPY <<'E' <<F /docs/\n$A\nE\nb\nF\n{CALL}",
    "folders of copies": f"{HEAD}RUN mkdir -p /opt /srv\nCOPY --chown=5:6 one /opt/a/b/\nCOPY --chown=5 two /opt/c/d\n"
    "COPY --chown=7:8 folder /opt/e/f\nADD --chown=5:6 one /opt/g/\nCOPY --chown=7:8 <<E /opt/h/i/j\nx\nE\n"
    f"COPY --link --chown=5:6 one /opt/k/l\nUSER 5\nWORKDIR /srv/a/b\nUSER root\nWORKDIR /\n{CALL}",
    "copy to the folder": f"{HEAD}WORKDIR /opt\nCOPY one .\nCOPY folder/ ./into/\nWORKDIR /\n{CALL}",
    "add": f"{HEAD}ADD one /x/\n{CALL}",
    "words": f'{HEAD}RUN ["touch", "/a b", "/$HOME"]\n{CALL}',
    "failure that is ignored": f"{HEAD}RUN false; echo on > /on\n{MOUNT}false; /kairos-init --version v1.0.0\n",
    "failure after a call": f"{HEAD}{MOUNT}/kairos-init --version v1.0.0 && echo a > /a; echo b > /b\n",
    "shell that stops": f'{HEAD}SHELL ["/bin/sh", "-ec"]\nRUN echo a > /a; echo b > /b\n{CALL}',
    "continued in quotes": f"{HEAD}RUN echo 'a\\\n   b' > /q && echo \"c\\\n   d\" >> /q\n{CALL}",
    "old release": "FROM OLD AS kairos-init\nFROM BASE\nARG VARIANT=standard\nARG K=k0s\n"
    "COPY --from=kairos-init /kairos-init "
    '/kairos-init\nRUN /kairos-init -v "$VARIANT" -k "$K" --version v1.0.0\nRUN rm /kairos-init\n',
}

# What depends on the builder: BuildKit makes folders with the mode of the files since 0.21.
NEWEST_BUILDER = {
    "modes of folders": f"{HEAD}RUN mkdir -p /opt\nCOPY --chown=5:6 --chmod=0640 one /opt/a/b/\n"
    f"COPY --chmod=0700 folder /opt/c/d\n{CALL}"
}


@pytest.mark.parametrize("name", FEW)
def test_adopted_dockerfile_makes_the_same_files(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], name: str
) -> None:
    compare(docker28, project, FEW[name], base, kairos_init)


@pytest.mark.long
@pytest.mark.parametrize("name", MANY)
def test_every_adopted_dockerfile_makes_the_same_files(
    engine: DockerEngine, project: Project, base: str, kairos_init: Callable[[str], str], name: str
) -> None:
    compare(engine, project, MANY[name], base, kairos_init)


@pytest.mark.long
@pytest.mark.parametrize("name", NEWEST_BUILDER)
def test_adopted_dockerfile_makes_the_same_folders(
    docker28: Engine, project: Project, base: str, kairos_init: Callable[[str], str], name: str
) -> None:
    compare(docker28, project, NEWEST_BUILDER[name], base, kairos_init)


def compare(engine: DockerEngine, project: Project, text: str, base: str, kairos_init: Callable[[str], str]) -> None:
    """Build a Dockerfile and the Kairosfile that it is adopted as, and compare their files."""
    images = {"KAIROS_INIT": kairos_init(NEWEST), "BASE": base}
    if "OLD" in text:
        images["OLD"] = kairos_init(OLDEST)
    for placeholder, image in images.items():
        text = text.replace(f"FROM {placeholder}", f"FROM {image}").replace(f"from={placeholder}", f"from={image}")
    _write(project.folder, text)
    done = subprocess.run(
        [COMMAND, "adopt", "-o", "Kairosfile", "--force", "Dockerfile"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    kairosfile = project.folder / "Kairosfile"
    kairosfile.write_text(kairosfile.read_text().replace(kairosfile.read_text().split("\n")[0], project.header, 1))

    ours, theirs = (
        _tree(engine, project, "Kairosfile", *_contexts(engine, project)),
        _tree(engine, project, "Dockerfile"),
    )

    differing = {path: two for path, two in trees.difference(ours, theirs).items() if not path.startswith(OLD_LOG)}
    rest = {path: two for path, two in differing.items() if path not in APART}
    assert not rest, f"{kairosfile.read_text()}\n{done.stderr}"
    assert "etc/kairos-release" in ours


def _write(folder: Path, text: str) -> None:
    (folder / "Dockerfile").write_text(text)
    for name in ("one", "two", "folder/three"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    (folder / "tool").write_text('#!/bin/sh\necho "made $COLOUR"\n')


def _contexts(engine: DockerEngine, project: Project) -> list[str]:
    """Return the stages of the bake file as named contexts: each is built into a folder."""
    path = project.folder / "docker-bake.json"
    if not path.exists():
        return []
    data = json.loads(path.read_text())["target"]
    words: list[str] = []
    for name, target in data["image"]["contexts"].items():
        stage = data[target.removeprefix("target:")]["target"]
        folder = project.folder.parent / f"stage-{stage}"
        build(engine, project.folder, "--target", stage, "--output", f"type=local,dest={folder}", file="Dockerfile")
        words += ["--build-context", f"{name}={folder}"]
    return words


def _tree(engine: DockerEngine, project: Project, file: str, *arguments: str) -> dict[str, trees.Entry]:
    archive = project.folder.parent / f"{file}.tar"
    done = build(engine, project.folder, "--output", f"type=tar,dest={archive}", *arguments, file=file)
    assert done.exit_code == 0, done.output
    return trees.tree(archive)
