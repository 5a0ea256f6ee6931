"""The keys of a cloud-config and of a stage extension, with their types, and the programs that read them.

A record is a text of fields: `name` for text, `name=type` for another type. `[T]` is a list of T, `{T}` a mapping with
free keys to values of T, a capitalised word is a record. Types are those of the programs that read the file, not of
Kairos' JSON schema, which is wider in some places and stricter in others.

kairos-init runs stage extensions, immucore the stages rootfs and initramfs, kairos-agent all other stages. Each
release of kairos-init contains other releases of these programs, each with a different yip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kairosfile.kairos.releases import Release, release
from kairosfile.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


RECORDS: dict[str, str] = {
    # The steps of yip, the same in a cloud-config and in a stage extension.
    "Step": (
        "after=[Dependency] authorized_keys={[string]} commands=[string] datasource=DataSource "
        "delete_entities=[Entity] directories=[Directory] dns=DNS downloads=[Download] ensure_entities=[Entity] "
        "environment={string} environment_file files=[File] git=Git hostname if if_files={[string]} layout=Layout "
        "modules=[string] name node only_arch only_os only_os_version only_service_manager package_pins={string} "
        "packages=Packages sysctl={string} systemctl=Systemctl systemd_firstboot={string} timesyncd={string} "
        "unpack_images=[UnpackImage] users={User}"
    ),
    "Auth": "insecure=bool password private_key public_key username",
    "DNS": "nameservers=[string] options=[string] path search=[string]",
    "DataSource": "path providers=[string] userdata_name",
    "Dependency": "name",
    "Device": "disk_name init_disk=bool label path",
    "Directory": "group=int owner=int path permissions=uint",
    "Download": "group=int owner=int ownerstring path permissions=uint timeout=int url",
    "Entity": "entity path",
    "Expand": "size=uint",
    "File": "content encoding group=int owner=int ownerstring path permissions=uint",
    "Git": "auth=Auth branch branch_only=bool path url",
    "Layout": "add_partitions=[Partition] device=Device expand_partition=Expand",
    "Packages": "install=[string] refresh=bool remove=[string] upgrade=bool",
    "Partition": "bootable=bool filesystem fsLabel pLabel size=uint",
    "Systemctl": "disable=[string] enable=[string] mask=[string] overrides=[SystemctlOverride] start=[string]",
    "SystemctlOverride": "content name service",
    "UnpackImage": "platform source target",
    "User": (
        "gecos groups=[string] homedir lock_passwd=bool name no_create_home=bool no_log_init=bool no_user_group=bool "
        "passwd primary_group shell ssh_authorized_keys=[string] system=bool uid"
    ),
    # The part of cloud-init's syntax that yip reads.
    "CloudInitFile": "content encoding owner path permissions",
    "CloudInitUser": (
        "coreos_ssh_import_github coreos_ssh_import_github_users=[string] coreos_ssh_import_url gecos groups=[string] "
        "homedir lock_passwd=bool name no_create_home=bool no_log_init=bool no_user_group=bool passwd primary_group "
        "shell ssh_authorized_keys=[string] system=bool uid"
    ),
    "GrowPart": "devices=[string] mode",
    # kairos-agent.
    "Bundle": "repository rootfs_path db_path local_file=bool targets=[string]",
    "Image": "label size=uint fs uri source",
    "Install": (
        "auto=bool reboot=bool poweroff=bool device no-format=bool force=bool grub_options={string} bundles=[Bundle] "
        "encrypted_partitions=[string] skip_copy_kcrypt_plugin=bool env=[string] source ephemeral_mounts=[string] "
        "bind_mounts=[string] partitions=InstallPartitions system=Image recovery-system=Image passive=Image "
        "grub-entry-name extra-partitions=[InstallPartition] extra-dirs-rootfs=[string] nousers=bool "
        "ssh_hardening=bool firmware part-table cloud-init=[string] iso tty allow-insecure-registries=bool "
        "skip-entries=[string]"
    ),
    "InstallPartition": "name partition_label label size=uint fs flags=[string] uuid",
    "InstallPartitions": (
        "oem=InstallPartition recovery=InstallPartition state=InstallPartition persistent=InstallPartition "
        "efi=InstallPartition"
    ),
    "Reset": (
        "reset-persistent=bool reset-oem=bool reboot=bool poweroff=bool grub-entry-name tty "
        "extra-dirs-rootfs=[string] system=Image"
    ),
    "Upgrade": (
        "recovery=bool entry system=Image recovery-system=Image grub-entry-name reboot=bool poweroff=bool "
        "extra-dirs-rootfs=[string] excluded-paths=[string] allow-insecure-registries=bool"
    ),
    "Logs": "journal=[string] files=[string]",
    "Kcrypt": "challenger=Challenger nv_index c_index tpm_device",
    "Challenger": "challenger_server mdns=bool certificate c_index",
    "Phonehome": (
        "url registration_token group labels={string} heartbeat_interval=duration reconnect_backoff=duration "
        "artifact_download_retries=int artifact_download_retry_interval=duration allowed_commands=[string]"
    ),
    "ProvidersPaths": "paths=[string]",
    # provider-kairos.
    "P2P": (
        "network_token network_id role dns=bool loglevel vpn=VPN minimum_nodes=int disable_dht=bool auto=Auto "
        "dynamic_roles=bool"
    ),
    "VPN": "create=bool use=bool env={string}",
    "Auto": "enable=bool ha=HA",
    "HA": "enable=bool external_db master_nodes=int",
    "K3s": "env={string} replace_env=bool replace_args=bool args=[string] enabled=bool embedded_registry=bool",
    "K0s": "env={string} replace_env=bool replace_args=bool args=[string] enabled=bool",
    "KubeVIP": "eip manifest_url interface enable=bool static_pod=bool version image",
    # The top level, by the program that reads the keys and by its strictness.
    "Yip": "name stages={[Step]}",
    "CloudInit": (
        "growpart=GrowPart hostname milpa_files=[CloudInitFile] runcmd=[string] ssh_authorized_keys=[string] "
        "users=[CloudInitUser] write_files=[CloudInitFile]"
    ),
    "Agent": (
        "install=Install config_url options={string} fail_on_bundles_errors=bool bundles=[Bundle] "
        "grub_options={string} env=[string] debug=bool strict=bool cloud-init-paths=[string] eject-cd=bool "
        "cosign=bool verify=bool cosign-key arch squash-compression=[string] squash-no-compression=bool "
        "uki-max-entries=int bind-pcrs=[string] bind-public-pcrs=[string]"
    ),
    "AgentWeak": "reset=Reset upgrade=Upgrade",
    "AgentOther": "logs=Logs kcrypt=Kcrypt phonehome=Phonehome providers=ProvidersPaths",
    "Provider": "p2p=P2P k3s=K3s k3s-agent=K3s k0s=K0s k0s-worker=K0s kubevip=KubeVIP cluster=any",
}

# Of `install`, what only the installation itself reads, weakly typed like `reset` and `upgrade`.
WEAK_FIELDS = frozenset(
    {"firmware", "part-table", "cloud-init", "iso", "tty", "allow-insecure-registries", "skip-entries"}
)

# The first yip that reads a field: an older one ignores it.
SINCE: dict[tuple[str, str], str] = {
    ("DataSource", "userdata_name"): "v1.16.4",
    ("Step", "if_files"): "v1.18.0",
    ("Device", "disk_name"): "v1.19.0",
    ("Device", "init_disk"): "v1.19.0",
    ("Partition", "bootable"): "v1.19.0",
    ("Step", "package_pins"): "v1.22.0",
}

# What is read in place of a key that no program reads: some are in Kairos' JSON schema or documentation, some are what
# other tools call it.
MEANT: dict[tuple[str, str], str] = {
    ("Install", "no_format"): "no-format",
    ("Install", "image"): "source",
    ("CloudInitUser", "lockPasswd"): "lock_passwd",
    ("File", "owner_string"): "ownerstring",
    ("Download", "owner_string"): "ownerstring",
    ("Step", "run"): "commands",
    ("Step", "runcmd"): "commands",
    ("Step", "write_files"): "files",
    ("Step", "ssh_authorized_keys"): "authorized_keys",
    ("K3s", "enable"): "enabled",
    ("K0s", "enable"): "enabled",
}

# Keys of cloud-init that Kairos ignores.
CLOUD_INIT_ONLY = (
    *("packages", "package_update", "package_upgrade", "manage_resolv_conf", "resolv_conf", "bootcmd", "ntp"),
    *("timezone", "locale", "swap", "mounts", "disk_setup", "fs_setup", "power_state", "chpasswd", "ssh_pwauth"),
    *("network", "apt", "yum_repos", "ca_certs", "groups", "fqdn", "disable_root", "final_message", "phone_home"),
)

BOOT_STAGES = ("rootfs", "initramfs", "fs", "boot", "network", "reconcile")
LIFECYCLE_STAGES = (
    *("kairos-install.pre", "before-install", "after-install-chroot", "after-install", "kairos-install.after"),
    *("before-reset", "after-reset-chroot", "after-reset"),
    *("before-upgrade", "after-upgrade-chroot", "after-upgrade"),
    *("kairos-uki-install.pre", "kairos-uki-install.after", "kairos-uki-reset.pre", "kairos-uki-reset.after"),
    *("kairos-uki-upgrade.pre", "kairos-uki-upgrade.after"),
)
PROVIDER_STAGE = "kairos-agent.bootstrap"
ROLE_STAGES = ("provider-kairos.bootstrap.before.", "provider-kairos.bootstrap.after.")  # any role follows
STAGE_SUFFIXES = (".before", ".after")

# Run by immucore, the others by kairos-agent.
IMMUCORE_STAGES = ("rootfs", "initramfs")

Place = Literal["image", "iso", "disk", "extension"]

FOLDER = "/system/oem"  # where the image carries its own
HEADERS = ("#cloud-config", "#kairos-config", "#node-config")
HEADER_LINES = 9  # in which kairos-agent looks for a header

# Since these releases kairos-agent and immucore are built without git, and immucore cannot unpack images.
NO_GIT = Release(0, 7, 0)

# Before this release yip looked for its header on the first line only.
_HEADER_BELOW_COMMENTS = Release(1, 22, 0)

# The first release of kairos-init with these versions of yip: its own, kairos-agent's, immucore's.
_VERSIONS = (
    ("v0.5.0", "v1.16.3", "v1.16.2", "v1.16.2"),
    ("v0.5.2", "v1.16.3", "v1.16.3", "v1.16.3"),
    ("v0.5.11", "v1.16.4", "v1.16.3", "v1.16.3"),
    ("v0.5.12", "v1.16.5", "v1.16.3", "v1.16.3"),
    ("v0.5.16", "v1.16.5", "v1.16.5", "v1.16.3"),
    ("v0.5.20", "v1.16.5", "v1.18.0", "v1.18.0"),
    ("v0.5.29", "v1.16.5", "v1.18.0", "v1.18.1"),
    ("v0.6.0", "v1.18.0", "v1.18.0", "v1.18.0"),
    ("v0.6.1", "v1.18.1", "v1.18.1", "v1.18.0"),
    ("v0.6.2", "v1.18.1", "v1.18.1", "v1.18.1"),
    ("v0.6.3", "v1.18.1", "v1.19.0", "v1.19.0"),
    ("v0.7.0", "v1.21.2", "v1.21.2", "v1.21.2"),
    ("v0.7.1", "v1.22.0", "v1.21.2", "v1.21.2"),
    ("v0.7.2", "v1.23.0", "v1.23.0", "v1.21.2"),
    ("v0.7.4", "v1.23.1", "v1.23.0", "v1.21.2"),
    ("v0.8.6", "v1.23.3", "v1.23.3", "v1.23.3"),
)


_fields: dict[str, dict[str, str]] = {}  # of the records that were read


def fields_of(record: str) -> dict[str, str]:
    """Return the fields of a record with their types."""
    if record not in _fields:
        pairs = (word.partition("=") for word in RECORDS[record].split())
        _fields[record] = {name: type_ or "string" for name, _, type_ in pairs}
    return _fields[record]


TOP_LEVEL = (
    *(
        name
        for record in ("Yip", "CloudInit", "Agent", "AgentWeak", "AgentOther", "Provider")
        for name in fields_of(record)
    ),
)


class Reader(NamedTuple):
    """The reader of a text: its path, the release of kairos-init with its programs, and its name there.

    `names` are the names of the steps of other files in the same directory, by stage, as `after` can refer to them.
    """

    place: Place
    release: Release
    path: str = ""
    names: dict[str, frozenset[str]] = {}  # noqa: RUF012 - never changed

    def yip(self, stage: str) -> Release:
        """Return the version of yip that runs a stage."""
        own, agent, immucore = _versions(self.release)
        if self.place == "extension":
            return own
        return immucore if stage.partition(".")[0] in IMMUCORE_STAGES else agent

    @property
    def finds_late_headers(self) -> bool:
        """Whether every reader finds a header below empty lines and comments."""
        return min(_versions(self.release)[1:]) >= _HEADER_BELOW_COMMENTS


def _versions(chosen: Release) -> Sequence[Release]:
    row = _VERSIONS[0]
    for other in _VERSIONS:
        row = other if release(other[0]) <= chosen else row
    return [release(version) for version in row[1:]]


class Header(NamedTuple):
    """The header of a file: whether yip reads its cloud-init keys, and whether kairos-agent reads it.

    `line` is the line of the header, 0 without one.
    """

    cloud_init: bool
    agent: bool
    line: int = 0


WITH_HEADER = Header(cloud_init=True, agent=True, line=1)


def header_of(text: str, *, below_comments: bool) -> Header:
    """Return the header of a text; `below_comments` is True if yip finds one that is not on the first line."""
    lines = [line.rstrip() for line in text.split("\n")[:HEADER_LINES]]
    line = next((number for number, line in enumerate(lines, 1) if line in HEADERS), 0)
    if not line:
        return Header(cloud_init=False, agent=False)
    first = line == 1 or (below_comments and all(not above or above.startswith("#") for above in lines[: line - 1]))
    return Header(cloud_init=first and lines[line - 1] == HEADERS[0], agent=True, line=line)
