"""Artifacts of the finished image: an ISO, a UKI, netboot files, disks.

    image -> AuroraBoot, the image's root mounted read-only -> its files under their names, each with a .sha256

AuroraBoot creates them in a container without network. A second step selects the requested files of its output, renames
them to Kairos' conventions and adds checksums, so that another name leaves the first step cached.

AuroraBoot's names changed with its releases, and some do not depend on the image; before v0.6.0 disks are in a folder
`build`. So the second step computes the name from the same fields of /etc/kairos-release that AuroraBoot and Kairos'
SDK read, unless the Kairosfile has one.

A cloud-config is put into the ISO as a file instead of passing it by a flag, because AuroraBoot prints flags. A secret
one is added to the finished ISO by the second step, as AuroraBoot itself does with an existing ISO: so AuroraBoot's
step contains no secret, stays cached and can be shared. The second step then runs in every build, and
plan/secret_export.py exports its result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.kairos import auroraboot
from kairosfile.kairos.auroraboot import FILES
from kairosfile.kairos.releases import PLAIN
from kairosfile.language.files import clean
from kairosfile.named_tuple import NamedTuple
from kairosfile.oci import Platform
from kairosfile.plan.model import AURORABOOT, Artifact, File, Image, Mount, Run, Step
from kairosfile.sections.artifacts.checks import MEBIBYTE
from kairosfile.sections.artifacts.records import Artifacts, Iso, Raw, Uki, UkiKeys
from kairosfile.sections.document import pinned
from kairosfile.sections.hooks.run import SHELL
from kairosfile.sections.hooks.values import size_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.language.nodes import Range
    from kairosfile.sections.artifacts.records import ConfigSource
    from kairosfile.sections.document import Document


RUN_OUTPUT = "/made"
RELEASE = "/kairos-release"
OUTPUT = "/output"
CONFIG = "config.yaml"  # which Kairos looks for in the root of the medium that it was booted from
SECRET = f"/run/secrets/{CONFIG}"

# $1 is the name, empty for Kairos' convention; then for each file its suffix and its new suffix. The suffix / means all
# files, in a folder.
SCRIPT = r"""name=$1
shift
if [ -z "$name" ]; then
    . /kairos-release
    variant=${KAIROS_VARIANT:-$VARIANT}
    name=kairos-${KAIROS_FLAVOR:-$FLAVOR}-${KAIROS_FLAVOR_RELEASE:-$FLAVOR_RELEASE}-$variant
    name=$name-${KAIROS_ARCH:-${KAIROS_TARGETARCH:-$ARCH}}-${KAIROS_MODEL:-$MODEL}
    name=$name-${KAIROS_RELEASE:-${KAIROS_VERSION:-$VERSION}}
    prefix=${KAIROS_SOFTWARE_VERSION_PREFIX:-$SOFTWARE_VERSION_PREFIX}
    [ -z "$prefix" ] || [ "$variant" = core ] ||
        name=$name-$prefix${KAIROS_SOFTWARE_VERSION:-$SOFTWARE_VERSION}
