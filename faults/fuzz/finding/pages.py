"""What a page offers: its links and its forms, with the fields that a browser would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    action: str
    method: str = "get"
    is_multipart: bool = False
    fields: list[tuple[str, str]] = field(default_factory=list)
    # Names of fields in which files are chosen.
    files: list[str] = field(default_factory=list)
    # The buttons that have a name: one of them is pressed.
    buttons: list[tuple[str, str]] = field(default_factory=list)
    # What may be ticked, and what may be chosen in place of what is.
    ticks: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """Fields that stand outside of their form and name it by `form=` belong to it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.inside: Form | None = None
        self.area: tuple[Form, str] | None = None
        self.select: tuple[Form, str] | None = None
        self.choices: list[str] = []
        self.chosen: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self._begin(given)
        elif form := self.by_id.get(given.get("form", ""), self.inside):
            self._field(form, tag, given)

    def _begin(self, given: dict[str, str]) -> None:
        kind = given.get("enctype", "").lower()
        self.inside = Form(
            given.get("action", ""), given.get("method", "get").lower(), kind.startswith("multipart")
        )
        self.forms.append(self.inside)
        if given.get("id"):
            self.by_id[given["id"]] = self.inside

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "option" and self.select:
            self.choices.append(given.get("value", ""))
            if "selected" in given:
                self.chosen.append(given.get("value", ""))
        elif not name:
            return
        elif tag == "input":
            _input(form, name, given)
        elif tag == "button":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "textarea":
            self.area = (form, name)
            form.fields.append((name, ""))
        elif tag == "select":
            self.select, self.choices, self.chosen = (form, name), [], []

    def handle_data(self, data: str) -> None:
        if self.area:
            form, name = self.area
            form.fields[-1] = (name, form.fields[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select" and self.select:
            form, name = self.select
            form.fields += [(name, value) for value in self.chosen or self.choices[:1]]
            form.choices[name] = self.choices
            self.select = None


def _input(form: Form, name: str, given: dict[str, str]) -> None:
    kind = given.get("type", "text").lower()
    if kind == "file":
        form.files.append(name)
    elif kind in ("submit", "image"):
        form.buttons.append((name, given.get("value", "")))
    elif kind in ("checkbox", "radio") and "checked" not in given:
        form.ticks.append((name, given.get("value", "on")))
    elif kind not in ("button", "reset"):
        form.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))
