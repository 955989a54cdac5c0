"""Customers and staff in Django admin: they are created by email, and deactivated rather than deleted."""

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.models import Address, User


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "full_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("There is a user with this email address already."))
        return email


class VerifiedFilter(admin.SimpleListFilter):
    title = _("verified")
    parameter_name = "verified"

    def lookups(self, request, model_admin):
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request, queryset: QuerySet[User]) -> QuerySet[User]:
        verified = User.objects.verified().values("pk")
        wanted = {"yes": Q(pk__in=verified), "no": ~Q(pk__in=verified)}
        return queryset.filter(wanted.get(self.value() or "", Q()))


class AddressInline(TabularInline):
    """Addresses belong to the customer: staff look."""

    model = Address
    fields = readonly_fields = tuple(Address.FIELDS)
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    add_fieldsets = ((None, {"fields": ("email", "full_name", "usable_password", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    inlines = (AddressInline,)
    list_display = ("email", "full_name", "is_verified", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", VerifiedFilter)
    search_fields = ("email", "full_name")
    ordering = ("-date_joined",)
    show_full_result_count = False
    actions = ("deactivate",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        primary = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=True)
        return super().get_queryset(request).annotate(verified=Exists(primary))

    @admin.display(boolean=True, description=_("verified"), ordering="verified")
    def is_verified(self, user: User) -> bool:
        return user.verified  # type: ignore[attr-defined]  # annotated above

    def get_readonly_fields(self, request, obj=None) -> tuple[str, ...]:
        """The email is what a customer verified; rights are given by those who have all of them."""
        fixed = ("last_login", "date_joined", *(("email",) if obj else ()))
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        return fixed if request.user.is_superuser else (*fixed, *rights)

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def has_change_permission(self, request, obj=None) -> bool:
        """Whoever could change a superuser (or the password of one) would be one."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj: User, form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=False)

    @admin.action(description=_("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.filter(is_active=True):
            if user == request.user or not self.has_change_permission(request, user):
                self.message_user(request, _("%s: you may not change this user.") % user, "error")
                continue
            user.is_active = False
            user.save(update_fields=["is_active"])
            self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
            self.message_user(request, _("%s was deactivated.") % user, "success")


# --- what packages registered, in the desk's look --------------------------------------------------------------------

admin.site.unregister([Group, EmailAddress])


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Who may do what: users get their rights from groups."""


@admin.register(EmailAddress)
class EmailAddressAdmin(AllauthEmailAddressAdmin, ModelAdmin):
    list_select_related = ("user",)
    show_full_result_count = False
