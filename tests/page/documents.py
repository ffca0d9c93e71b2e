"""HTML as tests ask about it: elements with their attributes and their text, in the order of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import attrs

__all__ = ["Document", "Element", "read_document"]

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@attrs.define(eq=False)
class Element:
    """An element. parts: its texts and elements, in order."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    parts: list[str | Element] = attrs.field(factory=list)

    @property
    def text(self) -> str:
        """All text in it, as it is written."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def words(self) -> str:
        """All text in it, as it is read: white space is one space."""
        return re.sub(r"\s+", " ", self.text).strip()

    def __iter__(self) -> Iterator[Element]:
        """It, and every element in it."""
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part


class Document(HTMLParser):
    """A page. Every element that is begun has to be ended, and in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None)
        self._open = self.root

    def all(self, *tags: str) -> list[Element]:
        """Every element of these names."""
        return [element for element in self.root if element.tag in tags]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only element of a name with these attributes; `class_` is the attribute class."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        [found] = [element for element in self.all(tag) if wanted.items() <= element.attributes.items()]
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.parts.append(element)
        if tag not in _VOID:
            self._open = element

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        assert self._open.tag == tag, f"</{tag}> ends <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        self._open.parts.append(data)

    def handle_comment(self, data: str) -> None:
        """See HTMLParser."""
        raise AssertionError(f"a page has no comments, and this one says {data!r}")


def read_document(html: str) -> Document:
    """A page. Raises AssertionError where it is not well formed."""
    document = Document()
    document.feed(html)
    document.close()
    assert document._open is document.root, f"<{document._open.tag}> is not ended"
    return document
