"""DRF doors of one's own addresses."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListCreateAPIView, RetrieveUpdateDestroyAPIView

from accounts.addresses import delete_address, save_address
from accounts.models import Address
from accounts.requests import ApiRequest
from refusals import Refusal
from rest.answers import Answer, answers
from rest.changes import Change
from rest.fields import Text, Truth
from rest.preconditions import Expectation, PreconditionFailed, expectation
from rest.views import ApiView


class AddressIsDefault(Refusal):
    """A customer always has a default address: it stops being the default when another address becomes it."""

    code = "address_is_default"
    status = 409
    title = _("The default address")
    message = _("Make another address the default instead.")
    advice = _("One address is the default. Make another one the default instead.")


class AddressSerializer(Change, serializers.ModelSerializer[Address]):
    is_default = Truth(
        required=False,
        help_text=_("One address is the default: making another the default is how this one stops being it."),
    )

    class Meta:
        model = Address
        fields = ["id", *Address.FIELDS, "is_default"]
        # Blank where addresses have none.
        extra_kwargs = {"city": {"required": True}}

    def validate_is_default(self, value: bool) -> bool:  # noqa: FBT001 DRF passes it by place
        if self.instance and self.instance.is_default and not value:
            raise AddressIsDefault
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Held against the rules of its country, and stored as they write it."""
        before = self.instance or Address()
        given = {name: attrs.get(name, getattr(before, name)) for name in Address.FIELDS}
        address = Address(pk=before.pk, **given)
        try:
            address.clean()
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from error
        return attrs | {name: getattr(address, name) for name in Address.FIELDS if name in attrs}

    def save(self, **given: Any) -> Address:
        """Save by the domain call, which keeps exactly one default."""
        wanted = {**self.validated_data, **given}
        make_default, expect = wanted.pop("is_default", False), wanted.pop("expect", None)
        address = self.instance or Address()
        for name, value in wanted.items():
            setattr(address, name, value)
        self.instance = save_address(address, make_default=make_default, expect=expect)
        return self.instance

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
    }


class Addresses(ApiView, GenericAPIView[Address]):
    request: ApiRequest
    serializer_class = AddressSerializer

    def get_queryset(self) -> models.QuerySet[Address]:
        return Address.objects.filter(user=self.request.user)


@answers(get=Answer("list_addresses", "List one's addresses"), post=Answer("add_address", "Add an address"))
class AddressesView(Addresses, ListCreateAPIView[Address]):
    ordering = ("id",)

    def perform_create(self, serializer: serializers.BaseSerializer[Address]) -> None:
        serializer.save(user=self.request.user)


@answers(
    get=Answer("read_address", "Read an address"),
    patch=Answer("change_address", "Change an address", (AddressIsDefault, PreconditionFailed)),
    delete=Answer("delete_address", "Delete an address", (PreconditionFailed,)),
)
class AddressView(Addresses, RetrieveUpdateDestroyAPIView[Address]):
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def perform_update(self, serializer: serializers.BaseSerializer[Address]) -> None:
        serializer.save(expect=self._expectation())

    def perform_destroy(self, instance: Address) -> None:
        delete_address(instance, expect=self._expectation())

    def _expectation(self) -> Expectation[Address] | None:
        return expectation(self.request, lambda address: AddressSerializer(address).data)
