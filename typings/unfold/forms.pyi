from typing import Any

from django.contrib.auth import forms
from django.core.paginator import Page, Paginator
from django.forms import BaseForm, BaseInlineFormSet
from django.http import HttpRequest

class AdminPasswordChangeForm(forms.AdminPasswordChangeForm[Any]): ...
class UserCreationForm(forms.UserCreationForm[Any]): ...

class PaginationInlineFormSet(BaseInlineFormSet[Any, Any, Any]):
    request: HttpRequest | None
    def get_page(self, paginator: Paginator[Any], page: int) -> Page[Any]: ...
    def get_page_num(self) -> int: ...
    def _should_delete_form(self, form: BaseForm) -> bool: ...  # Django's own, which django-stubs leave out
