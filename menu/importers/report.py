"""What an import has to say in the end."""

from dataclasses import dataclass

from menu.importers.catalogue import Line


@dataclass(frozen=True)
class Report:
    """The outcome of one import: how much of the file is on the menu, and every entry that is not, with the reason.

    `kept` are changes by staff that stood against the file; `notes` are entries that got onto the menu otherwise than
    the file has them. `has_changed` says whether the menu is another one now.
    """

    categories: int
    products: int
    groups: int
    skipped: tuple[Line, ...]
    kept: tuple[Line, ...]
    notes: tuple[Line, ...]
    has_changed: bool
    is_dry_run: bool

    def lines(self) -> list[str]:
        """Return the report as the command prints it: remarks first, at the end the lines that other programs read."""
        remarks = [
            *(["dry run: nothing was changed"] if self.is_dry_run else []),
            *([f"kept: {len(self.kept)}"] if self.kept else []),
            *(f"- {line.name}: {line.reason}" for line in self.kept),
            *([f"notes: {len(self.notes)}"] if self.notes else []),
            *(f"- {line.name}: {line.reason}" for line in self.notes),
        ]
        return [
            *remarks,
            f"categories: {self.categories}",
            f"products: {self.products}",
            f"modifier groups: {self.groups}",
            f"skipped: {len(self.skipped)}",
            *(f"- {line.name}: {line.reason}" for line in self.skipped),
        ]
