"""Where the pages' stylesheets, scripts and drawings come from."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedOnceCollected(CompressedManifestStaticFilesStorage):
    """Hashed, compressed files once `collectstatic` has run (the demo and the image run it); until then plain names."""

    def stored_name(self, name: str) -> str:
        """Return the hashed name of a collected file. Raises ValueError for one that was not collected."""
        return super().stored_name(name) if self.hashed_files else name
