"""What `kairosfile build` needs: outputs, the buildx process, its progress."""
