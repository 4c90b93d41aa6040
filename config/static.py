"""Where the pages' stylesheets, scripts and drawings come from."""

from collections.abc import Iterable, Iterator

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedOnceCollected(CompressedManifestStaticFilesStorage):
    """Hashed, compressed files once `collectstatic` has run (the demo and the image run it); until then plain names."""

    def stored_name(self, name: str) -> str:
        """Return the hashed name of a collected file. Raises ValueError for one that was not collected."""
        return super().stored_name(name) if self.hashed_files else name

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress only what pages link to, and that only once: the hash in a name says that the content is the same."""
        linked = set(self.hashed_files.values())
        new = [path for path in paths if path in linked and not self.exists(f"{path}.br")]
        compressed: Iterator[tuple[str, str]] = super().compress_files(new)
        return compressed
