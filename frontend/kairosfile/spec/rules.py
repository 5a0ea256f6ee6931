"""The rules that a Kairosfile is held against: an id that stays, a name, and one sentence.

Each has a page under `docs/rules/` that says why, with a file that breaks it and one that keeps it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

# An error stops the build. A warning is shown by it. A note is for who runs the checker: worth knowing, seldom urgent.
Severity = Literal["error", "warning", "note"]

PAGES = "https://github.com/kairos-io/kairosfile/blob/main/docs/rules"


class Rule(NamedTuple):
    """One rule. Ids are never reused.

    KF0xx form, KF1xx values, KF2xx fields against each other, KF3xx steps, KF4xx the document, KF5xx advice.
    """

    id: str
    name: str
    summary: str
    severity: Severity = "error"

    @property
    def url(self) -> str:
        """The address of the page that explains it."""
        return f"{PAGES}/{self.id}.md"


TEXT = Rule("KF001", "text", "The file is UTF-8 text of at most 1 MiB.")
YAML_SYNTAX = Rule("KF002", "yaml-syntax", "The file is one YAML document.")
DUPLICATE_KEY = Rule("KF003", "duplicate-key", "A key stands once in its mapping.")
UNKNOWN_KEY = Rule("KF004", "unknown-key", "Every key is one that the language knows.")
MISSING_FIELD = Rule("KF005", "missing-field", "Required fields are there.")
WRONG_TYPE = Rule("KF006", "wrong-type", "A value has the type of its field.")
TOO_LARGE = Rule("KF007", "too-large", "The document stays within its bounds of depth and size.")
STEP_VERB = Rule("KF008", "step-verb", "A hook step does exactly one thing, a test looks at one.")
LINT_RULE = Rule("KF009", "lint-rule", "Comments, `# check=` and the section `lint` name warnings that exist.")

UNKNOWN_VALUE = Rule("KF101", "unknown-value", "A value is one that the field knows.")
REFERENCE = Rule("KF102", "reference", "An image reference is well formed.")
VERSION = Rule("KF103", "version", "A version is one that kairos-init can parse.")
PROVIDER_VERSION = Rule("KF104", "provider-version", "A provider version is a release of that provider.")
PATH = Rule("KF105", "path", "A path can be copied from or to.")
MODE = Rule("KF121", "mode", "Permissions are three or four octal digits.")
OWNER = Rule("KF122", "owner", "An owner is a user and perhaps a group, each a name or a number.")
VARIABLE = Rule("KF123", "variable", "An environment variable has a name that a shell can read, and is set once.")
PACKAGE = Rule("KF124", "package", "A package is named as package managers name packages.")
MOUNT_ID = Rule("KF125", "mount-id", "A secret, an agent or a cache has an id of letters, digits and a few signs.")
SIZE = Rule("KF126", "size", "A size is a number of bytes, or one with k, m or g.")
UNIT = Rule("KF127", "unit", "A unit is named as systemd names units.")
LINE = Rule("KF128", "line", "A test looks for what can stand on one line.")
NOT_OF_IMAGE = Rule("KF129", "not-of-image", "A test looks at paths that are the image's own while a build runs.")

VARIANT_PROVIDER = Rule("KF201", "variant-provider", "Core has no provider, standard has one.")
RELEASE_FEATURE = Rule("KF202", "release-feature", "The chosen kairos-init release knows what is asked of it.")
MODEL_PLATFORM = Rule("KF203", "model-platform", "The model exists for the platform.")
TRUSTED_BOOT_MODEL = Rule("KF204", "trusted-boot-model", "Trusted boot is for the generic model.")
KAIROS_INIT = Rule("KF210", "kairos-init", "The parts of `kairos_init` name one image and one release.")
FRAMEWORK_VERSION = Rule("KF211", "framework-version", "Before v0.2.5 the image's version is the framework's.")
NEWER_RELEASE = Rule("KF212", "newer-release", "The command line of the chosen kairos-init is known.", "warning")
SKIP_STEP = Rule("KF213", "skip-step", "Every step to skip is one of the chosen kairos-init.")
ENVIRONMENT = Rule("KF214", "environment", "Every variable is one that the chosen kairos-init reads.")
BINARY_VERSION = Rule("KF215", "binary-version", "A binary is named by its release.")
STAGE_EXTENSION = Rule("KF216", "stage-extension", "A stage extension is one that kairos-init does not ignore.")
TRUSTED_BOOT_BASE = Rule("KF220", "trusted-boot-base", "The base can be booted by Trusted Boot.")
FIPS_BASE = Rule("KF221", "fips-base", "kairos-init makes FIPS images of the base.")
FIPS_PLATFORM = Rule("KF222", "fips-platform", "kairos-init makes FIPS images for the platform.")
PROVIDER_PLATFORM = Rule("KF223", "provider-platform", "The provider is released for the platform.")
MODEL_BASE = Rule("KF224", "model-base", "The base has a kernel for the model.")
BASE_STANDARD = Rule("KF225", "base-standard", "A provider is not installed over another.")
BASE_UNUSABLE = Rule("KF226", "base-unusable", "kairos-init can work on the base.")
BASE_CONVERTED = Rule("KF227", "base-converted", "The base is no image that Kairos has already made.", "warning")
BASE_RELEASE = Rule("KF228", "base-release", "The chosen kairos-init knows the base's distribution.")
KAIROS_INIT_PLATFORM = Rule("KF229", "kairos-init-platform", "kairos-init is released for the platform.")

ARTIFACT_TRUSTED_BOOT = Rule("KF230", "artifact-trusted-boot", "Trusted boot has a UKI, other images have the rest.")
AURORABOOT = Rule("KF231", "auroraboot", "The parts of `auroraboot` name one image and one release.")
AURORABOOT_FEATURE = Rule("KF232", "auroraboot-feature", "The chosen AuroraBoot knows what is asked of it.")
NEWER_AURORABOOT = Rule("KF233", "newer-auroraboot", "The command line of the chosen AuroraBoot is known.", "warning")
PRIVATE_KEY = Rule("KF234", "private-key", "No private key is in the folder of public keys.")
ARTIFACT_OPTIONS = Rule("KF235", "artifact-options", "What is asked of an artifact can be done together.")
ARTIFACT_PLATFORM = Rule("KF236", "artifact-platform", "The artifact exists for the platform.")
ARTIFACT_SECRET = Rule("KF237", "artifact-secret", "A cloud-config comes from one place, and a secret stays secret.")

KERNEL_AFTER_INIT = Rule("KF301", "kernel-after-init", "Kernels are changed before init, which makes their initrd.")
TEMPORARY = Rule("KF302", "temporary", "Nothing that is to stay is put where init cleans up.")
APT_LISTS = Rule("KF303", "apt-lists", "Trusted boot on Ubuntu keeps the lists of apt for init.")
HOST_KEYS = Rule("KF304", "host-keys", "No SSH host keys are made after init.")
HOST_NETWORK = Rule("KF305", "host-network", "The network of the host has to be allowed by who builds.", "note")
MASKED_UNIT = Rule("KF306", "masked-unit", "Units that Kairos needs are not masked.")
CONTRADICTION = Rule("KF307", "contradiction", "A step does not ask for a thing and its opposite.")
EMPTY_STEP = Rule("KF308", "empty-step", "A step names something to do.")
MOUNT_TARGET = Rule("KF309", "mount-target", "Each mount has a place of its own below the root.")
FAMILY = Rule("KF310", "family", "The base's family can do what a step asks of it.")

UNDEFINED_ARG = Rule("KF401", "undefined-arg", "A name in ${...} is one of the file's args or of the platform's.")
ARG = Rule("KF402", "arg", "An arg has a name that a shell can read and a value from the file or the command line.")
INTERPOLATION = Rule("KF403", "interpolation", "What follows a dollar is {NAME}, {NAME:-default} or another dollar.")
PLATFORM = Rule("KF404", "platform", "The file is for the platform that is built, and names platforms that exist.")
MISSING_FILE = Rule("KF405", "missing-file", "A file that is named is in the build context.")
INCLUDE = Rule("KF406", "include", "Included files do not include themselves, and are not too many.")
METADATA = Rule("KF407", "metadata", "Labels and annotations have keys that registries accept.")
CLOUD_CONFIG = Rule("KF408", "cloud-config", "A cloud-config is one that Kairos reads.")
LOCK = Rule("KF411", "lock", "The lock file is one that `kairosfile lock` writes.")
CLOUD_CONFIG_KEY = Rule("KF409", "cloud-config-key", "The keys of a cloud-config are known to Kairos.", "warning")
MATRIX = Rule("KF412", "matrix", "Every value of a matrix is in an image, and every exclude leaves some out.")

BASE_PINNED = Rule("KF501", "base-not-pinned", "The base is pinned by a digest.", "warning")
KAIROS_INIT_PINNED = Rule("KF502", "kairos-init-not-pinned", "kairos-init is pinned by a digest.", "note")
PROVIDER_PINNED = Rule("KF503", "provider-not-pinned", "The provider has a version.", "warning")
SECRET = Rule("KF504", "secret", "No secret stands in the file.", "warning")
PACKAGE_CACHE = Rule("KF505", "package-cache", "A `run` step leaves no caches of a package manager.", "warning")
VERSION_PREFIX = Rule("KF506", "version-prefix", "The version begins with a v.", "warning")
VERSION_BUILD = Rule("KF507", "version-build", "The version can be part of an image tag.", "warning")
VERSION_PARTS = Rule("KF508", "version-parts", "The version has three parts.", "warning")
NOT_LOCKED = Rule("KF509", "not-locked", "Beside a lock file, every image is in it or has a digest.", "warning")
KEY_IN_OVERLAY = Rule("KF510", "key-in-overlay", "No private key is laid over an artifact.", "warning")


def every() -> list[Rule]:
    """Return all rules, by id."""
    return sorted({rule for rule in globals().values() if isinstance(rule, Rule)}, key=lambda rule: rule.id)


def warnings() -> list[Rule]:
    """Return the rules that can be silenced, by id."""
    return [rule for rule in every() if rule.severity != "error"]


def find(word: str) -> Rule | None:
    """Return the rule of an id or a name, None where there is none."""
    return next((rule for rule in every() if word in (rule.id, rule.name)), None)
