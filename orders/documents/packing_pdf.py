"""How packing lists and address labels look on paper, in the language of the member of staff who prints them."""

from collections.abc import Iterable

from babel import Locale
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.contact import phones, places
from orders.documents.drawing.pdf import QUIET, Paper
from orders.models import Order, OrderLine, Shipment
from orders.status import OrderStatus

# Millimetres on A4, 210 wide and 297 high.
MARGIN = 15
WIDTH = 180
LINE = 5
# A box to tick, SKU, name with numbers, quantity.
WIDTHS = (8, 40, 112, 20)
# Labels as they are sold, two by four.
ACROSS, DOWN = 2, 4
LABEL_WIDTH, LABEL_HEIGHT = 105, 74.25
LABEL_MARGIN = 7
# The address is as large as fits: points.
SIZES = (13, 11, 9.5, 8, 7, 6, 5)


def draw_lists(orders: Iterable[Order]) -> bytes:
    """A packing list for each order, as one PDF."""
    paper = PackingLists()
    for order in orders:
        paper.draw(order)
    return bytes(paper.output())


def draw_labels(orders: Iterable[Order]) -> bytes:
    """Labels of the orders, a sheet full after another, as one PDF."""
    paper = Labels()
    for place, order in enumerate(orders):
        paper.draw(order, place % (ACROSS * DOWN))
    return bytes(paper.output())


def draw_parcel(shipment: Shipment) -> bytes:
    """A parcel's packing list, and its label on a page of its own."""
    paper, inside = PackingLists(), dict(shipment.lines.values_list("line", "quantity"))
    lines = shipment.order.lines.filter(pk__in=inside)
    packed = lines.prefetch_related("allocations__number", "product").order_by("position")
    paper.draw_parcel(shipment, [(line, inside[line.pk]) for line in packed])
    return bytes(paper.output())


def to_pack(order: Order) -> list[tuple[OrderLine, int]]:
    """The lines of a packing list with their pieces: what is still to be sent; of a done order what was.

    The lines are read `with_canceled`.
    """
    lines = order.lines.all()
    was_sent = order.status == OrderStatus.DONE and any(line.sent for line in lines)
    pieces = [(line, line.sent if was_sent else line.to_send - line.sent) for line in lines]
    return [(line, many) for line, many in pieces if many]


def address_lines(order: Order) -> list[str]:
    """The address as it was when the order was placed."""
    to = order.address_snapshot
    if order.is_pickup:
        return [to["full_name"], _("Pickup: %(place)s") % {"place": order.shipping_method}, to["phone"]]
    territories = Locale.parse(translation.to_locale(translation.get_language() or "en")).territories
    lines = [
        to["full_name"],
        *places.lines_of(to),
        territories.get(to["country"], to["country"]),
        phones.shown(to["phone"], country=to["country"]),
    ]
    return [line for line in lines if line]


def barcode(paper: Paper, order: Order, *, right: float, top: float, height: float) -> None:
    """The order's number as Code 39, which every reader knows, ending at the right."""
    text, wide = f"*{order.number}*", 0.9
    paper.set_fill_color(0)
    # Three wide bars and six narrow ones of a third, and a narrow gap, for each character.
    paper.code39(text, x=right - len(text) * wide * 16 / 3, y=top, w=wide, h=height)


def heading_of(order: Order) -> str:
    """What the paper is, in words."""
    return _("Pickup list") if order.is_pickup else _("Packing list")


def _sent_from(line: OrderLine) -> str:
    """What may not be sent yet."""
    if line.available_from is None or not line.is_awaited:
        return ""
    day = {"day": date_format(line.available_from)}
    return (
        _("Don't hand over before %(day)s") if line.order.is_pickup else _("Don't send before %(day)s")
    ) % day


def _promised(order: Order) -> str:
    """The days that were promised to the customer, in the words of the order's page; empty for orders from before."""
    if order.promised_from is None or order.promised_to is None:
        return ""
    said = {"first": date_format(order.promised_from), "last": date_format(order.promised_to)}
    if order.promised_from == order.promised_to:
        day = {"day": said["last"]}
        return (_("Ready for pickup on %(day)s") if order.is_pickup else _("Delivered on %(day)s")) % day
    if order.is_pickup:
        return _("Ready for pickup between %(first)s and %(last)s") % said
    return _("Delivered between %(first)s and %(last)s") % said


