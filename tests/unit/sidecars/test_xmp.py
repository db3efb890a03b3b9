"""Sidecars of XMP."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo_grpc.sidecars.known_date import KnownDate, Precision
from emo_grpc.sidecars.rdf import MAX_DEPTH
from emo_grpc.sidecars.sidecar import MAX_BYTES, NotASidecar, Sidecar
from emo_grpc.sidecars.xmp import read_xmp

NAMESPACES: Final = """
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
"""


def packet(properties: str, attributes: str = "") -> bytes:
    """A packet with these properties of one description."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" {NAMESPACES} {attributes}>{properties}</rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


LIGHTROOM: Final = packet(
    """
    <dc:title><rdf:Alt>
      <rdf:li xml:lang="de">Geburtstag</rdf:li><rdf:li xml:lang="x-default">Grandma's birthday</rdf:li>
    </rdf:Alt></dc:title>
    <dc:description><rdf:Alt><rdf:li xml:lang="x-default">With the whole family</rdf:li></rdf:Alt></dc:description>
    <dc:subject><rdf:Bag><rdf:li>family</rdf:li><rdf:li>cake</rdf:li><rdf:li>family</rdf:li></rdf:Bag></dc:subject>
    <Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ann</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>
    <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
      <rdf:li><rdf:Description mwg-rs:Name="Grandma" mwg-rs:Type="Face">
        <mwg-rs:Area stArea:x="0.5" stArea:y="0.4" stArea:w="0.1" stArea:h="0.2" stArea:unit="normalized"/>
      </rdf:Description></rdf:li>
      <rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ann</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type></rdf:li>
      <rdf:li mwg-rs:Name="Rex" mwg-rs:Type="Pet"/>
    </rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
    <Iptc4xmpCore:Location>Plaça del Vi</Iptc4xmpCore:Location>
    """,
    'photoshop:City="Girona" photoshop:Country="Spain" photoshop:DateCreated="1994-05-06" xmp:CreateDate="2020-01-01"',
)


def test_a_photo_keeps_what_its_program_knows() -> None:
    """Title, description, keywords, people, faces, place and day of a photo are read, in each form that RDF has."""
    assert read_xmp(LIGHTROOM) == Sidecar(
        title="Grandma's birthday",
        description="With the whole family",
        tags=("family", "cake"),
        people=("Ann", "Grandma"),
        location="Plaça del Vi, Girona, Spain",
        date=KnownDate(datetime(1994, 5, 6, tzinfo=UTC), Precision.DAY),
    )


@pytest.mark.parametrize(
    ("attributes", "year"),
    [
        ('photoshop:DateCreated="1994" exif:DateTimeOriginal="1995" xmp:CreateDate="1996"', 1994),
        ('exif:DateTimeOriginal="1995" xmp:CreateDate="1996"', 1995),
        ('photoshop:DateCreated="long ago" xmp:CreateDate="1996"', 1996),
    ],
)
def test_the_day_of_the_photo_comes_before_that_of_the_file(attributes: str, year: int) -> None:
    """Of several dates the one that the photo was taken at counts, as far as it is one."""
    date = read_xmp(packet("", attributes)).date
    assert date is not None
    assert date.moment.year == year


@pytest.mark.parametrize(
    ("properties", "attributes", "place"),
    [
        ("", 'exif:GPSLatitude="41,58.95N" exif:GPSLongitude="2,49.398E"', "41.98250, 2.82330"),
        ("", 'exif:GPSLatitude="33,52,10S" exif:GPSLongitude="70,40,0W"', "-33.86944, -70.66667"),
        ("", 'exif:GPSLatitude="41,58.95N"', ""),
        ("", 'exif:GPSLatitude="north" exif:GPSLongitude="2,49.398E"', ""),
        (
            "<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li rdf:parseType='Resource'>"
            "<Iptc4xmpExt:City>Girona</Iptc4xmpExt:City><Iptc4xmpExt:CountryName>Spain</Iptc4xmpExt:CountryName>"
            "</rdf:li></rdf:Bag></Iptc4xmpExt:LocationCreated>",
            "",
            "Girona, Spain",
        ),
        ("<Iptc4xmpExt:LocationShown Iptc4xmpExt:City='Girona'/>", 'exif:GPSLatitude="1,1N"', "Girona"),
    ],
)
def test_a_place_is_named_or_measured(properties: str, attributes: str, place: str) -> None:
    """The name of a place counts, and where there is none its coordinates."""
    assert read_xmp(packet(properties, attributes)).location == place


def test_a_packet_in_another_encoding_is_read() -> None:
    """XML says by itself how it is encoded."""
    assert read_xmp(LIGHTROOM.decode().encode("utf-16")).title == "Grandma's birthday"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff\xe0 a photo",
        b"<x/>",
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>",
        b"<?xml version='1.0' encoding='klingon'?><x/>",
        b"<a>" * 500_000,
        b" " * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_xmp_is_refused(data: bytes) -> None:
    """What is no XML, no XMP, nested without end or too large for a sidecar is refused."""
    with pytest.raises(NotASidecar):
        read_xmp(data)


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_are_refused(dtd: str) -> None:
    """No sidecar defines entities, which would grow without end or fetch other files; nor names a DTD."""
    with pytest.raises(NotASidecar):
        read_xmp(dtd.encode() + packet("<dc:title>&a;</dc:title>").partition(b"?>")[2].strip())


def test_depth_has_its_bound() -> None:
    """Elements in one another are followed as deep as any program writes them, and no deeper."""
    deep = "<dc:x>" * MAX_DEPTH + "</dc:x>" * MAX_DEPTH
    with pytest.raises(NotASidecar, match="nested deeper"):
        read_xmp(packet(deep))
    assert read_xmp(packet("<dc:x>" * 30 + "</dc:x>" * 30)) == Sidecar()


@given(st.integers(0, len(LIGHTROOM) - 1), st.binary(min_size=1, max_size=3))
def test_no_damage_breaks_it(position: int, damage: bytes) -> None:
    """A sidecar with damaged bytes is read or refused, and nothing else happens."""
    data = LIGHTROOM[:position] + damage + LIGHTROOM[position + len(damage) :]
    with suppress(NotASidecar):
        assert isinstance(read_xmp(data), Sidecar)
