"""The user, who signs in by email, and the addresses that orders go to."""

from typing import Any, ClassVar

import pgtrigger
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.asks import Ask  # noqa: F401 Django looks for an app's models here
from accounts.contact import phones, places
from accounts.owner_triggers import WAS_IN_GROUP, WAS_OWNER, an_owner_stays
from accounts.rights import OWNER
from database import fetch
from database.rows import find_one
from rest.scopes import Scope


class UserQuerySet(models.QuerySet["User"]):
    def verified(self) -> "UserQuerySet":
        """Those whose primary email address is verified."""
        primary = EmailAddress.objects.filter(user=models.OuterRef("pk"), primary=True, verified=True)
        return self.filter(models.Exists(primary))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def verified(self) -> UserQuerySet:
        return self.get_queryset().verified()

    def get(self, *args: Any, **wanted: Any) -> "User":
        """As Django's. By the id alone, as for each request with a session, by a statement that is planned once."""
        if args or wanted.keys() != {"pk"} or self._db:
            return self.get_queryset().get(*args, **wanted)
        user = find_one(self.model, "WHERE id = %s", [wanted["pk"]])
        if user is None:
            raise self.model.DoesNotExist
        return user

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new user; the email is stored in lower case, so that one mailbox is one account."""
        if not email:
            raise ValueError("a user needs an email address")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


VERIFIED = 'SELECT EXISTS (SELECT FROM account_emailaddress WHERE user_id = %s AND verified AND "primary")'
MAX_PHONE = 40
# No mailbox exists below it (RFC 2606): the placeholder address of a closed account ends in it.
GONE = "@closed.invalid"


class User(AbstractBaseUser, PermissionsMixin):
    """A customer or a member of staff. Never deleted, as orders hang on them: deactivated, or emptied of the person."""

    email = models.EmailField(_("email address"), unique=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=MAX_PHONE, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=settings.LANGUAGES,
        help_text=_("Of the pages after signing in, and of emails."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    # Counted up, it ends the links to orders in the emails that the user has got so far (orders/links.py).
    links_serial = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    # With an API key below the scope `manage`, staff are customers who may look.
    only_looks = False

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [
            ("manage_staff", "Can manage staff accounts"),
            ("reset_second_factor", "Can reset a lost second factor"),
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci")]
        triggers = [
            pgtrigger.Trigger(
                name="an_owner_stays",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.is_active AND OLD.is_staff AND NOT "
                    "(NEW.is_active AND NEW.is_staff AND NEW.is_superuser = OLD.is_superuser)"
                ),
                func=an_owner_stays(WAS_OWNER),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        if self.only_looks and not perm.partition(".")[2].startswith("view_"):
            return False
        return super().has_perm(perm, obj)

    @property
    def is_verified(self) -> bool:
        """Whether the primary email address is verified."""
        return bool(fetch(VERIFIED, [self.pk])[0][0])

    @property
    def verified_emails(self) -> list[str]:
        """The addresses that are shown to be the user's."""
        return list(EmailAddress.objects.filter(user=self, verified=True).values_list("email", flat=True))

    @property
    def has_left(self) -> bool:
        """Whether the account was closed, and nothing of the person is left in it."""
        return self.email.endswith(GONE)

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email.split("@")[0]


class UserGroup(User.groups.through):  # type: ignore[misc, name-defined]  # Django makes it as it runs
    """Who is in which group; here for its trigger."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="an_owner_stays_in",
                when=pgtrigger.After,
                operation=pgtrigger.Delete | pgtrigger.Update,
                func=an_owner_stays(WAS_IN_GROUP),
            )
        ]


class OwnersGroup(Group):
    """The groups; here for the trigger that keeps the owners' one, under its name."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Protect(
                name="owners_group_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition(f"OLD.name = '{OWNER}'"),
            ),
            pgtrigger.Protect(
                name="owners_group_keeps_its_name",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"OLD.name = '{OWNER}' AND NEW.name <> '{OWNER}'"),
            ),
        ]


class Address(models.Model):
    """Where parcels go. Orders keep a copy, so it may be changed or deleted at any time.

    One of a customer's addresses is the default; accounts/addresses.py sees to it.
    """

    FIELDS = [
        "full_name",
        "phone",
        "line1",
        "line2",
        "city",
        "region",
        "postal_code",
        "country",
    ]

    user = models.ForeignKey(User, models.CASCADE, related_name="addresses")
    full_name = models.CharField(_("full name"), max_length=150)
    phone = models.CharField(_("phone"), max_length=MAX_PHONE)
    line1 = models.CharField(_("street"), max_length=200)
    line2 = models.CharField(_("flat, floor, building"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    region = models.CharField(_("region or state"), max_length=100, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    country = models.CharField(
        _("country"),
        max_length=2,
        help_text=_("Two letters, as in ISO 3166-1: VN, US."),
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Enter the two letters of the country, such as VN."))],
    )
    is_default = models.BooleanField(_("default address"), default=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="accounts_address_one_default"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.full_name, self.line1, self.city, self.country) if part)

    def clean(self) -> None:
        """What is new is held against the rules of its country, and stored as they write it; old text stays as it is."""
        was = Address.objects.filter(pk=self.pk).first() if self.pk else None
        changed = {name for name in self.FIELDS if was is None or getattr(self, name) != getattr(was, name)}
        wrong: dict[str, object] = {}
        if changed & {"phone", "country"}:
            wrong |= self._clean_phone()
        if changed & {"city", "region", "postal_code", "country"}:
            wrong |= self._clean_place()
        if wrong:
            raise ValidationError(wrong)

    def _clean_phone(self) -> dict[str, object]:
        number = phones.stored(typed=self.phone, country=self.country)
        self.phone = number or self.phone
        return {} if number else {"phone": phones.WRONG}

    def _clean_place(self) -> dict[str, object]:
        rules = places.rules_of(self.country)
        empty = [name for name in sorted(rules.required) if not getattr(self, name)]
        wrong: dict[str, object] = {name: _("This field is required.") for name in empty}
        region = places.region_key(country=self.country, region=self.region)
        if rules.regions and self.region and region is None:
            wrong["region"] = _("Choose one of the country's regions.")
        code = places.postal_code(country=self.country, code=self.postal_code)
        if code is None:
            wrong["postal_code"] = _("That is no postal code of this country.")
        self.region, self.postal_code = region or self.region, self.postal_code if code is None else code
        return wrong

    def snapshot(self) -> dict[str, object]:
        """The address as an order keeps it, and as the API shows it."""
        return {"id": self.pk} | {name: getattr(self, name) for name in self.FIELDS}


class ApiKey(models.Model):
    """Lets a program act for a user, within a scope. Only a hash of its secret is stored (accounts/access/keys.py)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    # What the key is found and recognised by; no secret.
    prefix = models.CharField(max_length=8, unique=True)
    # SHA-256 of the whole key, in hexadecimal.
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        # Keys belong to their owner alone; staff who have to stop a key deactivate the user.
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="accounts_apikey_scope")
        ]

    def __str__(self) -> str:
        return f"{self.name} (ord_{self.prefix}…)"
