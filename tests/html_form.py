"""What a browser would send of a page's form when nobody touched it."""

from html.parser import HTMLParser


def fields_of(html: str, form_id: str) -> dict[str, list[str]]:
    """The fields of the form with that id: name -> values. Ends of lines are those of browsers."""
    reader = _Reader(form_id)
    reader.feed(html)
    return {name: [value.replace("\n", "\r\n") for value in some] for name, some in reader.fields.items()}


class _Reader(HTMLParser):
    def __init__(self, form_id: str):
        super().__init__()
        self.form_id, self.is_inside = form_id, False
        self.fields: dict[str, list[str]] = {}
        self.area: str | None = None
        self.select: str | None = None

    def add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.is_inside = given.get("id") == self.form_id
        name = given.get("name")
        if not self.is_inside:
            return
        if tag == "input" and name and "disabled" not in given:
            self._input(name, given)
        elif tag == "textarea" and name:
            self.area, self.fields[name] = name, [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.add(self.select, given.get("value") or "")

    def _input(self, name: str, given: dict) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "button", "image", "file", "reset"):
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self.add(name, given.get("value", "on" if kind == "checkbox" else "") or "")

    def handle_data(self, data):
        if self.area:
            self.fields[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.area:
            self.fields[self.area][0] = self.fields[self.area][0].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None
