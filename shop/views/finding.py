"""Find my order: its number and the address that it was placed with bring a link to that mailbox."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.codes.asking import TooManyOfNetwork
from orders.actions.find_order import send_link
from shop.forms.code import FindOrderForm
from shop.responses import see_other
from staff.middleware import address_of


@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """The form; its answer is the same whatever there is."""
    form = FindOrderForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "shop/find_order.html", {"form": form})
    number, email = form.cleaned_data["number"], form.cleaned_data["email"]
    try:
        send_link(number=number, email=email, caller=address_of(request))
    except TooManyOfNetwork as error:
        messages.warning(request, str(error))
        return render(request, "shop/find_order.html", {"form": form}, status=429)
    text = _("We have sent an email to %(email)s. If the order is yours, the link to it is in there.")
    messages.info(request, text % {"email": email})
    return see_other("find-order")
