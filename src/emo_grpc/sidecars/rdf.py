"""The properties of an XMP packet: RDF/XML (ISO 16684-1, 7), read as values, lists and structures."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError  # what defusedxml makes and raises

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from emo_grpc.sidecars.sidecar import NotASidecar, require_small

RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML: Final = "{http://www.w3.org/XML/1998/namespace}"
LISTS: Final = frozenset({f"{RDF}Alt", f"{RDF}Bag", f"{RDF}Seq"})
DESCRIPTION: Final = f"{RDF}Description"
DEFAULT_LANGUAGE: Final = "x-default"
MAX_DEPTH: Final = 40
"""Of elements in one another; the deepest that are in use, regions of faces, have ten."""


@dataclass(frozen=True, slots=True)
class Value:
    """A text, the items of a list, or the fields of a structure; names are `{namespace}name`."""

    text: str = ""
    language: str = ""
    items: tuple["Value", ...] = ()
    fields: Mapping[str, "Value"] = field(default_factory=dict)

    @property
    def chosen_text(self) -> str:
        """Its text, or of alternatives the default one (ISO 16684-1, 8.2.2.4), else the first."""
        if not self.items:
            return self.text
        default = [each.text for each in self.items if each.language.lower() == DEFAULT_LANGUAGE and each.text]
        return (default or [each.text for each in self.items])[0]

    @property
    def texts(self) -> tuple[str, ...]:
        """Those of a list; a writer that makes no list of one text is understood."""
        return tuple(each.chosen_text for each in self.items) if self.items else (self.text,)


NOTHING: Final = Value()


def read_properties(data: bytes) -> Mapping[str, Value]:
    """All properties by their names; raises NotASidecar, also for entities, a DTD, and what is nested too deep."""
    require_small(data)
    try:
        root = _parse(data)
    except (DefusedXmlException, ParseError, ValueError, LookupError):  # the last for an encoding that nobody knows
        raise NotASidecar("it is no XML that can be read") from None
    packet = next(root.iter(f"{RDF}RDF"), None) if root is not None else None
    if packet is None:
        raise NotASidecar("there is no RDF in it")
    return _fields(packet.iterfind(DESCRIPTION))


def _parse(data: bytes) -> Element | None:
    root: Element | None = None
    depth = 0
    for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
        root = element if root is None else root
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise NotASidecar(f"elements are nested deeper than {MAX_DEPTH}")
    return root


def _fields(descriptions: Iterable[Element]) -> dict[str, Value]:
    """Of what is said twice the first counts."""
    found: dict[str, Value] = {}
    for description in descriptions:
        for name, text in description.attrib.items():
            if not name.startswith((RDF, XML)):
                found.setdefault(name, Value(text.strip()))
        for child in description:
            found.setdefault(child.tag, _value(child))
    return found


def _value(element: Element) -> Value:
    for child in element:
        if child.tag in LISTS:
            return Value(items=tuple(_value(item) for item in child if item.tag == f"{RDF}li"))
        if child.tag == DESCRIPTION:
            return Value(fields=_fields([child]))
    fields = _fields([element])
    if fields:
        return Value(fields=fields)
    return Value((element.text or "").strip(), element.get(f"{XML}lang", ""))
