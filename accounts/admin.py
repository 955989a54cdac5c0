"""Customers and staff in Django admin: they are created by email, and deactivated rather than deleted."""

from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import EmailAddress
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from accounts.access import second_factor
from accounts.access.new_password import tell_of_new_password
from accounts.models import Address, User
from accounts.owners import LastOwner, is_above, keeping_an_owner
from accounts.rights import OWNER, AccountRights
from staff.admin import LoggedAdmin
from staff.asking import asked_first
from staff.rights import PermissionDenied, may

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


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        tell_of_new_password(user)
        return user


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


class ConfirmedAdmin(LoggedAdmin):
    """What is changed here may hand an account over, the reader's own too: it takes the password or a code once more.

    Looking takes none. A form that holds a password takes it before it opens, so that nothing typed waits in a session.
    """

    def get_urls(self) -> list[Any]:
        urls = super().get_urls()
        for url in urls:
            has_password = str(url.name).endswith(("user_add", "password_change"))
            url.callback = _before_secrets(url.callback) if has_password else _before_changes(url.callback)
        return urls


_before_changes = reauthentication_required(allow_get=True)


def _before_secrets(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_anonymous or did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        methods = get_adapter().get_reauthentication_methods(request.user)
        if not methods:
            # Without a password and a second factor there is nothing to be asked for, and staff get no codes by email.
            raise PermissionDenied
        first = methods[0]
        return HttpResponseRedirect(add_query_params(first["url"], {REDIRECT_FIELD_NAME: request.path}))

    return asked


@admin.register(User)
class UserAdmin(ConfirmedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    add_form = NewUserForm
    change_password_form = PasswordForm
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
    actions = ("deactivate", "reset_second_factor")

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
        is_above_reader = obj is not None and is_above(obj, request.user)
        return not is_above_reader and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One that would leave no owner is saved in no part."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        try:
            with keeping_an_owner():
                return super().changeform_view(request, *args, **kwargs)
        except LastOwner as refusal:
            self.message_user(request, str(refusal), "error")
            return HttpResponseRedirect(request.get_full_path())

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
            try:
                with keeping_an_owner():
                    user.is_active = False
                    user.save(update_fields=["is_active"])
                    self.log_change(request, user, [{"changed": {"fields": ["is_active"]}}])
            except LastOwner as refusal:
                self.message_user(request, str(refusal), "error")
                continue
            self.message_user(request, _("%s was deactivated.") % user, "success")

    def has_reset_second_factor_permission(self, request: HttpRequest) -> bool:
        return may(request.user, AccountRights.RESET_SECOND_FACTOR)

    @admin.action(description=_("Reset a lost second factor"), permissions=["reset_second_factor"])
    @asked_first(
        says=lambda count: (
            ngettext(
                "%(count)d person signs in by password alone from now on, is signed out everywhere, and gets an email. This "
                "can't be taken back.",
                "%(count)d people sign in by password alone from now on, are signed out everywhere, and get an email. This "
                "can't be taken back.",
                count,
            )
            % {"count": count}
        ),
        whom=attrgetter("full_name"),
    )
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            try:
                second_factor.reset(user=user, actor=cast("User", request.user))
            except PermissionDenied:
                self.message_user(request, _("%s: you may not change this user.") % user, "error")
            else:
                self.message_user(
                    request, _("%s signs in by password alone now, and was told.") % user, "success"
                )


# --- what packages registered, in the desk's look --------------------------------------------------------------------

admin.site.unregister([Group, EmailAddress])


@admin.register(Group)
class GroupAdmin(ConfirmedAdmin, DjangoGroupAdmin):  # type: ignore[misc]  # fields of many are made by both in turn
    """Which rights a group has; Django's own page, with what is done there in the staff's log.

    The owners' group stays as it is.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With the rights, which a page that is only read writes out."""
        groups: QuerySet[Group] = super().get_queryset(request)
        return groups.prefetch_related("permissions__content_type")

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not (obj and obj.name == OWNER) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not (obj and obj.name == OWNER) and super().has_delete_permission(request, obj)


@admin.register(EmailAddress)
class EmailAddressAdmin(ConfirmedAdmin, AllauthEmailAddressAdmin):
    """Whoever may change where a person's emails go can act as that person: as with the account itself (`UserAdmin`)."""

    list_select_related = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return not self._is_above(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        return not self._is_above(request, obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: EmailAddress, form: Any, change: bool) -> None:
        if self._is_above(request, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Mark selected email addresses as verified"), permissions=["change"])
    def make_verified(self, request: HttpRequest, queryset: QuerySet[EmailAddress]) -> None:
        """Of those whose account the reader may change; allauth asks for no right."""
        allowed = [one.pk for one in queryset if self.has_change_permission(request, one)]
        super().make_verified(request, queryset.filter(pk__in=allowed))

    def _is_above(self, request: HttpRequest, obj: EmailAddress | None) -> bool:
        return obj is not None and is_above(obj.user, request.user)
