"""The rules of the checker: a stable id, a name, and a title that names the violation.

Each has a page under `docs/rules/` with its reason, a file that violates it and a corrected one.
"""

from __future__ import annotations

from typing import Literal

from kairosfile.named_tuple import NamedTuple

# An error stops the build. The build shows warnings. Only the checker shows notes: worth knowing, seldom urgent.
Severity = Literal["error", "warning", "note"]

PAGES = "https://github.com/kairos-io/kairosfile/blob/main/docs/rules"


class Rule(NamedTuple):
    """One rule. Ids are never reused.

    KF0xx form, KF1xx values, KF2xx fields against each other, KF3xx steps, KF4xx the document, KF5xx advice. An error
    of a rule that `depends_on_release` is a warning where the release is not proven to refuse the file.
    """

    id: str
    name: str
    summary: str
    severity: Severity = "error"
    depends_on_release: bool = False

    @property
    def can_be_suppressed(self) -> bool:
        """Whether some diagnostic of the rule is a warning or a note."""
        return self.severity != "error" or self.depends_on_release

    @property
    def url(self) -> str:
        """The address of the page that explains it."""
        return f"{PAGES}/{self.id}.md"


TEXT = Rule("KF001", "text", "Not UTF-8 text, or larger than 1 MiB")
YAML_SYNTAX = Rule("KF002", "yaml-syntax", "Invalid YAML")
DUPLICATE_KEY = Rule("KF003", "duplicate-key", "Duplicate key")
UNKNOWN_KEY = Rule("KF004", "unknown-key", "Unknown key")
MISSING_FIELD = Rule("KF005", "missing-field", "Missing required field")
WRONG_TYPE = Rule("KF006", "wrong-type", "Wrong type")
TOO_LARGE = Rule("KF007", "too-large", "Document too deep or too large")
STEP_VERB = Rule("KF008", "step-verb", "A step or test without exactly one action")
LINT_RULE = Rule("KF009", "lint-rule", "Unknown rule in a suppression")
SYNTAX_LINE = Rule("KF010", "syntax-line", "`# syntax=` line missing or late", "note")
SUPPRESSION = Rule("KF011", "suppression", "Suppression without effect", "note")

UNKNOWN_VALUE = Rule("KF101", "unknown-value", "Unknown value")
REFERENCE = Rule("KF102", "reference", "Malformed image reference")
VERSION = Rule("KF103", "version", "Version that kairos-init cannot parse", depends_on_release=True)
PROVIDER_VERSION = Rule("KF104", "provider-version", "Not a release of the provider")
PATH = Rule("KF105", "path", "Path that cannot be copied")
MODE = Rule("KF121", "mode", "Invalid permissions")
OWNER = Rule("KF122", "owner", "Invalid owner")
VARIABLE = Rule("KF123", "variable", "Invalid or repeated environment variable")
PACKAGE = Rule("KF124", "package", "Invalid package name")
MOUNT_ID = Rule("KF125", "mount-id", "Invalid id of a secret, SSH agent or cache")
SIZE = Rule("KF126", "size", "Invalid size")
UNIT = Rule("KF127", "unit", "Invalid unit name")
LINE = Rule("KF128", "line", "Text of a test that spans lines")
NOT_OF_IMAGE = Rule("KF129", "not-of-image", "Path of a test that is not part of the image")
DOWNLOAD = Rule("KF130", "download", "Download without a valid URL and checksum")

ALPHABET = Rule("KF131", "alphabet", "Control character in a name, label, annotation or path")

