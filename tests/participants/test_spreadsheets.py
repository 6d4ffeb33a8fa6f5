import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participants import legacy_sheets, spreadsheets
from participants.spreadsheets import CellProblem, SheetError, read_sheet

HEADER = ("DNI", "Nombres", "Correo electrónico")
PERSON = ("07846088", "Lucía Ñahui", "lucia@salud.example")
CSV_ROWS = ("DNI;Nombres;Correo electrónico", "07846088;Lucía Ñahui;lucia@salud.example")
ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "manifest")
)


def xlsx(*rows, title="Hoja1"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rewritten(content, change, added=()):
    """The zip again, each entry as `change(name, data)` gives it, `added` ones first."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in added:
            new.writestr(name, change(name, b""))
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def ods(table, manifest=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", spreadsheets.ODS_TYPE.decode())
        archive.writestr(
            "META-INF/manifest.xml",
            f"<manifest:manifest {ODS_NAMES}>{manifest}</manifest:manifest>",
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {ODS_NAMES}><office:body><office:spreadsheet>"
            f'<table:table table:name="Lista">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def ods_row(*values):
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        for value in values
    )
    return f"<table:table-row>{cells}</table:table-row>"


def cells(sheet):
    return [row.cells for row in sheet.rows]


def test_read_sheet_xlsx_keeps_row_numbers_and_leaves_blank_rows_out():
    sheet = read_sheet(xlsx(("Ficha",), (), HEADER, (None, " ", None), PERSON))
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (1, ("Ficha",)),
        (3, HEADER),
        (5, PERSON),
    ]


def test_read_sheet_is_told_by_content_not_by_name():
    assert cells(read_sheet(xlsx(HEADER, PERSON), "lista.csv")) == [HEADER, PERSON]
    assert cells(read_sheet("\n".join(CSV_ROWS).encode(), "lista.xlsx")) == [HEADER, PERSON]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_read_sheet_csv(delimiter, encoding, newline):
    text = newline.join(CSV_ROWS).replace(";", delimiter)
    assert cells(read_sheet(text.encode(encoding))) == [HEADER, PERSON]


def test_read_sheet_csv_with_commas_inside_cells_and_excels_first_line():
    text = 'sep=;\nNombre;Dirección\n"Ana ""la"" mayor";"Jr. Uno, 2, Lima"\nLuz;"a\nb"\n'
    sheet = read_sheet(text.encode())
    assert [row.number for row in sheet.rows] == [2, 3, 4]
    assert cells(sheet)[1:] == [('Ana "la" mayor', "Jr. Uno, 2, Lima"), ("Luz", "a\nb")]


def test_read_sheet_csv_with_an_open_quote_names_the_row():
    with pytest.raises(SheetError, match="3"):
        read_sheet(b'a,b\n1,2\n"3,4\n5,6\n')


def test_read_sheet_xls(data):
    sheet = read_sheet((data / "list.xls").read_bytes())
    assert sheet.name == "Inscritos"  # the first, "Notas", is empty
    assert sheet.rows[-1].number == 5
    assert sheet.rows[-1].cells == (
        "DNI", 7846088, "ÑAHUI", "DE LA CRUZ", "Luz", "F", dt.date(1990, 8, 25),
        "luz@salud.example",
    )  # fmt: skip


def test_read_sheet_ods():
    blank = '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    sheet = read_sheet(ods(blank + ods_row(*HEADER) + ods_row(*PERSON)))
    assert [(row.number, row.cells) for row in sheet.rows] == [(3, HEADER), (4, PERSON)]


def test_read_sheet_xls_with_a_cell_at_the_far_corner_is_refused(data):
    with pytest.raises(SheetError, match=r"\.xlsx"):
        read_sheet((data / "far-corner.xls").read_bytes())


def test_read_sheet_ods_with_a_cell_at_the_far_corner_is_refused():
    far = (
        '<table:table-row table:number-rows-repeated="1048574"><table:table-cell/>'
        "</table:table-row><table:table-row>"
        '<table:table-cell table:number-columns-repeated="16383"/>'
        '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
    )
    content = ods(ods_row(*HEADER) + far)
    with pytest.raises(legacy_sheets.TooMuch):
        legacy_sheets.read_in_child(content, kind="ods", max_rows=10, max_columns=10)
    with pytest.raises(SheetError):
        read_sheet(content)


def test_read_in_child_stops_at_its_deadline(monkeypatch):
    monkeypatch.setattr(legacy_sheets, "SECONDS", 0.001)
    with pytest.raises(legacy_sheets.TooMuch):
        legacy_sheets.read_in_child(ods(ods_row("x")), kind="ods", max_rows=10, max_columns=10)


def test_read_sheet_xlsx_with_a_cell_at_the_far_corner_reads_the_list():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(HEADER, PERSON)))
    book.active.cell(1_048_576, 16_384, "x")
    assert cells(read_sheet(saved(book))) == [HEADER, PERSON]


@pytest.mark.parametrize("stated", [b"A1", b"A1:XFD1048576"])
def test_read_sheet_xlsx_does_not_believe_the_stated_dimension(stated):
    content = rewritten(
        xlsx(HEADER, PERSON),
        lambda name, data: data.replace(b'dimension ref="A1:C2"', b'dimension ref="%s"' % stated),
    )
    assert cells(read_sheet(content)) == [HEADER, PERSON]


def test_read_sheet_xlsx_takes_calculated_values_and_names_the_others():
    content = rewritten(
        xlsx(HEADER, ("=1+1", "=A1", "x"), ("#N/A", "Luz", "y"), ("=2+2", None, None)),
        lambda name, data: data.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
        ),
    )
    sheet = read_sheet(content)
    assert cells(sheet)[1][0] == 2
    for problem in (cells(sheet)[1][1], cells(sheet)[2][0], cells(sheet)[3][0]):
        assert isinstance(problem, CellProblem)
        assert problem.message
    assert str(cells(sheet)[1][1]) == "=A1"


def test_read_sheet_takes_the_first_sheet_that_is_recognised():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(("Instrucciones",), title="Lea")))
    book.create_sheet("Datos").append(HEADER)
    book.create_sheet("Otra").append(HEADER)
    content = saved(book)
    chosen = read_sheet(content, recognise=lambda sheet: HEADER in cells(sheet))
    assert chosen.name == "Datos"
    assert read_sheet(content, recognise=lambda sheet: False).name == "Lea"


def test_read_sheet_prefers_visible_sheets():
    book = openpyxl.load_workbook(io.BytesIO(xlsx(("viejo",), title="Oculta")))
    book.create_sheet("Datos").append(HEADER)
    book["Oculta"].sheet_state = "hidden"
    book.active = 1
    assert read_sheet(saved(book)).name == "Datos"


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods"])
def test_read_sheet_refuses_50_000_rows(kind):
    if kind == "csv":
        content = b"a,b\n" + b"1,2\n" * 50_000
    elif kind == "ods":
        repeated = "<table:table-row table:number-rows-repeated='50000'>"
        content = ods(ods_row("x").replace("<table:table-row>", repeated))
    else:
        rows = b"<sheetData>" + b"<row><c><v>1</v></c></row>" * 50_000
        content = rewritten(xlsx(), lambda name, data: data.replace(b"<sheetData>", rows))
    with pytest.raises(SheetError, match="5 000"):
        read_sheet(content)


def test_read_sheet_takes_the_greatest_allowed_number_of_rows():
    content = b"a,b\n" + b"1,2\n" * spreadsheets.MAX_ROWS
    assert len(read_sheet(content).rows) == spreadsheets.MAX_ROWS + 1


def test_read_sheet_refuses_more_than_200_columns():
    assert len(read_sheet(xlsx(range(200))).rows[0].cells) == 200
    with pytest.raises(SheetError, match="200"):
        read_sheet(xlsx(range(201)))


def test_read_sheet_refuses_a_large_file():
    with pytest.raises(SheetError, match="5 MB"):
        read_sheet(b"a" * (spreadsheets.MAX_BYTES + 1))


@pytest.mark.parametrize("entry", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_read_sheet_refuses_a_zip_bomb_before_unpacking_it(entry, monkeypatch):
    def bomb(name, data):
        return b" " * (spreadsheets.MAX_UNPACKED + 1) if name == entry else data

    added = () if "sheet1" in entry else (entry,)
    content = rewritten(xlsx(HEADER), bomb, added)
    assert len(content) < 100_000
    monkeypatch.setattr(openpyxl, "load_workbook", None)
    with pytest.raises(SheetError, match=r"unpacks|descomprim"):
        read_sheet(content)


def test_read_sheet_refuses_entities_that_multiply():
    lol = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "%s">]>' % (b"&a;" * 100)
    content = rewritten(
        xlsx(HEADER),
        lambda name, data: lol + b"<worksheet>&b;<broken" if "sheet1" in name else data,
    )
    with pytest.raises(SheetError):
        read_sheet(content)


def encrypted_xlsx():
    return spreadsheets.OLE_SIGNATURE + b"\0" * 600 + spreadsheets.ENCRYPTED_STREAM + b"\0" * 600


def encrypted_zip():
    content = bytearray(xlsx(HEADER))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 1)
    return bytes(content)


def zip_of(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "text")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty|vac"),
        (b"\xef\xbb\xbf \r\n", "empty|vac"),
        (xlsx(), "no rows|filas"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"<html><table><tr><td>DNI</td></tr></table></html>", "web"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "web"),
        (encrypted_xlsx(), "password|contrase"),
        (encrypted_zip(), "password|contrase"),
        (ods("", manifest="<manifest:encryption-data/>"), "password|contrase"),
        (zip_of("lista.txt"), r"\.zip"),
        (zip_of("[Content_Types].xml"), "damaged|dañad"),
        (zip_of("xl/workbook.xml"), "damaged|dañad"),
        (b"PK\x03\x04 cut short", "damaged|dañad"),
        (xlsx(HEADER)[:-200], "damaged|dañad"),
        (spreadsheets.OLE_SIGNATURE + b"\0" * 2000, "damaged|dañad"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", r"\.xlsx"),
        (bytes(range(1, 32)) * 9, r"\.xlsx"),
    ],
)
def test_read_sheet_says_why_and_the_way_out(content, says):
    with pytest.raises(SheetError, match=says):
        read_sheet(content, "lista.xlsx")


def read_or_refuse(content):
    try:
        read_sheet(content)
    except SheetError as refusal:
        return str(refusal)
    return "read"


@given(st.binary(max_size=300))
def test_read_sheet_of_any_bytes_is_a_sheet_or_a_clear_error(content):
    assert read_or_refuse(content)


@settings(max_examples=60)
@given(st.binary(max_size=40), st.integers(min_value=0), st.booleans())
def test_read_sheet_of_a_damaged_file_is_a_sheet_or_a_clear_error(noise, at, zipped):
    content = xlsx(HEADER, PERSON) if zipped else "\n".join(CSV_ROWS).encode("utf-16")
    at %= len(content)
    assert read_or_refuse(content[:at] + noise + content[at + len(noise) :])
