"""The forms by which staff change stock and add numbers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from bulk import imports
from bulk.models import ImportJob
from bulk.tables import decoded, heading_of
from catalog import inventory
from catalog.bulk.stock import LONGEST_REASON, MOST
from catalog.models import Product
from staff.rights import Actor


class MovementForm(forms.Form):
    """One way in which stock changes: `apply` does it, `summary` says what was done."""

    def apply(self, *, product: Product, actor: Actor) -> None:
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

    def apply(self, *, product: Product, actor: Actor) -> None:
        inventory.receive(product_id=product.pk, actor=actor, **self.cleaned_data)

    def summary(self) -> str:
        return _("Received %(quantity)d.") % self.cleaned_data


class CountedForm(MovementForm):
    """Pieces counted on the shelf; a count that differs from the stock needs a reason."""

    quantity = forms.IntegerField(
        label=gettext_lazy("pieces counted"),
        min_value=0,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=LONGEST_REASON, widget=UnfoldAdminTextInputWidget
    )

    def apply(self, *, product: Product, actor: Actor) -> None:
        inventory.count(product_id=product.pk, actor=actor, **self.cleaned_data)

    def summary(self) -> str:
        return _("Counted %(quantity)d: %(reason)s") % self.cleaned_data


class NumbersForm(forms.Form):
    """Numbers pasted in, or a file of them."""

    values = forms.CharField(
        label=gettext_lazy("numbers"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text=gettext_lazy("One on each line. Those that are there already stay as they are."),
    )
    file = forms.FileField(
        label=gettext_lazy("or a file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/plain"}),
        help_text=gettext_lazy("One on each line, or CSV with a column named “number”."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("values", "").strip()) == bool(cleaned.get("file")):
            raise ValidationError(_("Paste numbers, or choose a file of them."))
        return cleaned

    def check(self, *, product: Product, actor: Actor) -> ImportJob:
        """Start the check of the numbers. Raises BulkError when the text is no list of numbers."""
        file, values = self.cleaned_data["file"], self.cleaned_data["values"]
        text = decoded(file) if file else values
        fixed = {"sku": product.sku}
        name = file.name if file else str(product)
        if file and "number" in heading_of(text):
            return imports.check(actor=actor, kind="numbers", file_name=name, text=text, fixed=fixed)
        return imports.check_list(
            actor=actor, kind="numbers", text=text, column="number", fixed=fixed, file_name=name
        )