VARIANT_PROVIDER = Rule("KF201", "variant-provider", "Variant contradicts the provider")
RELEASE_FEATURE = Rule("KF202", "release-feature", "Not supported by the chosen kairos-init release")
MODEL_PLATFORM = Rule("KF203", "model-platform", "Model not available for the platform")
TRUSTED_BOOT_MODEL = Rule("KF204", "trusted-boot-model", "Trusted boot with a model other than generic")
KAIROS_INIT = Rule("KF210", "kairos-init", "Contradicting parts of `kairos_init`")
FRAMEWORK_VERSION = Rule("KF211", "framework-version", "Image version that is the framework's version before v0.2.5")
NEWER_RELEASE = Rule("KF212", "newer-release", "kairos-init newer than the known command lines", "warning")
SKIP_STEP = Rule("KF213", "skip-step", "Skipped step that the chosen kairos-init does not have")
ENVIRONMENT = Rule("KF214", "environment", "Environment variable that the chosen kairos-init does not read")
BINARY_VERSION = Rule("KF215", "binary-version", "Binary without a release")
STAGE_EXTENSION = Rule("KF216", "stage-extension", "Stage extension that kairos-init ignores")
UNKNOWN_RELEASE = Rule("KF217", "unknown-release", "Release of kairos-init unknown", "warning")
TRUSTED_BOOT_BASE = Rule("KF220", "trusted-boot-base", "Base without support for Trusted Boot", "warning")
FIPS_BASE = Rule("KF221", "fips-base", "Base without support for FIPS")
FIPS_PLATFORM = Rule("KF222", "fips-platform", "Platform without support for FIPS")
PROVIDER_PLATFORM = Rule("KF223", "provider-platform", "Provider not released for the platform")
MODEL_BASE = Rule("KF224", "model-base", "Base without a kernel for the model")
BASE_STANDARD = Rule("KF225", "base-standard", "Provider over a base that already has one")
BASE_UNUSABLE = Rule("KF226", "base-unusable", "Base that kairos-init cannot convert")
BASE_CONVERTED = Rule("KF227", "base-converted", "Base is already a Kairos image", "warning")
BASE_RELEASE = Rule("KF228", "base-release", "Distribution unknown to the chosen kairos-init")
KAIROS_INIT_PLATFORM = Rule("KF229", "kairos-init-platform", "kairos-init not released for the platform")

ARTIFACT_TRUSTED_BOOT = Rule("KF230", "artifact-trusted-boot", "Artifact contradicts trusted boot")
AURORABOOT = Rule("KF231", "auroraboot", "Contradicting parts of `auroraboot`")
AURORABOOT_FEATURE = Rule("KF232", "auroraboot-feature", "Not supported by the chosen AuroraBoot release")
NEWER_AURORABOOT = Rule("KF233", "newer-auroraboot", "AuroraBoot newer than the known command lines", "warning")
PRIVATE_KEY = Rule("KF234", "private-key", "Private key in the folder of public keys")
ARTIFACT_OPTIONS = Rule("KF235", "artifact-options", "Artifact options that exclude each other")
ARTIFACT_PLATFORM = Rule("KF236", "artifact-platform", "Artifact not available for the platform")
ARTIFACT_SECRET = Rule("KF237", "artifact-secret", "Secret cloud-config that would be exposed or is given twice")
NOT_CONVERTED = Rule("KF240", "not-converted", "Field without effect on an image that is not converted")
TRUSTED_BOOT_MODULES = Rule("KF243", "trusted-boot-modules", "Kernel modules for Trusted Boot missing")
PROVIDER_PLUGIN = Rule("KF241", "provider-plugin", "Provider without a plugin", "warning")
PROVIDER_PLUGINS = Rule("KF242", "provider-plugins", "Several providers or plugins")
INSTALL_PARTS = Rule("KF246", "install-parts", "Install cannot run in parts")

KERNEL_AFTER_INIT = Rule("KF301", "kernel-after-init", "Kernel changed after init")
TEMPORARY = Rule("KF302", "temporary", "File where init deletes it")
APT_LISTS = Rule("KF303", "apt-lists", "apt lists removed before init needs them")
HOST_KEYS = Rule("KF304", "host-keys", "SSH host keys created after init")
HOST_NETWORK = Rule("KF305", "host-network", "Host network needs permission", "note")
MASKED_UNIT = Rule("KF306", "masked-unit", "Unit masked that Kairos needs")
CONTRADICTION = Rule("KF307", "contradiction", "Step contradicts itself")
EMPTY_STEP = Rule("KF308", "empty-step", "Empty step")
MOUNT_TARGET = Rule("KF309", "mount-target", "Invalid or repeated mount target")
FAMILY = Rule("KF310", "family", "Not supported by the base's distribution")
HIDDEN_AT_BOOT = Rule("KF311", "hidden-at-boot", "File hidden on a booted machine", "warning")
SECOND_KERNEL = Rule("KF312", "second-kernel", "Second kernel installed by a packages step", "warning")
NO_PACKAGE_MANAGER = Rule("KF313", "no-package-manager", "Package manager that the base does not have", "warning")

RUN_LIST = Rule("KF314", "run-list", "List of commands as `run`", "warning")
RUN_LINES = Rule("KF315", "run-lines", "Lines of a `run` joined by YAML", "warning")

