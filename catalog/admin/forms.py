"""The forms by which staff change stock and add numbers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from bulk import imports, problems
from bulk.models import ImportJob
from bulk.problems import BulkError
from bulk.tables import decoded
from catalog import inventory
from catalog.bulk import lists
from catalog.bulk.stock import MAX_COUNT, MAX_REASON_LENGTH
from catalog.models import Product
from staff.careful import with_field
from staff.rights import Actor

# Letters of a line that are repeated, and of a file that a text field may hold (a form may have a megabyte).
MAX_SHOWN_LENGTH = 80
MAX_TYPED_LENGTH = 300_000


class MovementForm(forms.Form):
    """One way in which stock changes: `apply` does it, `summary` says what was done."""

    def apply(self, *, product: Product, actor: Actor) -> None:
        raise NotImplementedError

    def summary(self) -> str:
        raise NotImplementedError

    def refuse(self, refusal: inventory.InventoryError) -> None:
        """Say why `apply` was refused; the next try is made in the knowledge of it."""
        raise refusal

    def read_anew(self, moved: inventory.Moved, says: str) -> None:
        """What the page had read is not so any more, and what was sent has to be sent once more."""
        self.add_error("quantity", says % {"read": self.cleaned_data["read"], "now": moved.on_hand})
        self.data = with_field(self.data, self.add_prefix("read"), moved.on_hand)


class ReceivedForm(MovementForm):
    """Pieces that came in."""

    quantity = forms.IntegerField(
        label=gettext_lazy("pieces received"),
        min_value=1,
        max_value=MAX_COUNT,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"),
        max_length=MAX_REASON_LENGTH,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )

    # How many the page said are on hand: a second click sends the same once more.
    read = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def apply(self, *, product: Product, actor: Actor) -> None:
        inventory.receive(product_id=product.pk, actor=actor, **self.cleaned_data)

    def refuse(self, refusal: inventory.InventoryError) -> None:
        if not isinstance(refusal, inventory.Moved):
            raise refusal
        self.read_anew(
            refusal,
            _(
                "This page said %(read)s on hand, and now it is %(now)s: pieces came or went, perhaps these. Sent once "
                "more, they are booked."
            ),
        )

    def summary(self) -> str:
        return _("Received %(quantity)d.") % self.cleaned_data


class CountedForm(MovementForm):
    """Pieces counted on the shelf; a count that differs from the stock needs a reason."""

    quantity = forms.IntegerField(
        label=gettext_lazy("pieces counted on the shelf"),
        min_value=0,
        max_value=MAX_COUNT,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("All that lie there, those that are promised to orders too."),
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=MAX_REASON_LENGTH, widget=UnfoldAdminTextInputWidget
    )
    # How many the page said are on hand.
    read = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def apply(self, *, product: Product, actor: Actor) -> None:
        inventory.count(product_id=product.pk, actor=actor, **self.cleaned_data)

    def refuse(self, refusal: inventory.InventoryError) -> None:
        if isinstance(refusal, inventory.FewerThanPromised):
            self.add_error("quantity", fewer_than_promised(promised=refusal.promised))
        elif isinstance(refusal, inventory.Moved):
            self.read_anew(
                refusal,
                _(
                    "This page said %(read)s on hand, and now it is %(now)s: pieces came or went. Count again; "
                    "sent once more, your count is booked."
                ),
            )
        else:
            raise refusal

    def summary(self) -> str:
        return _("Counted %(quantity)d: %(reason)s") % self.cleaned_data


def fewer_than_promised(*, promised: int) -> str:
    return problems.sentence("fewer_than_promised", {"promised": promised})


class FirstLine(TextChoices):
    HEADING = "heading", gettext_lazy("It stands over the numbers: leave it out")
    NUMBER = "number", gettext_lazy("It is a number like the others")


class NumbersForm(forms.Form):
    """Numbers pasted in, or a file of them. What its first line is, is asked unless it is clear."""

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
    first_line = forms.ChoiceField(
        label=gettext_lazy("the first line"),
        choices=FirstLine.choices,
        required=False,
        widget=UnfoldAdminRadioSelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("values", "").strip()) == bool(cleaned.get("file")):
            raise ValidationError(_("Paste numbers, or choose a file of them."))
        try:
            cleaned["text"] = self._text(cleaned)
        except BulkError as error:
            self.add_error("file" if cleaned.get("file") else "values", str(error))
            return cleaned
        self._ask(cleaned)
        return cleaned

    def _text(self, cleaned: dict[str, Any]) -> str:
        file = cleaned.get("file")
        text = decoded(file) if file else cleaned["values"]
        if lists.is_table(text):
            return text
        name = file.name.lower() if file else ""
        return lists.lines_of(text, is_csv=name.endswith((".csv", ".tsv")))

    def _ask(self, cleaned: dict[str, Any]) -> None:
        """What was sent in a file stands in the text field then: a page can't keep a file.

        Below a heading may stand another one.
        """
        if cleaned.get("first_line") == FirstLine.HEADING:
            cleaned["text"] = lists.without_first(cleaned["text"])
            cleaned["first_line"] = ""
        text = cleaned["text"]
        if cleaned.get("first_line") or lists.is_table(text) or not lists.is_unclear(text):
            return
        question = _("Is “%(line)s” a number, or what stands over the numbers?")
        self.add_error("first_line", question % {"line": lists.first_line(text)[:MAX_SHOWN_LENGTH]})
        self.data = with_field(self.data, "values", text if len(text) <= MAX_TYPED_LENGTH else "")

    def visible(self) -> list[BoundField]:
        """The fields to show: the question only when it is asked."""
        is_asked = "first_line" in self.errors or bool(self.data.get("first_line"))
        return [field for field in self if field.name != "first_line" or is_asked]

    def check(self, *, product: Product, actor: Actor) -> ImportJob:
        """Have them checked. Raises BulkError for what is no list of numbers."""
        file, text = self.cleaned_data["file"], self.cleaned_data["text"]
        about: dict[str, Any] = {"actor": actor, "kind": "numbers", "fixed": {"sku": product.sku}}
        about["file_name"] = file.name if file else str(product)
        if lists.is_table(text):
            return imports.check(text=text, **about)
        return imports.check_list(text=text, column=lists.NUMBER, **about)
