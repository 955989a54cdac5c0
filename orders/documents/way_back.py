"""Where goods that come back go, and the slip that goes with them."""

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.errors import OrderError
from orders.models import ChangeRequest


class NoReturnAddress(OrderError):
    """The address was taken out of the settings while goods are on their way. It is for the page, which says so."""

    message = _("We can't say yet where the goods go. Please wait: we will tell you.")


def return_address() -> list[str]:
    """Line by line, the shop's name first; the shop's own address where no other is set, and nothing without any."""
    said = settings.SHOP_RETURN_ADDRESS or settings.SHOP_ADDRESS
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return [settings.SHOP_NAME, *lines] if lines else []


def return_slip(request: ChangeRequest) -> bytes:
    """As PDF, in the order's language. Raises NoReturnAddress rather than leave a blank, LettersNotPrintable."""
    to = return_address()
    if not to:
        raise NoReturnAddress
    # Imported here: only those who print wait for its library.
    from orders.documents.return_slip import draw_slip

    return draw_slip(request, to)


def awaited_nowhere(requests: QuerySet[ChangeRequest] | None = None) -> QuerySet[ChangeRequest]:
    """Requests whose customers were asked for the goods, in a shop that has no address for them any more."""
    chosen = ChangeRequest.objects.all() if requests is None else requests
    if return_address():
        return chosen.none()
    return chosen.filter(state=ChangeRequest.State.OPEN, expected_at__isnull=False)
