"""Customers and staff in Django admin: they are created by email, and deactivated rather than deleted."""

from typing import TYPE_CHECKING, Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.models import Address, User
from accounts.rights import AccountRights
from staff.admin import LoggedAdmin
from staff.rights import may

if TYPE_CHECKING:
    from django.contrib.admin.options import InlineModelAdmin

# They hold secrets that would let staff sign in as another user.
admin.site.unregister([Authenticator, UserSession])


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "full_name")
        field_classes: dict[str, type[forms.Field]] = {}

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("There is a user with this email address already."))
        return email


class VerifiedFilter(admin.SimpleListFilter):
    title = _("verified")
    parameter_name = "verified"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        verified = User.objects.verified().values("pk")
        wanted = {"yes": Q(pk__in=verified), "no": ~Q(pk__in=verified)}
        return queryset.filter(wanted.get(self.value() or "", Q()))


class AddressInline(TabularInline):
    """Addresses belong to the customer: staff look."""

    model = Address
    fields = readonly_fields = (*Address.FIELDS, "is_default")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Address | None = None) -> bool:
        return False


def _is_above(user: User | None, actor: User | AnonymousUser) -> bool:
    if user is None or actor.is_superuser:
        return False
    return user.is_superuser or (user.is_staff and not may(actor, AccountRights.MANAGE_STAFF))


@admin.register(User)
class UserAdmin(LoggedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    add_fieldsets = ((None, {"fields": ("email", "full_name", "usable_password", "password1", "password2")}),)
    fieldsets = (
        (None, {"fields": ("email", "password", "full_name", "phone", "language")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    inlines = (AddressInline,)
    list_display = ("email", "full_name", "is_verified", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", VerifiedFilter)
    search_fields = ("email", "full_name")
    ordering = ("-date_joined",)
    actions = ("deactivate",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        primary = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=True)
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(verified=Exists(primary))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """The user with the content type of each right: a right's name shows it, and it would be read once for each."""
        user: User | None = super().get_object(request, object_id, from_field)
        if user is not None:
            prefetch_related_objects([user], "user_permissions__content_type")
        return user

    @admin.display(boolean=True, description=_("verified"), ordering="verified")
    def is_verified(self, user: User) -> bool:
        return bool(user.verified)  # type: ignore[attr-defined]  # annotated above

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """The email is what a customer verified; groups are given by those who manage staff, the rest by superusers."""
        fixed = ("last_login", "date_joined", *(("email",) if obj else ()))
        if request.user.is_superuser:
            return fixed
        if may(request.user, AccountRights.MANAGE_STAFF):
            return (*fixed, "is_superuser", "user_permissions")
        return (*fixed, "is_staff", "is_superuser", "groups", "user_permissions")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> "list[type[InlineModelAdmin[Any, Any]]]":
        return [*self.inlines] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who can change the account or the password of a superuser or a member of staff can act as that person."""
        return not _is_above(obj, request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, primary=True, verified=False)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 Django's name
        """Django saves the password and its log one after the other."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    @admin.action(description=_("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.filter(is_active=True):
            if user == request.user or not self.has_change_permission(request, user):
                self.message_user(request, _("%s: you may not change this user.") % user, "error")
                continue
            with transaction.atomic():
                user.is_active = False
                user.save(update_fields=["is_active"])
                self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
            self.message_user(request, _("%s was deactivated.") % user, "success")


# --- what packages registered, in the desk's look --------------------------------------------------------------------

admin.site.unregister([Group, EmailAddress])


@admin.register(Group)
class GroupAdmin(LoggedAdmin, DjangoGroupAdmin):
    """Which rights a group has; Django's own page, with what is done there in the staff's log."""


@admin.register(EmailAddress)
class EmailAddressAdmin(LoggedAdmin, AllauthEmailAddressAdmin):
    list_select_related = ("user",)
