"""Take the modules of the library from the package beside this folder, or from the sdist that this folder is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What `kairosfile.gateway` and `kairosfile.llb` import; neither imports a third party.
MODULES = (
    "__init__.py",
    "compiled_patterns.py",
    "gateway",
    "interpreter.py",
    "json_text.py",
    "llb",
    "named_tuple.py",
    "oci.py",
    "paths.py",
    "patterns.py",
    "pb",
    "py.typed",
    "untrusted.py",
)


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the modules to the wheel and to the sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to include; hatchling calls this before it builds."""
        del version
        folder = Path(self.root)
        package = next(path for path in (folder / "kairosfile", folder.parent / "kairosfile") if path.is_dir())
        licence = next(path for path in (folder / "LICENSE", folder.parent.parent / "LICENSE") if path.is_file())
        build_data["force_include"] |= {str(package / name): f"kairosfile/{name}" for name in MODULES}
        if self.target_name == "sdist":
            build_data["force_include"][str(licence)] = "LICENSE"
        else:
            build_data["extra_metadata"][str(licence)] = "LICENSE"