UNDEFINED_ARG = Rule("KF401", "undefined-arg", "Undefined arg")
ARG = Rule("KF402", "arg", "Invalid arg")
INTERPOLATION = Rule("KF403", "interpolation", "Malformed interpolation")
PLATFORM = Rule("KF404", "platform", "Platform not in the file, or unknown")
MISSING_FILE = Rule("KF405", "missing-file", "File missing from the build context")
INCLUDE = Rule("KF406", "include", "Include cycle, or too many included files")
METADATA = Rule("KF407", "metadata", "Invalid label or annotation key")
METADATA_KEY = Rule("KF425", "metadata-key", "Label or annotation key that some tools cannot read", "warning")
CLOUD_CONFIG = Rule("KF408", "cloud-config", "Cloud-config that Kairos does not read", depends_on_release=True)
LOCK = Rule("KF411", "lock", "Invalid lock file")
CLOUD_CONFIG_KEY = Rule("KF409", "cloud-config-key", "Unknown key in a cloud-config", "warning")
CLOUD_CONFIG_TYPE = Rule("KF413", "cloud-config-type", "Wrong type in a cloud-config", depends_on_release=True)
CLOUD_CONFIG_STAGE = Rule("KF414", "cloud-config-stage", "Unknown stage name close to a known one", "warning")
CLOUD_CONFIG_AFTER = Rule(
    "KF415", "cloud-config-after", "`after` names a step of another stage or file", depends_on_release=True
)
CLOUD_CONFIG_MODE = Rule("KF416", "cloud-config-mode", "Unexpected file mode in a cloud-config", "warning")
CLOUD_CONFIG_PASSWORD = Rule("KF417", "cloud-config-password", "User with an empty password", "warning")
CLOUD_CONFIG_AT_BOOT = Rule("KF418", "cloud-config-at-boot", "Step that cannot work at boot")
CLOUD_CONFIG_READER = Rule("KF419", "cloud-config-reader", "Key newer than the program that reads it", "warning")
CLOUD_CONFIG_EFFECT = Rule("KF420", "cloud-config-effect", "Value in a cloud-config without effect", "warning")
CLOUD_CONFIG_TEMPLATE = Rule("KF421", "cloud-config-template", "Template in a cloud-config that is never filled")
CLOUD_CONFIG_DIRECTORY = Rule("KF422", "cloud-config-directory", "Directory readable by root only", "note")
COPY_SOURCE = Rule("KF423", "copy-source", "Copied or mounted path missing from the build context", "warning")
UNUSED_BUILD_ARG = Rule("KF424", "unused-build-arg", "Unused build arg", "warning")
MATRIX = Rule("KF412", "matrix", "Matrix value or exclude without effect")

BASE_PINNED = Rule("KF501", "base-not-pinned", "Base image is not pinned by digest", "note")
KAIROS_INIT_PINNED = Rule("KF502", "kairos-init-not-pinned", "kairos-init is not pinned by digest", "note")
PROVIDER_PINNED = Rule("KF503", "provider-not-pinned", "Provider has no version", "note")
SECRET = Rule("KF504", "secret", "Possible secret in the file", "warning")
PACKAGE_CACHE = Rule("KF505", "package-cache", "Package manager cache left in the image", "warning")
VERSION_PREFIX = Rule("KF506", "version-prefix", "Version without a leading v", "warning")
VERSION_BUILD = Rule("KF507", "version-build", "Version that cannot be part of an image tag", "warning")
VERSION_PARTS = Rule("KF508", "version-parts", "Version without three parts", "warning")
NOT_LOCKED = Rule("KF509", "not-locked", "Image missing from the lock file", "warning")
KEY_IN_OVERLAY = Rule("KF510", "key-in-overlay", "Private key in an overlay", "warning")


def every() -> list[Rule]:
    """Return all rules, by id."""
    return sorted({rule for rule in globals().values() if isinstance(rule, Rule)}, key=lambda rule: rule.id)


def warnings() -> list[Rule]:
    """Return the rules that can be suppressed, by id."""
    return [rule for rule in every() if rule.can_be_suppressed]


_known: dict[str, Rule] = {}


def find(word: str) -> Rule | None:
    """Return the rule with an id or a name, None for an unknown one."""
    if not _known:
        _known.update({word: rule for rule in every() for word in (rule.id, rule.name)})
    return _known.get(word)
