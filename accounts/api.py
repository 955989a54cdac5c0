"""DRF doors of one's own addresses."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListCreateAPIView, RetrieveUpdateDestroyAPIView

from accounts.addresses import delete_address, save_address
from accounts.models import Address
from accounts.requests import ApiRequest


class AddressSerializer(serializers.ModelSerializer):
    is_default = serializers.BooleanField(
        required=False,
        help_text=_("One address is the default: making another the default is how this one stops being it."),
    )

    class Meta:
        model = Address
        fields = ["id", *Address.FIELDS, "is_default"]

    def validate_is_default(self, value: bool) -> bool:
        if self.instance and self.instance.is_default and not value:
            raise serializers.ValidationError(_("Make another address the default instead."))
        return value

    def save(self, **given) -> Address:
        """Through the room that keeps one default."""
        wanted = {**self.validated_data, **given}
        make_default = wanted.pop("is_default", False)
        address = self.instance or Address()
        for name, value in wanted.items():
            setattr(address, name, value)
        self.instance = save_address(address, make_default=make_default)
        return self.instance


class Addresses(GenericAPIView):
    request: ApiRequest
    serializer_class = AddressSerializer

    def get_queryset(self):
        return Address.objects.filter(user=self.request.user)


class AddressesView(Addresses, ListCreateAPIView):
    ordering = ("id",)

    def perform_create(self, serializer) -> None:
        serializer.save(user=self.request.user)


class AddressView(Addresses, RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def perform_destroy(self, instance: Address) -> None:
        delete_address(instance)
