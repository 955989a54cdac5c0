"""Emails are written by Jinja2, with Django's own tags for words: what those do there they do here."""

import pytest
from django.template import Context, Engine
from django.utils import translation
from jinja2 import TemplateSyntaxError

from orders.emails import writing

ENGINE = Engine(libraries={"i18n": "django.templatetags.i18n"})
# Each as both have it.
WORDS = [
    '{% translate "Status" %}: x',
    "{% translate 'Payment reference' %}",
    "{% blocktranslate with number=given %}Order {{ number }}: please pay{% endblocktranslate %}",
    "{% blocktranslate %}The {{ shop }} team{% endblocktranslate %}",
    "{% blocktranslate with a=given b=shop %}100 % of {{ a }}, {{ b }} and {{ a }}{% endblocktranslate %}",
    "{% blocktranslate %}No name in it, 5 %{% endblocktranslate %}",
    '{% translate "10 % off" %}',
    "{% blocktranslate trimmed with a=given %}\n    Two\n    lines of {{ a }}\n{% endblocktranslate %}",
    "{% blocktranslate trimmed count days=1 %}\n {{ days }} day\n{% plural %}\n {{ days }} days\n{% endblocktranslate %}",
    "{% blocktranslate count n=3 with a=given %}{{ n }}, {{ a }}{% plural %}{{ n }}: {{ a }}{% endblocktranslate %}",
    "{% blocktranslate with none=nothing %}What is {{ none }} is nothing{% endblocktranslate %}",
]
GIVEN = {"given": "<b>7</b>", "shop": "Tom & Jerry's"}


def by_jinja(text: str, *, html: bool) -> str:
    made = writing.environment().overlay(autoescape=html)
    return made.from_string(text).render(GIVEN)


def by_django(text: str, *, html: bool) -> str:
    found = ENGINE.from_string(f"{{% load i18n %}}{text}").render(Context(GIVEN, autoescape=html))
    return found.replace("&#x27;", "&#39;")


@pytest.mark.parametrize("html", [True, False], ids=["html", "text"])
@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("words", WORDS)
def test_words_are_translated_and_filled_as_django_does_it(words, language, html):
    with translation.override(language):
        assert by_jinja(words, html=html) == by_django(words, html=html)


def test_the_words_are_those_of_the_language_that_is_on():
    with translation.override("vi"):
        assert by_jinja(WORDS[0], html=False) == "Trạng thái: x"


@pytest.mark.parametrize(
    "wrong",
    [
        "{% translate Status %}",
        "{% blocktranslate %}Order {{ order.number }}{% endblocktranslate %}",
        "{% blocktranslate %}{% if a %}{% endif %}{% endblocktranslate %}",
        "{% blocktranslate %}without an end",
    ],
)
def test_what_django_would_refuse_is_refused(wrong):
    with pytest.raises(TemplateSyntaxError):
        by_jinja(wrong, html=True)


def test_paragraphs_are_paragraphs_and_what_is_given_is_no_markup():
    given = {"says": "One.\n\nTwo & <b>three</b>."}
    text = writing.environment().overlay(autoescape=True).from_string("{{ says|linebreaks }}").render(given)

    assert text == "<p>One.</p>\n\n<p>Two &amp; &lt;b&gt;three&lt;/b&gt;.</p>"
