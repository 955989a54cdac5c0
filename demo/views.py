"""The demo's mailbox on the site, so that a visitor of the demo can click the links in emails."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from demo.mailbox import Email, find, newest

# Links open in a tab of their own, which is a page like any other.
SANDBOX = ["allow-popups", "allow-popups-to-escape-sandbox"]
FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": SANDBOX,
}


def emails(request: HttpRequest) -> HttpResponse:
    """Emails that the demo shop sent, the newest first."""
    _demo_only()
    return render(request, "demo/mailbox.html", {"emails": newest()})


def email(request: HttpRequest, name: str) -> HttpResponse:
    """One email: its text, and its HTML in a frame."""
    return render(request, "demo/email.html", {"email": _find(name), "sandbox": " ".join(SANDBOX)})


@xframe_options_sameorigin
@csp_replace(FRAME)  # type: ignore[arg-type]  # it takes any view, and is typed for those without arguments
def email_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML of an email, as its author wrote it: so nothing in it may run, load or send anything."""
    html = _find(name).html
    if not html:
        raise Http404
    return HttpResponse(html)


def _find(name: str) -> Email:
    _demo_only()
    found = find(name)
    if found is None:
        raise Http404
    return found


def _demo_only() -> None:
    if not settings.DEMO:
        raise Http404
