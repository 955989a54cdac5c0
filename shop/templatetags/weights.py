"""Grams on pages: `{{ grams|weight }}`."""

from django import template

from catalog.weights import weight

register = template.Library()
register.filter(weight)
