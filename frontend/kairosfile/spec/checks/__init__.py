"""Rules that hold a Kairosfile against itself and against what Kairos knows.

Each rule is a function from a document to the faults it finds; `RULES` lists them, and the modules of sections that few
files have list their own. They see a complete model: faults of shape come first and alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kairosfile.spec.checks import (
    bases,
    cloud_config,
    extensions,
    fields,
    kairos_init,
    lint,
    lint_caches,
    lint_secrets,
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
    cloud_config.names,
    cloud_config.contents,
    metadata.keys,
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
    return [*(fault for rule in RULES for fault in rule(document)), *_of_sections(document)]


def key_files(document: Document) -> list[str]:
    """Return the files of public keys that the file names; their content is checked."""
    if document.model.artifacts is None:
        return []
    from kairosfile.spec.checks import artifact_files  # noqa: PLC0415 - few files have artifacts

    return artifact_files.key_files(document.model.artifacts)


def _of_sections(document: Document) -> Iterator[Diagnostic]:
    """Yield what the rules of those sections find that few files have: they are imported only where a file has one."""
    model = document.model
    if model.tests:
        from kairosfile.spec.checks import image_tests  # noqa: PLC0415

        yield from (fault for rule in image_tests.RULES for fault in rule(document))
    if model.artifacts is not None:
        from kairosfile.spec.checks import artifact_files, artifacts  # noqa: PLC0415

        rules = (*artifacts.RULES, *artifact_files.RULES)
        yield from (fault for rule in rules for fault in rule(document, model.artifacts))
    if model.matrix is not None:
        from kairosfile.spec.checks import matrix  # noqa: PLC0415

        yield from (fault for rule in matrix.RULES for fault in rule(document, model.matrix))
