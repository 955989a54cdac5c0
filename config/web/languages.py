"""The language of a page: the one that its address names, else its reader's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import get_script_prefix, is_valid_path
from django.utils import translation
from django.utils.cache import patch_vary_headers

from shop.sign_in.sign_in import remember_language


class LanguageMiddleware(LocaleMiddleware):
    """Django's, for a site of which only the pages that anybody may find have a language in their addresses.

    Such a page is in the shop's first language where its address names none; a reader of another language is led to that
    one's. Everywhere else a page is in the reader's language: the one that was chosen, or that the browser asks for.
    A reader who came by an address and has chosen none stays in its language.
    """

    def process_request(  # type: ignore[override]  # any middleware may answer; Django's never does
        self, request: HttpRequest
    ) -> HttpResponseRedirect | None:
        named = translation.get_language_from_path(request.path_info)
        language = named or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        return None if named or language == settings.LANGUAGE_CODE else _led_to(request, language)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        named = translation.get_language_from_path(request.path_info)
        if named is None:
            patch_vary_headers(response, ("Accept-Language",))
        elif response.status_code == 200 and _has_chosen_none_of(request, named):
            remember_language(response, named)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


def _led_to(request: HttpRequest, language: str) -> HttpResponseRedirect | None:
    """The same page in another language, where it has an address in it."""
    path = f"/{language}{request.path_info}"
    is_short = not is_valid_path(path)
    if is_short and not (not path.endswith("/") and is_valid_path(f"{path}/")):
        return None
    prefix = get_script_prefix()
    whole = request.get_full_path(force_append_slash=is_short)
    response = HttpResponseRedirect(whole.replace(prefix, f"{prefix}{language}/", 1))
    patch_vary_headers(response, ("Cookie",))
    return response


def _has_chosen_none_of(request: HttpRequest, named: str) -> bool:
    """Whether its reader chose no language, and would meet another elsewhere than the one named."""
    chose = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    return not chose and translation.get_language_from_request(request) != named
