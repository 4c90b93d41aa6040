"""How many options of a group a diner chooses: bounds that can be met, whatever the file says."""

from django.utils.translation import gettext as _

from menu.importers.catalogue import Findings, FoundGroup

MOST_OF_ONE = 20
MOST_CHOICES = 1000


def sane_bounds(
    group: FoundGroup, least: int, most: int | None, findings: Findings, *, label: str
) -> tuple[int, int | None]:
    """Return bounds that a diner can meet; what cannot be met is loosened and named, so that the food stays orderable."""
    on_offer = sum(
        option.max_quantity if isinstance(option.max_quantity, int) else 1
        for option in group.options
        if option.is_hidden is not True
    )
    if most is not None and most < least:
        findings.note(
            label,
            _("at most %(most)d is less than at least %(least)d; at most is dropped") % {"most": most, "least": least},
        )
        most = None
    if least > on_offer:
        findings.note(
            label,
            _("%(least)d choices are required of %(count)d; %(count)d are required")
            % {"least": least, "count": on_offer},
        )
        least = on_offer
    return least, min(most, MOST_CHOICES) if most is not None else None
