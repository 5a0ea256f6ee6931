"""Properties of a base image by its name: its distribution, its release, and whether it can be a base at all.

Nothing is pulled. An unknown name is not an error: checks that need the distribution are skipped. A name on another
registry than the distribution's is a guess, and diagnostics say so.
"""

from __future__ import annotations

import re

from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import compile_later

# Repositories by the end of their path, whatever registry or mirror they are on: a text that each has, its pattern, and
# the ID in /etc/os-release. If the last part is unknown, the part before it is used. Some have the release in the
# path.
_REPOSITORIES: tuple[tuple[str, str, str], ...] = (
    ("ubuntu", r"ubuntu", "ubuntu"),
    ("debian", r"debian", "debian"),
    ("fedora", r"fedora(?:-minimal)?|fedorariscv/base", "fedora"),
    ("rockylinux", r"rockylinux", "rocky"),
    ("almalinux", r"almalinux", "almalinux"),
    ("almalinux", r"almalinux(?:org)?/(?P<release>[0-9]+)-(?:base|init|minimal)", "almalinux"),
    ("oraclelinux", r"oraclelinux", "ol"),
    ("centos", r"centos", "centos"),
    ("ubi", r"ubi(?P<release>[0-9]+)/ubi(?:-(?:init|minimal))?", "rhel"),
    ("ubi", r"ubi(?P<release>[0-9]+)?(?:-(?:init|minimal))?", "rhel"),
    ("openeuler", r"openeuler", "openEuler"),
    ("leap", r"leap", "opensuse-leap"),
    ("tumbleweed", r"tumbleweed", "opensuse-tumbleweed"),
    ("bci-", r"bci-(?:base|init)", "sles"),
    ("sle", r"sles?(?P<release>[0-9]+)(?:sp[0-9]+)?", "sles"),
    ("sle-micro-rancher", r"sle-micro-rancher(?:/(?P<release>[0-9]+\.[0-9]+))?", "sle-micro-rancher"),
    ("alpine", r"alpine", "alpine"),
    ("archlinux", r"archlinux", "arch"),
    ("hadron", r"hadron(?:-trusted)?", "hadron"),
)
_COMPILED = tuple(
    (compile_later(f"(?:.*/)?(?:{pattern})", needs=(text,)), found) for text, pattern, found in _REPOSITORIES
)

# Repositories of Docker Hub's library with the name of their distribution: most files name one of them.
_LIBRARY = frozenset({"alpine", "centos", "debian", "fedora", "ubuntu"})

# The repositories in which the distributions publish their images, without docker.io and library.
_PUBLISHED = compile_later(
    r"(?:public\.ecr\.aws/(?:docker/library|ubuntu|debian)/|mirror\.gcr\.io/library/)?(?:ubuntu|debian|fedora|alpine)"
    r"|(?:quay\.io/fedora/|registry\.fedoraproject\.org/)fedora(?:-minimal)?|fedorariscv/base"
    r"|(?:(?:quay\.io/)?rockylinux/)?rockylinux"
    r"|(?:quay\.io/almalinuxorg/)?almalinux|(?:quay\.io/almalinuxorg|almalinux)/[0-9]+-(?:base|init|minimal|micro)"
    r"|(?:ghcr\.io/oracle/|container-registry\.oracle\.com/os/)?oraclelinux"
    r"|(?:quay\.io/centos/)?centos"
    r"|(?:registry\.access\.redhat\.com|registry\.redhat\.io|redhat)/ubi[0-9]+(?:/ubi)?(?:-(?:init|minimal|micro))?"
    r"|(?:hub\.oepkgs\.net/)?openeuler/openeuler"
    r"|(?:registry\.opensuse\.org/)?opensuse/(?:leap|tumbleweed|microos)"
    r"|registry\.suse\.com/(?:bci/bci-[a-z]+|suse/sles?[0-9]+(?:sp[0-9]+)?|suse/sle-micro-rancher/[0-9]+\.[0-9]+)"
    r"|(?:quay\.io/)?(?:archlinux/)?archlinux"
    r"|ghcr\.io/kairos-io/hadron(?:-trusted)?"
)

Numbers = tuple[int, ...]


class Base(NamedTuple):
    """A distribution by its ID of /etc/os-release.

    `release` is empty where neither the tag nor the path has numbers. `path` is the repository.
    """

    distribution: str
    release: Numbers
    tag: str
    path: str

    @property
    def is_guess(self) -> bool:
        """Whether the repository is not one where the distribution publishes its images."""
        return self.path not in _LIBRARY and _PUBLISHED.fullmatch(self.path) is None

    @property
    def name(self) -> str:
        """The name for messages: `Ubuntu 22.04`."""
        number = ".".join(
            f"{part:02}" if index == 1 and self.distribution == "ubuntu" else str(part)
            for index, part in enumerate(self.release)
        )
        return " ".join(filter(None, (NAMES.get(self.distribution, self.distribution), number)))

    @property
    def guess(self) -> str:
        """The addition to a message if the base is only a guess."""
        return f" (a guess: {self.name} is what its name tells)" if self.is_guess else ""

    def is_ubuntu_from(self, first: Numbers) -> bool:
        """Return whether it is a release of Ubuntu that is known and at least this one."""
        return self.distribution == "ubuntu" and self.release >= first


NAMES = {
    "alpine": "Alpine",
    "almalinux": "AlmaLinux",
    "arch": "Arch Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "fedora": "Fedora",
    "hadron": "Hadron",
    "ol": "Oracle Linux",
    "openEuler": "openEuler",
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "rhel": "Red Hat Enterprise Linux",
    "rocky": "Rocky Linux",
    "sle-micro-rancher": "SLE Micro",
    "sles": "SUSE Linux Enterprise Server",
    "ubuntu": "Ubuntu",
}