class PackingLists(Paper):
    """Each order begins on a new page; the foot of each page names its order."""

    def __init__(self) -> None:
        super().__init__()
        self.feet: list[str] = []
        self.heading = ""
        self.set_title(_("Packing lists"))
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + LINE)

    def header(self) -> None:
        """Each page is of the order that it was begun with."""
        self.feet.append(f"{self.heading} · {_('Order %s') % self.paper}")

    def foot_of(self, page: int) -> str:
        return self.feet[page - 1]

    def draw(self, order: Order) -> None:
        self.speak_of(order.address_snapshot)
        self.paper, self.heading = str(order), heading_of(order)
        self.add_page()
        is_rest = order.status != OrderStatus.DONE and any(line.sent for line in order.lines.all())
        self._head(order, is_rest=is_rest)
        self._lines(to_pack(order))
        if order.note:
            self.ln(LINE)
            self._say(_("The customer's note"), size=8, grey=QUIET)
            self._say(order.note)

    def draw_parcel(self, shipment: Shipment, lines: Iterable[tuple[OrderLine, int]]) -> None:
        """What is in one parcel of several; its address large below, to be cut out. What is picked up goes nowhere."""
        order = shipment.order
        self.speak_of(order.address_snapshot)
        self.paper, self.heading = f"{order} / {shipment.sequence}", heading_of(order)
        self.add_page()
        self._head(order)
        part = _("Pickup %(number)d") if order.is_pickup else _("Parcel %(number)d")
        self._say(part % {"number": shipment.sequence}, size=12, bold=True)
        self.ln(LINE)
        self._lines(lines)
        if order.is_pickup:
            return
        self.add_page()
        for part in address_lines(order):
            self._say(part, size=16)
        self.ln(LINE)
        barcode(self, order, right=MARGIN + WIDTH, top=MARGIN, height=12)
        self._say(
            f"{_('Order %s') % self.paper} · {shipment.courier} {shipment.tracking_code}", size=9, grey=QUIET
        )

    def _head(self, order: Order, *, is_rest: bool = False) -> None:
        """Weight and size are those of the whole order, so those of a part are left out."""
        barcode(self, order, right=MARGIN + WIDTH, top=MARGIN, height=12)
        self._say(self.heading, size=9, grey=QUIET, width=WIDTH / 2)
        self._say(_("Order %s") % order, size=18, bold=True, width=WIDTH / 2)
        self.set_y(MARGIN + 20)
        for line in address_lines(order):
            self._say(line)
        self.ln(LINE / 2)
        size = f"{order.length_cm} × {order.width_cm} × {order.height_cm} cm"
        about = [order.shipping_method, *([] if is_rest else [f"{order.weight_g} g", size])]
        self._say(" · ".join(about), grey=QUIET)
        if promise := _promised(order):
            self._say(promise, bold=True)
        if is_rest:
            text = (
                _("The rest: a part of this order was picked up already.")
                if order.is_pickup
                else _("The rest: a part of this order has left already.")
            )
            self._say(text, bold=True)
        self.ln(LINE)

    def _lines(self, lines: Iterable[tuple[OrderLine, int]]) -> None:
        self._row(("", _("SKU"), _("Product"), _("Quantity")), size=8, grey=QUIET)
        for line, pieces in lines:
            numbers = ", ".join(str(allocation.number) for allocation in line.allocations.all())
            # As the customer was told, and then as the packer knows it.
            names = dict.fromkeys((line.name, line.product.local_name))
            told = "\n".join(filter(None, (*names, _sent_from(line), numbers)))
            self._row(("□", line.sku, told, str(pieces)))

    def _row(self, cells: tuple[str, str, str, str], *, size: float = 10, grey: int = 0) -> None:
        """Cells side by side, each on as many lines as it needs, on one page if one page can hold them.

        The name's cell is drawn last: hundreds of numbers in it may take more pages than one.
        """
        self.use(size=size, grey=grey)
        lines = [self.lines_of(text, width=width) for width, text in zip(WIDTHS, cells, strict=True)]
        height = max(self.height_of(some, height=LINE) for some in lines)
        if self.will_page_break(height + 2):
            self.add_page()
        top, page = self.get_y() + 1, self.page
        for at, align in ((0, "L"), (1, "L"), (3, "R"), (2, "L")):
            self.set_xy(MARGIN + sum(WIDTHS[:at]), top)
            self.write_lines(lines[at], width=WIDTHS[at], height=LINE, align=align)
        self.set_y((top + height if self.page == page else self.get_y()) + 1)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def _say(
        self, text: str, *, size: float = 10, bold: bool = False, grey: int = 0, width: float = WIDTH
    ) -> None:
        self.use(size=size, bold=bold, grey=grey)
        self.write_text(text, width=width, height=max(LINE, size * 0.45))


class Labels(Paper):
    """Eight addresses on a sheet, from left to right and down."""

    def __init__(self) -> None:
        super().__init__()
        self.set_title(_("Address labels"))
        self.set_auto_page_break(False)
        self.set_margins(0, 0, 0)

    def draw(self, order: Order, place: int) -> None:
        self.speak_of(order.address_snapshot)
        self.paper, self.heading = str(order), heading_of(order)
        if place == 0:
            self.add_page()
        row, column = divmod(place, ACROSS)
        left, top = column * LABEL_WIDTH + LABEL_MARGIN, row * LABEL_HEIGHT + LABEL_MARGIN
        width, bottom = LABEL_WIDTH - 2 * LABEL_MARGIN, (row + 1) * LABEL_HEIGHT - LABEL_MARGIN
        self._small(left, top, width, self._sender())
        barcode(self, order, right=left + width, top=bottom - 10, height=10)
        self._small(left, bottom - 9, width - 50, f"{_('Order %s') % order}\n{order.shipping_method}")
        self._address(left, top + 9, width, bottom - 12 - (top + 9), address_lines(order))

    def _sender(self) -> str:
        shop = " · ".join(line.strip() for line in settings.SHOP_ADDRESS.splitlines() if line.strip())
        return _("From: %(shop)s") % {"shop": " · ".join(filter(None, (settings.SHOP_NAME, shop)))}

    def _small(self, left: float, top: float, width: float, text: str) -> None:
        """Two small lines; more would run into the address."""
        self.use(size=7, grey=QUIET)
        self.set_xy(left, top)
        self.write_lines(self.lines_of(text, width=width)[:2], width=width, height=3.5)

    def _address(self, left: float, top: float, width: float, height: float, lines: list[str]) -> None:
        """As large as fits. What does not fit at all is cut, rather than run into another's label."""
        for size in SIZES:
            self.use(size=size, grey=0)
            line = size * 0.45
            shown = self.lines_of("\n".join(lines), width=width)
            if self.height_of(shown, height=line) <= height:
                break
        while self.height_of(shown, height=line) > height:
            shown.pop()
        self.set_xy(left, top)
        self.write_lines(shown, width=width, height=line)
