"""The `artifacts` section: ISOs, UKIs, netboot files and disks."""
