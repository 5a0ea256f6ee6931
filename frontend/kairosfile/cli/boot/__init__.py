"""`kairosfile boot`: boots artifacts in a virtual machine of QEMU."""
