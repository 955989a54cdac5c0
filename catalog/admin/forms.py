"""The forms by which staff change stock and add numbers."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalog import inventory
from catalog.models import Number, Product, StockMovement

# The most pieces that stock may hold: a database integer, with room to spare for adding to it.
MOST = 1_000_000_000
LONGEST_REASON = StockMovement._meta.get_field("reason").max_length
LONGEST_NUMBER = Number._meta.get_field("value").max_length or 0


class MovementForm(forms.Form):
    """One way in which stock changes: `apply` does it, `summary` says what was done."""

    def apply(self, *, product: Product, actor) -> None:
        raise NotImplementedError

    def summary(self) -> str:
        raise NotImplementedError


class ReceivedForm(MovementForm):
    """Pieces that came in."""

    quantity = forms.IntegerField(
        label=gettext_lazy("pieces received"),
        min_value=1,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=LONGEST_REASON,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    def apply(self, *, product: Product, actor) -> None:
        inventory.receive(product_id=product.pk, actor=actor, **self.cleaned_data)

    def summary(self) -> str:
        return _("Received %(quantity)d.") % self.cleaned_data


class CountedForm(MovementForm):
    """Pieces found on the shelf; why they are not what the shop thought should be said."""

    quantity = forms.IntegerField(
        label=gettext_lazy("pieces counted"),
        min_value=0,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=LONGEST_REASON, widget=UnfoldAdminTextInputWidget
    )

    def apply(self, *, product: Product, actor) -> None:
        inventory.count(product_id=product.pk, actor=actor, **self.cleaned_data)

    def summary(self) -> str:
        return _("Counted %(quantity)d: %(reason)s") % self.cleaned_data


class NumbersForm(forms.Form):
    values = forms.CharField(
        label=gettext_lazy("numbers"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16}),
        help_text=gettext_lazy("One on each line. Those that are there already are passed over."),
    )

    def clean_values(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["values"].splitlines()]
        for at, line in enumerate(lines, start=1):
            if len(line) > LONGEST_NUMBER:
                raise ValidationError(
                    _("Line %(line)d is longer than %(most)d characters."),
                    params={"line": at, "most": LONGEST_NUMBER},
                )
        return list(dict.fromkeys(line for line in lines if line))
