"""DRF doors of one's own addresses."""

from django.db import models
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListCreateAPIView, RetrieveUpdateDestroyAPIView

from accounts.models import Address
from accounts.requests import ApiRequest
from rest.answers import Answer, answers
from rest.fields import Text
from rest.views import ApiView


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = ["id", *Address.FIELDS]

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
    }


class Addresses(ApiView, GenericAPIView):
    request: ApiRequest
    serializer_class = AddressSerializer

    def get_queryset(self):
        return Address.objects.filter(user=self.request.user)


@answers(get=Answer("list_addresses", "List one's addresses"), post=Answer("add_address", "Add an address"))
class AddressesView(Addresses, ListCreateAPIView):
    ordering = ("id",)

    def perform_create(self, serializer) -> None:
        serializer.save(user=self.request.user)


@answers(
    get=Answer("read_address", "Read an address"),
    patch=Answer("change_address", "Change an address"),
    delete=Answer("delete_address", "Delete an address"),
)
class AddressView(Addresses, RetrieveUpdateDestroyAPIView):
    http_method_names = ["get", "patch", "delete", "head", "options"]
