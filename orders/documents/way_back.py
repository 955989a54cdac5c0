"""Where goods that come back go, and the slip that goes with them."""

from django.conf import settings

from orders.models import ChangeRequest


def return_address() -> list[str]:
    """Line by line, the shop's name first; the shop's own address where no other is set, and nothing without any."""
    said = settings.SHOP_RETURN_ADDRESS or settings.SHOP_ADDRESS
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return [settings.SHOP_NAME, *lines] if lines else []


def return_slip(request: ChangeRequest) -> bytes:
    """As PDF, in the order's language. Raises LettersNotPrintable."""
    # Imported here: only those who print wait for its library.
    from orders.documents.return_slip import draw_slip

    return draw_slip(request, return_address())
