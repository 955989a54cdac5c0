"""The steps that staff take with an order, and the note that goes with each."""

from typing import TYPE_CHECKING

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from orders.actions.steps import steps_for
from orders.models import Order, StatusChange
from orders.status import STAFF_STEPS, Step

if TYPE_CHECKING:
    from accounts.models import User


# These steps move money or stock: they need a reason.
EXPLAINED_STEPS = (Step.CANCEL, Step.ASK_REFUND)


class NoteForm(forms.Form):
    """The note of a step, which goes into the order's history; with the step to Done also the parcel's tracking code."""

    note = forms.CharField(
        max_length=StatusChange._meta.get_field("note").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    tracking_code = forms.CharField(
        label=gettext_lazy("tracking code"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, data: QueryDict | None = None, *, step: Step, parcel: bool = False) -> None:
        super().__init__(data)
        needed = step in EXPLAINED_STEPS
        self.fields["note"].required = needed
        self.fields["note"].label = _("Reason") if needed else _("Note")
        if step != Step.COMPLETE or not parcel:
            del self.fields["tracking_code"]


def staff_steps(order: Order, user: "User") -> list[Step]:
    return [step for step in steps_for(order=order, user=user) if step in STAFF_STEPS]
