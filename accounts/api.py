"""DRF doors of one's own addresses."""

from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListCreateAPIView, RetrieveUpdateDestroyAPIView

from accounts.models import Address
from accounts.requests import ApiRequest


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = ["id", *Address.FIELDS]


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
