"""The stand-in for AuroraBoot, the program that makes ISOs, UKIs, netboot files and disks of a Kairos root.

It runs inside its image (`tests.support.standins.auroraboot_image` makes it), so these modules import nothing but
Python's own library and each other. The command line of a release is data (`releases`), one module
decides what is accepted (`commandline`), and the programs that the real one uses make the artifacts:
rsync, mksquashfs, mtools, xorriso, sbsign. It is a stand-in: nothing is downloaded, and only `dir:`
sources exist.
"""
