"""A form as a browser would send it, read from the page: no case knows the names of its fields."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

type Fields = dict[str, list[str]]


@dataclass
class PageForm:
    attributes: dict[str, str | None]
    fields: Fields = field(default_factory=dict)
    radios: dict[str, list[str]] = field(default_factory=dict)
    buttons: set[str] = field(default_factory=set)

    def sent(self) -> Fields:
        """As it is, with the first choice where a group of radio buttons has none yet."""
        first = {name: [values[0]] for name, values in self.radios.items()}
        return first | self.fields


def find_form(page: bytes, having: str) -> PageForm:
    """The page's form that posts a field whose name begins so."""
    for form in read_forms(page):
        names = [*form.fields, *form.radios, *form.buttons]
        is_post = (form.attributes.get("method") or "").lower() == "post"
        if is_post and any(name.startswith(having) for name in names):
            return form
    raise LookupError(f"The page has no form with a field {having}.")


def read_forms(page: bytes) -> Iterator[PageForm]:
    reader = _FormReader()
    reader.feed(page.decode())
    yield from reader.forms


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.current: PageForm | None = None
        self.selected: str | None = None
        self.is_first_option = False
        self.textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self.current = PageForm(attributes)
            self.forms.append(self.current)
            if known := attributes.get("id"):
                self.by_id[known] = self.current
            return
        form = self.by_id.get(attributes.get("form") or "", self.current)
        name = attributes.get("name")
        if form is None or "disabled" in attributes:
            return
        if tag == "option" and self.selected:
            self._option(form, attributes)
        elif not name:
            return
        elif tag == "input":
            self._input(form, name, attributes)
        elif tag == "select":
            self.selected, self.is_first_option = name, True
        elif tag == "textarea":
            self.textarea = name
            form.fields[name] = [""]
        elif tag == "button":
            form.buttons.add(name)

    def _option(self, form: PageForm, attributes: dict[str, str | None]) -> None:
        if self.selected and (self.is_first_option or "selected" in attributes):
            form.fields[self.selected] = [attributes.get("value") or ""]
        self.is_first_option = False

    def _input(self, form: PageForm, name: str, attributes: dict[str, str | None]) -> None:
        kind, value = attributes.get("type") or "text", attributes.get("value") or ""
        if kind == "radio":
            form.radios.setdefault(name, []).append(value)
        if kind in ("radio", "checkbox"):
            if "checked" in attributes:
                form.fields.setdefault(name, []).append(value or "on")
        elif kind in ("submit", "button", "image"):
            form.buttons.add(name)
        else:
            form.fields.setdefault(name, []).append("" if kind == "file" else value)

    def handle_data(self, data: str) -> None:
        if self.textarea and self.current:
            self.current.fields[self.textarea] = [data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        elif tag == "select":
            self.selected = None
        elif tag == "textarea":
            self.textarea = None
