"""A bench for the AuroraBoot stand-in: one run of it as a build step, and an inspection of its output.

The root that it works on is small and made anew by each test; the tools that look into artifacts are those of the
stand-in's own image. The output and the results of the inspection go to a folder of the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import images
from tests.support.engine import Registry
from tests.support.engine.publish import INDEX
from tests.support.standins.auroraboot_image import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.engine import DockerEngine

RELEASE = """KAIROS_ARCH="{arch}"
KAIROS_FLAVOR="{flavor}"
KAIROS_FLAVOR_RELEASE="13"
KAIROS_MODEL="generic"
KAIROS_RELEASE="v1.2.3"
KAIROS_SOFTWARE_VERSION="v1.33.1+k3s1"
KAIROS_SOFTWARE_VERSION_PREFIX="k3s"
KAIROS_VERSION="v1.2.3"
KAIROS_VARIANT="standard"
"""
# The stage `root` is a Kairos root as far as AuroraBoot looks.
DOCKERFILE = """FROM {base} AS root
RUN mkdir -p /boot && echo the kernel > /boot/vmlinuz-6 && ln -s /boot/vmlinuz-6 /boot/vmlinuz \\
    && echo the initrd > /boot/initrd && echo hidden > /tmp/left
COPY kairos-release /etc/kairos-release
RUN {prepare}
FROM --platform=$BUILDPLATFORM {auroraboot} AS ready
COPY before.sh /
RUN mkdir /ready && cd /ready && sh -e /before.sh
FROM {auroraboot} AS made
WORKDIR /out
WORKDIR /seen
COPY --from=ready /ready /ready
RUN --network=none {mounts} --mount=from=root,target=/rootfs,ro --mount=type=tmpfs,target=/tmp \\
    --mount=target=/context [{words}]
RUN --mount=target=/context cd /out && sh -e /context/look.sh
FROM scratch
COPY --from=made /out /out
COPY --from=made /seen /seen
"""
LOOK_INTO_ISO = """osirrox -indev *.iso -extract / /seen/tree
chmod -R u+w /seen/tree
unsquashfs -quiet -dest /seen/root /seen/tree/rootfs.squashfs
xorriso -indev *.iso -report_el_torito plain > /seen/boot
mdir -/ -b -i /seen/tree/boot/uefi.img > /seen/efi
"""


def pushed(release: str) -> str:
    """Push the stand-in for a release; return its reference by digest.

    A container that runs by tag leaves the image in the engine, where builds find it when the tag has long moved on.
    """
    path, _, tag = images.push_auroraboot(release).rpartition(":")
    name = path.partition("/")[2]
    _, answer = Registry().request("HEAD", f"/v2/{name}/manifests/{tag}", headers={"Accept": INDEX})
    return f"{path}@{answer['Docker-Content-Digest']}"


def pinned(release: str) -> str:
    """Push the stand-in for a release; return its reference by tag, which names the release, and by digest."""
    return pushed(release).replace("@", f":{release}@")


@dataclass
class Bench:
    """One run: `auroraboot` sees the root at /rootfs, the folder at /context, and writes to /out.

    `prepare` is a command that changes the root. `before` and `look` are scripts in AuroraBoot's image: one fills
    /ready on the machine's own platform, once for all tests, the other writes its results to /seen. `log` is the
    output of the last run.
    """

    folder: Path
    engine: DockerEngine
    base: str
    auroraboot: str
    arch: str = "amd64"
    flavor: str = "debian"
    release: str = RELEASE
    prepare: str = "true"
    before: str = "true"
    mounts: str = ""
    look: str = LOOK_INTO_ISO
    options: tuple[str, ...] = ()
    log: str = ""

    def write(self, path: str, text: str) -> None:
        """Write a file of the folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def fails(self, *words: str) -> str:
        """Run it, which must fail; return its output."""
        assert not self._run(words), self.log
        return self.log

    def run(self, *words: str) -> Path:
        """Run it, which must succeed; return a directory with `out` and `seen`."""
        assert self._run(words), self.log
        return self.folder / "result"

    def _run(self, words: tuple[str, ...]) -> bool:
        self.write("kairos-release", self.release.format(arch=self.arch, flavor=self.flavor))
        self.write("before.sh", self.before)
        self.write("look.sh", self.look)
        fields = {name: getattr(self, name) for name in ("base", "auroraboot", "prepare", "mounts")}
        quoted = ", ".join(f'"{word}"' for word in (PROGRAM, *words))
        self.write("Dockerfile", DOCKERFILE.format(words=quoted, **fields))
        command = [*self.engine.buildx(), "build", "--progress", "plain", "--no-cache-filter", "made", *self.options]
        done = self.engine.run([*command, "--output", str(self.folder / "result"), str(self.folder)], timeout=300)
        self.log = done.stderr
        return done.returncode == 0
