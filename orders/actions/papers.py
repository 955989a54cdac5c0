"""Invoices and credit notes, for who may see their orders."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders.actions.steps import find_order
from orders.documents.invoices import einvoice
from orders.models import Invoice, Order
from refusals import NotFound

if TYPE_CHECKING:
    from accounts.models import User


class PaperNotFound(NotFound):
    message = _("There is no such invoice.")


def papers_of(*, order_id: UUID, user: "User") -> QuerySet[Invoice]:
    """The papers of an order that the user may see, the first one first. Raises OrderNotFound."""
    return find_order(order_id=order_id, user=user).invoices.order_by("pk")


def find_paper(*, paper_id: int, user: "User") -> Invoice:
    """A paper of an order that the user may see. Raises PaperNotFound, for other people's too."""
    paper = Invoice.objects.filter(pk=paper_id, order__in=Order.objects.visible_to(user)).first()
    if paper is None:
        raise PaperNotFound
    return paper


def find_einvoice(*, paper_id: int, user: "User") -> tuple[Invoice, bytes]:
    """The same for programs. Raises PaperNotFound also where the shop makes none of it."""
    paper = find_paper(paper_id=paper_id, user=user)
    made = einvoice(paper)
    if made is None:
        raise PaperNotFound(_("There is no e-invoice of it."))
    return paper, made
