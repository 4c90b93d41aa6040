"""The programme on an account at Leat, behind the port: all parts on one connection. Each part is a module beside this."""

from datetime import datetime

from loyalty.backends.leat.export import LeatExport
from loyalty.backends.leat.login import LeatLogins
from loyalty.backends.leat.money import LeatMoney
from loyalty.backends.leat.orders import LeatOrders
from loyalty.backends.leat.purchases import LeatPurchases
from loyalty.backends.leat.redeeming import LeatRedeeming
from loyalty.backends.leat.sold import LeatSales
from loyalty.backends.leat.wallet import LeatWallet
from loyalty.errors import NoTills
from loyalty.values import MarkKind, TillCode


class LeatLoyalty(LeatLogins, LeatExport, LeatWallet, LeatRedeeming, LeatPurchases, LeatMoney, LeatSales, LeatOrders):
    """See loyalty.port.Loyalty, which says what each method does."""

    # Leat has no codes that name a member at a till, nor marks on offers (docs/adr/0032).

    def mark(self, contact_id: str, kind: MarkKind, offer_id: str, *, now: datetime) -> None:
        """Refuse."""
        raise NoTills

    def unmark(self, contact_id: str, kind: MarkKind, offer_id: str) -> None:
        """Refuse."""
        raise NoTills

    def till_code(self, contact_id: str, *, now: datetime) -> TillCode | None:
        """Return none: there never was one."""
        return None

    def new_till_code(self, contact_id: str, *, now: datetime) -> TillCode:
        """Refuse."""
        raise NoTills
