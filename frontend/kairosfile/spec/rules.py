"""The rules that a Kairosfile is held against: an id that stays, a name, and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Ids are never reused: KF0xx form, KF1xx values, KF2xx fields against each other."""

    id: str
    name: str
    summary: str
    severity: Severity = "error"


TEXT = Rule("KF001", "text", "The file is UTF-8 text of at most 1 MiB.")
YAML_SYNTAX = Rule("KF002", "yaml-syntax", "The file is one YAML document.")
DUPLICATE_KEY = Rule("KF003", "duplicate-key", "A key stands once in its mapping.")
UNKNOWN_KEY = Rule("KF004", "unknown-key", "Every key is one that the language knows.")
MISSING_FIELD = Rule("KF005", "missing-field", "Required fields are there.")
WRONG_TYPE = Rule("KF006", "wrong-type", "A value has the type of its field.")
TOO_LARGE = Rule("KF007", "too-large", "The document stays within its bounds of depth and size.")
STEP_VERB = Rule("KF008", "step-verb", "A hook step does exactly one thing.")

UNKNOWN_VALUE = Rule("KF101", "unknown-value", "A value is one that the field knows.")
REFERENCE = Rule("KF102", "reference", "An image reference is well formed.")
VERSION = Rule("KF103", "version", "A version is one that kairos-init can parse.")
PROVIDER_VERSION = Rule("KF104", "provider-version", "A provider version is a release of that provider.")
PATH = Rule("KF105", "path", "A path can be copied from or to.")

VARIANT_PROVIDER = Rule("KF201", "variant-provider", "Core has no provider, standard has one.")
RELEASE_FEATURE = Rule("KF202", "release-feature", "The chosen kairos-init release knows what is asked of it.")
MODEL_PLATFORM = Rule("KF203", "model-platform", "The model exists for the platform.")
TRUSTED_BOOT_MODEL = Rule("KF204", "trusted-boot-model", "Trusted boot is for the generic model.")
