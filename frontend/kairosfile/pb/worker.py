"""Generated from worker.proto by `make proto`; changes here are lost."""

from kairosfile.pb.wire import declare

DECLARED = {
    "WorkerRecord": (
        (1, "ID", "string", "", ""),
        (2, "Labels", "string", "map", ""),
        (3, "platforms", "ops.Platform", "repeated", ""),
        (4, "GCPolicy", "GCPolicy", "repeated", ""),
        (5, "BuildkitVersion", "BuildkitVersion", "", ""),
        (6, "CDIDevices", "CDIDevice", "repeated", ""),
    ),
    "GCPolicy": (
        (1, "all", "bool", "", ""),
        (2, "keepDuration", "int64", "", ""),
        (4, "filters", "string", "repeated", ""),
        (3, "reservedSpace", "int64", "", ""),
        (5, "maxUsedSpace", "int64", "", ""),
        (6, "minFreeSpace", "int64", "", ""),
    ),
    "BuildkitVersion": (
        (1, "package", "string", "", ""),
        (2, "version", "string", "", ""),
        (3, "revision", "string", "", ""),
        (4, "dockerfileVersion", "string", "", ""),
    ),
    "CDIDevice": (
        (1, "Name", "string", "", ""),
        (2, "AutoAllow", "bool", "", ""),
        (3, "Annotations", "string", "map", ""),
        (4, "OnDemand", "bool", "", ""),
    ),
}


def __getattr__(name: str) -> object:
    return declare(globals(), name)
