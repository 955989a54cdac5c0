"""The slip that lies in a parcel on its way back, with the address to be cut out; in the order's language."""

from django.utils import translation
from django.utils.translation import gettext as _

from orders.documents.drawing.pdf import QUIET
from orders.documents.packing_pdf import LINE, MARGIN, WIDTH, PackingLists, address_lines, barcode
from orders.models import ChangeRequest


def draw_slip(request: ChangeRequest, to: list[str]) -> bytes:
    """The slip of a request as PDF; `to` are the lines of the address. Raises LettersNotPrintable."""
    with translation.override(request.order.language):
        paper = ReturnSlip()
        paper.draw_slip(request, to)
        return bytes(paper.output())


class ReturnSlip(PackingLists):
    """One page, and more where there are many lines; at its end the address in large letters."""

    def header(self) -> None:
        self.feet.append(f"{_('Return slip')} · {_('Order %s') % self.paper}")

    def draw_slip(self, request: ChangeRequest, to: list[str]) -> None:
        order = request.order
        self.set_title(_("Return slip"))
        self.speak_of(order.address_snapshot)
        self.paper = str(order)
        self.add_page()
        barcode(self, order, right=MARGIN + WIDTH, top=MARGIN, height=12)
        self._say(_("Return slip"), size=9, grey=QUIET, width=WIDTH / 2)
        self._say(_("Order %s") % order, size=18, bold=True, width=WIDTH / 2)
        self._say(_("Return %(number)d") % {"number": request.pk}, size=12, width=WIDTH / 2)
        self.set_y(MARGIN + 24)
        self._say(_("Please put this page into the parcel."))
        self.ln(LINE)
        pieces = request.lines.select_related("line__product").order_by("line__position")
        self._lines([(one.line, one.quantity) for one in pieces])
        self.ln(LINE)
        self._say(_("From"), size=8, grey=QUIET)
        for line in address_lines(order):
            self._say(line)
        self.ln(LINE * 2)
        self._say(_("Send it to"), size=8, grey=QUIET)
        for line in to:
            self._say(line, size=16)
