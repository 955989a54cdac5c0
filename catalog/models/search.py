"""What products are found by."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.product import Product
from catalog.search import search


class ProductSearch(models.Model):
    """What a product is found by. Triggers write it (catalog/search/search.py); nothing else does.

    A table of its own, so that a product's row stays small where each order writes it.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="search")
    words = SearchVectorField()
    # The release before this one sorts by it, and by the name where it is empty. The next one drops it.
    by_name = models.JSONField(default=dict, db_default={})

    class Meta:
        indexes = [GinIndex(fields=["words"], name="catalog_productsearch_words")]
        triggers = [search.WORDS_ARE_KEPT]

    def __str__(self) -> str:
        return str(self.product_id)


class SearchWord(models.Model):
    """A word that some product is or was found by, to be guessed where it is mistyped. Written by a trigger alone.

    Two products that bring a word at one moment may write it twice, which harms nothing; a promise that it is there once
    would make them wait for each other.
    """

    word = models.CharField(max_length=30, db_index=True)
    trigrams = ArrayField(models.TextField())

    class Meta:
        default_permissions = ()
        indexes = [GinIndex(fields=["trigrams"], name="catalog_searchword_trigrams")]

    def __str__(self) -> str:
        return self.word