# Distinguished from plain Hadron, which has the same ID: only this one supports Trusted Boot.
TRUSTED_HADRON = "hadron-trusted"

_CODENAMES: dict[str, Numbers] = {
    "focal": (20, 4),
    "jammy": (22, 4),
    "noble": (24, 4),
    "plucky": (25, 4),
    "questing": (25, 10),
    "bullseye": (11,),
    "bookworm": (12,),
    "trixie": (13,),
}
# Digits of a date, and of the largest other number in a tag.
_DATE, _NUMBER = 8, 4

# Tags of Debian without VERSION_ID in /etc/os-release.
MOVING_DEBIAN = frozenset({"testing", "sid", "unstable", "forky"})

# Images without a package manager or a shell that kairos-init could use.
_UNUSABLE: tuple[tuple[re.Pattern[str], str], ...] = (
    (compile_later(r"(.*/)?scratch", needs=("scratch",)), "it is empty"),
    (compile_later(r"(.*/)?busybox", needs=("busybox",)), "it has no package manager"),
    (compile_later(r"gcr\.io/distroless/.*", needs=("distroless",)), "it has no shell and no package manager"),
    (compile_later(r"(.*/)?hello-world", needs=("hello-world",)), "it has no shell and no package manager"),
    (
        compile_later(r"(.*/)?ubi[0-9]*(/ubi)?-micro|(.*/)?almalinux(org)?/[0-9]+-micro", needs=("-micro",)),
        "it has no package manager",
    ),
    (compile_later(r"(.*/)?bci-(micro|minimal|busybox)", needs=("bci-",)), "it has no zypper"),
    (
        compile_later(r"(.*/)?hadron-(toolchain|firmware|layers)", needs=("hadron-",)),
        "it is a part of the build of Hadron, not a system",
    ),
    (compile_later(r"quay\.io/kairos/kairos-init", needs=("kairos-init",)), "it holds nothing but kairos-init"),
    (compile_later(r"cgr\.dev/.*", needs=("cgr.dev/",)), "kairos-init knows no Wolfi"),
    (compile_later(r"(.*/)?amazonlinux", needs=("amazonlinux",)), "kairos-init knows no Amazon Linux"),
    (
        # Past each part of the path that is another, once: `.*/` would go back over all that follow.
        compile_later(r"((?!(linuxmint|pop-os)/)[^/\n]*+/)*+(linuxmint|pop-os)(/.*)?", needs=("linuxmint", "pop-os")),
        "kairos-init finds no package manager on derivatives of Ubuntu",
    ),
)


class KairosImage(NamedTuple):
    """An image that Kairos publishes, already converted."""

    flavor: str
    variant: str


_KAIROS = compile_later(r"quay\.io/kairos/([a-z0-9._-]+)", needs=("quay.io/kairos/",))
_KAIROS_TAG = compile_later(r"(?:.*-)?(core|standard)-.+", re.DOTALL, needs=("core-", "standard-"))
_FLAVORS = {
    "ubuntu": "ubuntu",
    "debian": "debian",
    "fedora": "fedora",
    "alpine": "alpine",
    "rockylinux": "rockylinux",
    "opensuse": "opensuse/leap",
    "hadron": "ghcr.io/kairos-io/hadron",
}


def detect_distribution(reference: str) -> Base | None:
    """Return the distribution of a base, None if its name is unknown."""
    path, tag = _parts(reference)
    if kairos_image(reference):
        return None
    for pattern, distribution in _COMPILED:
        if match := pattern.fullmatch(path):
            release = _release(tag) or _release(match.groupdict().get("release") or "")
            trusted = path.endswith(TRUSTED_HADRON)
            return Base(TRUSTED_HADRON if trusted else distribution, release, tag, path)
    return None


def distribution_of(reference: str) -> str | None:
    """Return the ID of a base in /etc/os-release, such as `ubuntu`, None if its name is unknown."""
    path, _ = _parts(reference)
    return next((distribution for pattern, distribution in _COMPILED if pattern.fullmatch(path)), None)


def why_unusable(reference: str) -> str:
    """Return the reason why an image cannot be a base, empty if none is known."""
    path, _ = _parts(reference)
    return next((why for pattern, why in _UNUSABLE if pattern.fullmatch(path)), "")


def kairos_image(reference: str) -> KairosImage | None:
    """Return the content of an image of Kairos, None for any other image."""
    path, tag = _parts(reference)
    flavor, variant = _KAIROS.fullmatch(path), _KAIROS_TAG.fullmatch(tag)
    return KairosImage(flavor.group(1), variant.group(1)) if flavor and variant else None


def plain_base(image: KairosImage) -> str:
    """Return the original image to use instead of one that Kairos converted."""
    return _FLAVORS.get(image.flavor, "the distribution's own image")


def _parts(reference: str) -> tuple[str, str]:
    """Return the repository and the tag of a reference; Docker Hub's name is left out."""
    path = reference.partition("@")[0]
    tag = ""
    if ":" in path.rsplit("/", 1)[-1]:
        path, _, tag = path.rpartition(":")
    return path.removeprefix("docker.io/").removeprefix("library/"), tag


def _release(tag: str) -> Numbers:
    word = tag.split("-", 1)[0]
    numbers = word.removeprefix("stream" if word.startswith("stream") else "v").split(".")
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        return _CODENAMES.get(word, ())
    if len(numbers) > 1 and len(numbers[-1]) == _DATE:
        numbers.pop()  # that of the image: 10.1.20251126
    is_date = [len(number) for number in numbers] == [_DATE]
    return tuple(map(int, numbers)) if is_date or all(len(number) <= _NUMBER for number in numbers) else ()
