from typing import Any

from django.contrib import admin

# Of any model, since neither they nor Django's can be told which one at run time.
class ModelAdmin(admin.ModelAdmin[Any]): ...
class TabularInline(admin.TabularInline[Any, Any]): ...