fi
cd /output
while [ $# -gt 0 ]; do
    if [ "$1" = / ]; then
        cp -R /made "$name$2"
        find "$name$2" -type f -exec sha256sum {} + | sort -k 2 >"$name$2.sha256"
    else
        for found in /made/*"$1" /made/build/*"$1"; do [ ! -f "$found" ] || break; done
        if [ ! -f "$found" ]; then
            echo "AuroraBoot made no file *$1:" >&2
            ls -l /made >&2
            exit 1
        fi
        if [ -e /run/secrets/config.yaml ]; then
            xorriso -report_about WARNING -indev "$found" -outdev "$name$2" \
                -map /run/secrets/config.yaml /config.yaml -boot_image any replay
        else
            cp "$found" "$name$2"
        fi
        chmod 0644 "$name$2"
        sha256sum "$name$2" >"$name$2.sha256"
    fi
    shift 2
done
"""

Security = Literal["sandbox", "insecure"]

OVERLAY_ROOTFS = "/overlay/rootfs"
OVERLAY_ISO = "/overlay/iso"
RAW_CONFIG = "/cloud-config.yaml"
FILLED = "/filled-cloud-config.yaml"
SPLASH = "/splash.bmp"
# Up to three copies of the root file system at the same time: too much for memory.
SCRATCH = "/tmp"  # noqa: S108 - a mount point
ENVIRONMENT = (PLAIN, ("TMPDIR", SCRATCH))

INSTEAD = "an image for Trusted Boot has no initrd: build it with --target uki"
REFUSED = {
    "untrusted": "a UKI is made of an image with `trusted_boot: true` only",
    "no keys": "write what it is signed with: `artifacts: {uki: {keys: {public_keys: FOLDER}}}`",
}

SUMMARIES = {
    "iso": "an ISO that installs the image",
    "netboot": "kernel, initrd and squashfs, to boot the image from the network",
    "raw": "disks that a machine or a cloud boots the image from",
    "uki": "signed files, Unified Kernel Images, that boot the image by Trusted Boot",
}


class Named(NamedTuple):
    """The source of file names: the step with the root of the image, or an explicit name."""

    root: str
    name: str


def collect(kind: str, run: Step, named: Named, range_: Range, secret: str = "") -> Step:
    """Return the step that selects the files of `kind`, a key of `auroraboot.FILES`, from the output of `run`.

    `secret` is the id of a secret that becomes the cloud-config of an ISO.
    """
    words = [word for each in FILES[kind] for word in each]
    mounts = [Mount("step", RUN_OUTPUT, step=run.id), Mount("empty", OUTPUT)]
    if not named.name:
        mounts.append(Mount("step", RELEASE, step=named.root, path="/etc/kairos-release"))
    if secret:
        mounts.append(Mount("secret", SECRET, id=secret, required=True))
    argv = (*SHELL, SCRIPT, "collect", named.name, *words)
    config = (f"{run.fields[-1]}.cloud_config",) if secret else ()
    fields = ("artifacts.auroraboot", "artifacts.name", *config)
    action = Run(argv, tuple(mounts), network="none")
    name = f"name {kind} and its checksum"
    return Step(kind, name, AURORABOOT, action, (range_,), fields, holds_secret=bool(secret))


def artifacts(document: Document, root: str) -> tuple[Artifact, ...]:
    """Return the artifacts of the image whose root file system is the result of the step `root`."""
    makers = _Makers(document, root)
    if document.model.trusted_boot:
        return (makers.uki(makers.artifacts.uki),) if makers.artifacts.uki else ()
    return (makers.iso(), makers.netboot(), makers.raw())


def refused(document: Document) -> tuple[tuple[str, str], ...]:
    """Return the artifacts that cannot be made from the image, with the reasons."""
    if not document.model.trusted_boot:
        return (("uki", REFUSED["untrusted"]),)
    artifacts = document.model.artifacts
    missing = () if artifacts and artifacts.uki else (("uki", REFUSED["no keys"]),)
    return (*missing, *((name, INSTEAD) for name in ("iso", "netboot", "raw")))


class _Makers:
    """Makes the artifacts of one image."""

    def __init__(self, document: Document, root: str) -> None:
        self.document = document
        self.root = root
        self.artifacts = document.model.artifacts or Artifacts()
        self.release = self.artifacts.auroraboot.release

    def iso(self) -> Artifact:
        iso = self.artifacts.iso or Iso()
        run = self._iso_run(iso)
        steps = [*self._filled("iso", iso.cloud_config), run, self._collect("iso", run, iso.cloud_config)]
        return self._artifact("iso", steps, ["iso"])

    def netboot(self) -> Artifact:
        """The parts of the ISO of the file."""
        options = self.artifacts.iso or Iso()
        iso = self._iso_run(options)
        # Older releases open the ISO for writing, though they only read it.
        mounts = (Mount("step", auroraboot.ISO_FOLDER, step=iso.id, writable=True), *_work())
        run = Run(auroraboot.NETBOOT, mounts, ENVIRONMENT, network="none")
        range_ = self._range("netboot")
        fields = ("artifacts.auroraboot",)
        name = "take netboot files out of the ISO"
        config = self._filled("iso", options.cloud_config)
        steps = [*config, iso, Step("auroraboot-netboot", name, AURORABOOT, run, (range_,), fields)]
        return self._artifact("netboot", [*steps, self._collect("netboot", steps[-1])], ["netboot"])

    def uki(self, options: Uki) -> Artifact:
        """One run of AuroraBoot for each output: it makes one at a time."""
        runs = [self._uki_run(options, output) for output in dict.fromkeys(options.outputs)]
        return self._several("uki", runs, options.cloud_config)

    def raw(self) -> Artifact:
        options = self.artifacts.raw or Raw()
        runs = [self._raw_run(options, each) for each in dict.fromkeys(options.formats)]
        return self._several("raw", runs, options.cloud_config, auroraboot.INSECURE)

    def _several(self, name: str, runs: Sequence[Step], config: ConfigSource | None, entitlement: str = "") -> Artifact:
        """Return one artifact of several runs; the cloud-config goes into what is an ISO."""
        steps, results = [], []
        for run in runs:
            kind = run.id.partition("-")[2]
            steps += [run, self._collect(kind, run, config if kind.endswith("-iso") else None)]
            results.append(steps[-1].id)
        return self._artifact(name, [*self._filled(name, config), *steps], results, entitlement)

    def _filled(self, kind: str, config: ConfigSource | None) -> list[Step]:
        """Return the step that makes the file of a cloud-config that is a template; none for any other."""
        if config is None or not config.template or not config.from_:
            return []
        from kairosfile.sections.cloud_config import checks  # noqa: PLC0415 - few artifacts have one

        args = checks.args_of_file(self.document, config.from_)
        fields = ("artifacts.auroraboot", f"artifacts.{kind}.cloud_config", *args)
        text = checks.filled_text(self.document, ("artifacts", kind, "cloud_config", "from"), config.from_)
        file = File(FILLED, text, source=config.from_)
        return [Step(f"{kind}-cloud-config", "fill the cloud-config", AURORABOOT, file, (self._range(kind),), fields)]

    def _artifact(self, name: str, steps: list[Step], results: list[str], entitlement: str = "") -> Artifact:
        is_requested = getattr(self.artifacts, name) is not None
        kinds = [step.partition("-")[2] for step in results]
        summary = f"{SUMMARIES[name]}: {', '.join(kinds)}" if any(kinds) else SUMMARIES[name]
        return Artifact(
            name, summary, (self._image(),), tuple(steps), tuple(results), self._range(name), is_requested, entitlement
        )

    def _image(self) -> Image:
        """A UKI is signed for the processor that AuroraBoot runs on; other artifacts need no emulation."""
        build = self.document.reader.build_platform
        here = "" if self.document.model.trusted_boot else str(Platform.parse(build).normalized()) if build else ""
        reference, range_ = self.artifacts.auroraboot.reference, self._range("auroraboot")
        return pinned(self.document, AURORABOOT, reference, range_, here)

    def _iso_run(self, options: Iso) -> Step:
        settings = {
            **_overlays(options),
            "arch": Platform.parse(self.document.platform).architecture,
            "extend_cmdline": options.extend_cmdline,
            "console": options.console,
        }
        return self._run("iso", "make the ISO", settings, _overlay_mounts("iso", options))

    def _uki_run(self, options: Uki, output: str) -> Step:
        is_iso = output == "iso"
        mounts = [*_overlay_mounts("uki", options, with_iso=is_iso), *self._key_mounts(options.keys)]
        if options.splash:
            mounts.append(Mount("context", SPLASH, path=clean(options.splash)))
        settings = {
            **{name: value for name, value in vars(options).items() if name not in ("keys", "outputs", "cloud_config")},
            **_overlays(options, with_iso=is_iso),
            "output_type": output,
            "splash": SPLASH if options.splash else None,
            "efi_size_warn": _mebibytes(options.efi_size_warn),
        }
        name = {"iso": "make the UKI's ISO", "container": "make the UKI's image", "uki": "make the UKI"}[output]
        return self._run(f"uki-{output}", name, settings, mounts)

    def _key_mounts(self, keys: UkiKeys) -> list[Mount]:
        """Mount keys of both kinds in one folder; of the context only files whose names are those of public keys."""
        folder = clean(keys.public_keys)
        public = [
            Mount("context", f"{auroraboot.KEYS}/{name}", path=f"{folder}/{name}")
            for name in auroraboot.public_keys(self.release)
        ]
        private = [
            Mount("secret", f"{auroraboot.KEYS}/{auroraboot.PRIVATE_KEYS[name]}", id=getattr(keys, name), required=True)
            for name in auroraboot.secrets(self.release)
        ]
        return [Mount("tmpfs", auroraboot.KEYS), *public, *private]

    def _raw_run(self, options: Raw, disk: str) -> Step:
        config = options.cloud_config.from_ if options.cloud_config else None
        settings = {
            "format": auroraboot.disk_key(disk, self.release),
            "size": _mebibytes(options.size),
            "state_size": _mebibytes(options.state_size),
            "recovery_image_size": _mebibytes(options.recovery_image_size),
            "cloud_config": RAW_CONFIG if config else None,
            "no_default_cloud_config": not options.default_cloud_config,
        }
        mounts = [_config_mount("raw", options.cloud_config, RAW_CONFIG)] if options.cloud_config and config else []
        return self._run(f"raw-{disk}", f"make the {disk} disk", settings, mounts, security="insecure")

    def _run(
        self,
        output: str,
        name: str,
        settings: auroraboot.Settings,
        mounts: Iterable[Mount],
        *,
        security: Security = "sandbox",
    ) -> Step:
        kind = output.partition("-")[0]
        argv = auroraboot.command(kind, self.release, settings)
        shown = (self._step_mount(auroraboot.ROOTFS, self.root), *mounts, *_work())
        run = Run(argv, shown, ENVIRONMENT, network="none", security=security)
        fields = ("artifacts.auroraboot", f"artifacts.{kind}")
        range_ = self._range(kind)
        return Step(f"auroraboot-{output}", name, AURORABOOT, run, (range_,), fields)

    def _collect(self, kind: str, run: Step, config: ConfigSource | None = None) -> Step:
        secret = config.secret if config and config.secret else ""
        range_ = self._range(kind.partition("-")[0])
        return collect(kind, run, Named(self.root, self.artifacts.name or ""), range_, secret)

    def _step_mount(self, target: str, step: str) -> Mount:
        return Mount("step", target, step=step)

    def _range(self, part: str) -> Range:
        return self.document.range("artifacts", part) if self.document.has("artifacts") else self.document.range("base")


def _work() -> tuple[Mount, ...]:
    return (Mount("scratch", SCRATCH), Mount("empty", auroraboot.OUTPUT))


def _overlays(options: Iso | Uki, *, with_iso: bool = True) -> dict[str, str | None]:
    has_iso = with_iso and (options.overlay_iso or _config_file(options))
    return {
        "overlay_rootfs": OVERLAY_ROOTFS if options.overlay_rootfs else None,
        "overlay_iso": OVERLAY_ISO if has_iso else None,
    }


def _overlay_mounts(kind: str, options: Iso | Uki, *, with_iso: bool = True) -> list[Mount]:
    mounts = []
    if options.overlay_rootfs:
        mounts.append(Mount("context", OVERLAY_ROOTFS, path=clean(options.overlay_rootfs)))
    if not with_iso:
        return mounts
    config = _config_file(options)
    if options.overlay_iso:
        # The mount point of the config is created in it; changes there are discarded.
        folder = clean(options.overlay_iso)
        mounts.append(Mount("context", OVERLAY_ISO, path=folder, writable=bool(config)))
    if config and options.cloud_config:
        mounts += [Mount("tmpfs", OVERLAY_ISO)] if not options.overlay_iso else []
        mounts.append(_config_mount(kind, options.cloud_config, f"{OVERLAY_ISO}/{CONFIG}"))
    return mounts


def _config_mount(kind: str, config: ConfigSource, target: str) -> Mount:
    if config.template:
        return Mount("step", target, step=f"{kind}-cloud-config", path=FILLED)
    return Mount("context", target, path=clean(config.from_ or ""))


def _config_file(options: Iso | Uki) -> str:
    """Return the file of the context that is the cloud-config; AuroraBoot's step does not add a secret one."""
    return clean(options.cloud_config.from_) if options.cloud_config and options.cloud_config.from_ else ""


def _mebibytes(text: str | None) -> str | None:
    return str((size_bytes(text) or 0) // MEBIBYTE) if text else None
