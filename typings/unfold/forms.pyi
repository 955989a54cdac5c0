from typing import Any

from django.contrib.auth import forms
from django.forms import BaseForm, BaseInlineFormSet

class AdminPasswordChangeForm(forms.AdminPasswordChangeForm[Any]): ...
class UserCreationForm(forms.UserCreationForm[Any]): ...

class PaginationInlineFormSet(BaseInlineFormSet[Any, Any, Any]):
    def _should_delete_form(self, form: BaseForm) -> bool: ...  # Django's own, which django-stubs leave out
