"""Distributions: detected by the name of a base image, with their families and package managers.

Nothing is pulled. An unknown name is not an error: checks that need the distribution are skipped, and the family is
known only inside the image. A name on another registry than the distribution's is a guess, and diagnostics say so.

Names of packages are only added as separate arguments; code that writes a shell command line quotes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.named_tuple import NamedTuple
from kairosfile.patterns import DOTALL, compile_later

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence


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
    (compile_later(f"(?:.*/)?(?:{pattern})", needs=(text,)), distribution)
    for text, pattern, distribution in _REPOSITORIES
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
        compile_later(r"((?!(linuxmint|pop-os)/)[^/\n]*+/)*(linuxmint|pop-os)(/.*)?", needs=("linuxmint", "pop-os")),
        "kairos-init finds no package manager on derivatives of Ubuntu",
    ),
)

_KAIROS = compile_later(r"quay\.io/kairos/([a-z0-9._-]+)", needs=("quay.io/kairos/",))
_KAIROS_TAG = compile_later(r"(?:.*-)?(core|standard)-.+", DOTALL, needs=("core-", "standard-"))
_FLAVORS = {
    "ubuntu": "ubuntu",
    "debian": "debian",
    "fedora": "fedora",
    "alpine": "alpine",
    "rockylinux": "rockylinux",
    "opensuse": "opensuse/leap",
    "hadron": "ghcr.io/kairos-io/hadron",
}

Words = tuple[str, ...]

# The base images of Debian and Ubuntu delete downloads from /var/cache/apt/archives after each run of dpkg; in another
# folder of the same cache they stay.
_APT_DOWNLOADS = "Dir::Cache::archives=/var/cache/apt/kairosfile"

# With it, kernel packages of Debian and Ubuntu generate no initrd, which takes minutes and which init generates again.
# Seen with dracut; the hook of initramfs-tools reads the same variable.
NO_INITRD = ("INITRD", "No")

FamilyName = Literal["debian", "redhat", "suse", "alpine", "arch", "hadron"]

# Names of packages that contain a kernel image; headers, tools and modules are not kernels.
_NO_KERNEL = compile_later(r".*(?:headers|tools|modules|source|doc|dbg|dbgsym|devel)(?:-.*)?", DOTALL)
_KERNELS: dict[FamilyName, re.Pattern[str]] = {
    "debian": compile_later(
        r"linux-image-.+|linux-(?:generic|lowlatency|virtual|realtime|aws|azure|gcp|gke|ibm|kvm|nvidia|oem|oracle|raspi)"
        r"(?:-.+)?"
    ),
    "redhat": compile_later(r"kernel(?:-(?:rt|64k|uek|lt|ml|longterm|debug))?(?:-core)?"),
    "suse": compile_later(r"kernel-(?:default|rt|64kb|longterm|azure|kvmsmall|vanilla)(?:-base)?"),
    "alpine": compile_later(r"linux-(?:lts|virt|stable|edge|rpi[0-9]*)"),
    "arch": compile_later(r"linux(?:-(?:lts|zen|hardened|rt|rt-lts|rpi|rpi-16k|aarch64))?"),
}
_VERSION = compile_later(r"[=<>~@:]")  # begins the version of a package


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
        """Whether the distribution does not publish its images in the repository."""
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


class KairosImage(NamedTuple):
    """An image that Kairos publishes, already converted."""

    flavor: str
    variant: str


def detect_distribution(reference: str) -> Base | None:
    """Return the distribution of a base, None if its name is unknown."""
    path, tag = _parts(reference)
    if path in _LIBRARY:
        return Base(path, _release(tag), tag, path)
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
    if path in _LIBRARY:
        return path
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


class Manager(NamedTuple):
    """A package manager.

    `caches` are directories that can be kept between builds. `keep` are the arguments of `install` if they are kept and
    `drop` if they are not; `clean` removes downloads in that case. `kernels` is a shell command that prints the names
    of the installed kernel packages, or nothing; `purge` removes kernels with all their generated files.
    """

    name: str
    install: Words
    remove: Words
    kernels: str
    caches: Words
    keep: Words = ()
    drop: Words = ()
    clean: Words = ()
    refresh: Words = ()
    purge: Words = ()
    env: tuple[tuple[str, str], ...] = ()

    def commands(self, install: Sequence[str], remove: Sequence[str], *, cached: bool) -> list[Words]:
        """Return the command lines that remove some packages and then install others.

        The package lists are updated before both: apt does not remove packages that it does not know.
        """
        removing = [(*self.remove, *remove)] if remove else []
        if not install:
            return removing
        refreshing = [self.refresh] if self.refresh else []
        cleaning = [self.clean] if self.clean and not cached else []
        return [*refreshing, *removing, (*self.install, *(self.keep if cached else self.drop), *install), *cleaning]


APT = Manager(
    "apt",
    install=("apt-get", "install", "-y", "--no-install-recommends"),
    keep=("-o", _APT_DOWNLOADS),
    clean=("apt-get", "clean"),
    remove=("apt-get", "remove", "-y"),
    purge=("apt-get", "purge", "-y"),
    kernels=r"dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'linux-image-*' 'linux-modules-*' 2>/dev/null"
    " | sed -n 's/^installed //p'",
    caches=("/var/cache/apt", "/var/lib/apt/lists"),
    refresh=("apt-get", "update"),
    env=(("DEBIAN_FRONTEND", "noninteractive"),),
)
DNF = Manager(
    "dnf",
    install=("dnf", "install", "-y"),
    keep=("--setopt=keepcache=1",),
    clean=("dnf", "clean", "all"),
    remove=("dnf", "remove", "-y"),
    kernels=r"rpm -qa --qf '%{NAME}\n' kernel kernel-core 'kernel-modules*' 'kernel-rt*' 'kernel-uek*' | sort -u",
    caches=("/var/cache/dnf", "/var/cache/libdnf5"),
)
ZYPPER = Manager(
    "zypper",
    install=("zypper", "--non-interactive", "install"),
    clean=("zypper", "clean", "--all"),
    remove=("zypper", "--non-interactive", "remove"),
    kernels=r"rpm -qa --qf '%{NAME}\n' 'kernel-default*' 'kernel-rt*' 'kernel-64kb*' 'kernel-longterm*' | sort -u",
    caches=("/var/cache/zypp",),
)
APK = Manager(
    "apk",
    install=("apk", "add"),
    keep=("--update-cache", "--cache-dir", "/var/cache/apk"),
    drop=("--no-cache",),
    remove=("apk", "del"),
    kernels="apk info 2>/dev/null | sed -nE '/^linux-(lts|virt|stable|edge|rpi[0-9]*)$/p'",
    caches=("/var/cache/apk",),
)
# Arch does not support partial upgrades: a new package needs the newest version of all others.
PACMAN = Manager(
    "pacman",
    install=("pacman", "-Syu", "--noconfirm", "--needed"),
    clean=("pacman", "-Scc", "--noconfirm"),
    remove=("pacman", "-R", "--noconfirm"),
    kernels="pacman -Qq | sed -nE '/^linux(-lts|-zen|-hardened|-rt|-rt-lts|-rpi|-rpi-16k|-aarch64)?$/p'",
    caches=("/var/cache/pacman/pkg",),
)


class Family(NamedTuple):
    """One family, named as KAIROS_FAMILY names it.

    `ids` are its values of ID and ID_LIKE in /etc/os-release. Without a manager the base has no packages.
    """

    name: FamilyName
    ids: tuple[str, ...]
    manager: Manager | None
    has_systemd: bool = True


FAMILIES: tuple[Family, ...] = (
    Family("debian", ("debian", "ubuntu"), APT),
    Family("redhat", ("fedora", "rhel", "rocky", "almalinux", "centos", "ol", "openEuler"), DNF),
    Family(
        "suse",
        ("opensuse-leap", "opensuse-tumbleweed", "opensuse", "sles", "sle-micro-rancher", "suse"),
        ZYPPER,
    ),
    Family("alpine", ("alpine",), APK, has_systemd=False),
    Family("arch", ("arch",), PACMAN),
    Family("hadron", ("hadron",), None),
)


def is_kernel(package: str, family: FamilyName | None) -> bool:
    """Return whether a package of a family, or of any family if it is unknown, contains a kernel."""
    name = _VERSION.split(package, maxsplit=1)[0]
    patterns = [pattern for each, pattern in _KERNELS.items() if family in (each, None)]
    return not _NO_KERNEL.fullmatch(name) and any(pattern.fullmatch(name) for pattern in patterns)


def family_named(name: FamilyName) -> Family:
    """Return a family by its name."""
    return next(family for family in FAMILIES if family.name == name)


def family_for(name: FamilyName | None, base: str) -> Family | None:
    """Return the family that a file names, otherwise the one of its base's name; None if only the image has it."""
    return family_named(name) if name else family_of(base)


def family_of(base: str) -> Family | None:
    """Return the family of a base image, None if its name is unknown."""
    distribution = distribution_of(base)
    return next((family for family in FAMILIES if distribution in family.ids), None)
