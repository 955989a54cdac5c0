"""Signing in by a code from an email, on one page: the address, then the code. So one buys without an account."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.codes.asking import TooManyAsked
from accounts.codes.by_code import NotByCode
from accounts.codes.code_sign_in import CodeSignIn
from shop.forms.code import CodeForm, EmailForm
from shop.responses import see_other

PAGE = "account_request_login_code"


@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask for a code, type it, have it sent again, or name another address. Who is signed in goes on."""
    if request.user.is_authenticated:
        return see_other(_next(request) or "account")
    waiting = CodeSignIn.waiting(request)
    if request.method == "POST" and "email" in request.POST:
        return _ask(request)
    if waiting is None:
        if request.method == "POST":
            _say_over(request)
            return _here(request)
        return _show(request, form=EmailForm())
    if request.method != "POST":
        return _show(request, form=CodeForm(), waiting=waiting)
    return ACTS.get(request.POST.get("intent", ""), _confirm)(request, waiting)


def _ask(request: HttpRequest) -> HttpResponse:
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    try:
        CodeSignIn.begin(request=request, email=form.cleaned_data["email"], next_url=_next(request))
    except TooManyAsked as error:
        messages.warning(request, str(error))
        return _show(request, form=form, status=429)
    return _here(request)


def _confirm(request: HttpRequest, waiting: CodeSignIn) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form, waiting=waiting)
    try:
        if waiting.accepts(form.cleaned_data["code"]):
            return waiting.finish(_next(request))
    except NotByCode as error:
        messages.error(request, str(error))
        return _here(request)
    if CodeSignIn.waiting(request) is None:
        _say_over(request)
        return _here(request)
    form.add_error("code", _("That is not the code. Please look at the latest email."))
    return _show(request, form=form, waiting=waiting)


def _again(request: HttpRequest, waiting: CodeSignIn) -> HttpResponse:
    try:
        if not waiting.can_resend:
            raise TooManyAsked
        waiting.again()
    except TooManyAsked as error:
        messages.warning(request, str(error))
    else:
        messages.info(request, _("We have sent you another code. The one before no longer works."))
    return _here(request)


def _another(request: HttpRequest, waiting: CodeSignIn) -> HttpResponse:
    waiting.abort()
    return _here(request)


ACTS = {"again": _again, "another": _another}


def _say_over(request: HttpRequest) -> None:
    messages.warning(request, _("This code no longer works. Please ask for another one."))


def _next(request: HttpRequest) -> str:
    """The page of ours that it leads on to, if one is named."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return asked if asked.startswith("/") and get_adapter().is_safe_url(asked) else ""


def _here(request: HttpRequest) -> HttpResponse:
    following = _next(request)
    return see_other(f"{reverse(PAGE)}?{urlencode({'next': following})}" if following else reverse(PAGE))


def _show(
    request: HttpRequest, *, form: EmailForm | CodeForm, waiting: CodeSignIn | None = None, status: int = 200
) -> HttpResponse:
    following = _next(request) or (waiting.next_url if waiting else "")
    context = {
        "form": form,
        "waiting": waiting,
        "next": following,
        "is_checkout": following.startswith(reverse("checkout")),
    }
    return render(request, "shop/code.html", context, status=status)
