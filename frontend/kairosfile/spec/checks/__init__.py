"""Rules that hold a Kairosfile against itself and against what Kairos knows.

Each rule is a function from a document to the faults it finds; `RULES` lists them. They see a complete model: faults
of shape come first and alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec.checks import (
    artifact_files,
    artifacts,
    bases,
    cloud_config,
    extensions,
    fields,
    image_tests,
    kairos_init,
    lint,
    lint_caches,
    lint_secrets,
    matrix,
    metadata,
    pairs,
    releases,
    steps,
    steps_mounts,
    steps_order,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kairosfile.spec.diagnostics import Diagnostic
    from kairosfile.spec.document import Document

RULES: tuple[Callable[[Document], Iterator[Diagnostic]], ...] = (
    fields.references,
    fields.version,
    fields.provider_version,
    pairs.variant_and_provider,
    pairs.trusted_boot_model,
    kairos_init.parts,
    kairos_init.framework,
    kairos_init.context_paths,
    kairos_init.binaries,
    kairos_init.environment,
    extensions.folder,
    extensions.provider_config,
    releases.newer,
    releases.version,
    releases.model_name,
    releases.features,
    releases.skipped_steps,
    bases.usable,
    bases.not_converted,
    bases.known_distribution,
    bases.trusted_boot,
    bases.fips,
    bases.model,
    steps.paths,
    steps.permissions,
    steps.variables,
    steps.images,
    steps.names,
    steps_mounts.mounts,
    steps_mounts.targets,
    steps_mounts.variables,
    steps_order.kernels,
    steps_order.temporary,
    steps_order.apt_lists,
    steps_order.host_keys,
    steps_order.host_network,
    steps_order.masked_units,
    steps_order.contradictions,
    steps_order.nothing_to_do,
    steps_order.families,
    image_tests.values,
    image_tests.own_paths,
    image_tests.contradictions,
    image_tests.lines,
    cloud_config.names,
    cloud_config.contents,
    metadata.keys,
    artifacts.trusted_boot,
    artifacts.auroraboot,
    artifacts.features,
    artifacts.name,
    artifacts.sizes,
    artifacts.options,
    artifact_files.paths,
    artifact_files.keys,
    artifact_files.secret_ids,
    artifact_files.cloud_configs,
    artifact_files.overlays,
    matrix.values,
    matrix.excludes,
    matrix.core_and_provider,
    matrix.provider_config,
    lint.base_pinned,
    lint.kairos_init_pinned,
    lint.provider_pinned,
    lint.version_form,
    lint.locked,
    lint_secrets.pasted,
    lint_caches.left,
)


def check(document: Document) -> list[Diagnostic]:
    """Return every fault that the rules find."""
    return [fault for rule in RULES for fault in rule(document)]
