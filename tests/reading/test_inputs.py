"""Texts come out of every format as a reader sees them, and broken files get one clear message."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from hoofbeat.errors import HoofbeatError, InputError, UsageError
from hoofbeat.reading import read_text, read_texts
from hoofbeat.reading.extraction import html_text

TEXT = "An itchy rash for 2 months.\nNo fever.\n"


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(*paragraphs: str) -> bytes:
    return word_file("".join(map(paragraph, paragraphs)))


def word_file(body: str) -> bytes:
    space = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def pdf(text: str) -> bytes:
    """A PDF of one page, made by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            "/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out.encode("latin-1")


def report(kind: str = "DocumentReference", **changes: object) -> dict[str, object]:
    attachment = {"contentType": "text/plain", "data": base64.b64encode(TEXT.encode()).decode()}
    if kind == "DiagnosticReport":
        return {"resourceType": kind, "id": "r1", "presentedForm": [attachment], **changes}
    return {
        "resourceType": kind,
        "id": "d1",
        "date": "2026-03-01",
        "subject": {"reference": "Patient/7"},
        "content": [{"attachment": attachment}],
        **changes,
    }


def test_plain_text_is_left_as_it_is() -> None:
    assert read_text(TEXT.encode()).text == TEXT
    assert read_text(b"\xef\xbb\xbf" + TEXT.encode()).text == TEXT
    assert read_text(TEXT.encode("utf-16")).text == TEXT
    assert read_text(gzip.compress(TEXT.encode())).text == TEXT


def test_a_file_gives_its_name_as_the_id(tmp_path: Path) -> None:
    file = tmp_path / "letter_7.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert read_text(file).id == "letter_7"


def test_a_letter_that_begins_with_a_bracket_is_a_letter() -> None:
    for text in ("[Dictated] An itchy rash.", "<3 weeks of itch, no fever", "{itch}"):
        assert read_text(text.encode()).text == text


def test_html_is_read_as_it_is_seen() -> None:
    page = (
        "<!doctype html><html><head><title>hidden</title><style>p{}</style></head><body>"
        "<h2>Skin</h2><p>red &amp; <b>scaly</b>\n plaques</p><ul><li>itch</li><li>no fever</li></ul>"
        "<script>alert('hidden')</script></body></html>"
    )
    text = read_text(page.encode()).text
    assert text.split("\n") == ["Skin", "", "red & scaly plaques", "", "- itch", "", "- no fever", ""]


def test_blocks_of_html_never_run_together() -> None:
    assert html_text("<td>no</td><td>fever</td>").split() == ["no", "fever"]
    assert html_text("a<br>b").split() == ["a", "b"]


ROW = "Hb\t89\tg/L\t115-160"


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td>Hb</td><td>89</td><td>g/L</td><td>115-160</td></tr></table>",
        "<table><caption>Bloods</caption><tr><th>Hb<td>89<td>g/L<td>115-160<tr><td>Na<td>140</table>",
        "<table>\n<tr>\n <td><p>Hb</p></td>\n <td> <p>89</p></td><td>g/L</td><td>115-160</td></tr>",
        "<td>Hb</td><td>89</td><td>g/L</td><td>115-160</td>",
        "<table><tr><td><table><tr><td>Hb<td>89<td>g/L<td>115-160</table></td></tr></table>",
        "<p>Bloods</p><pre>Hb\t89\tg/L\t115-160\nNa 140</pre>",
    ],
)
def test_a_row_of_a_table_of_a_page_is_one_line(page: str) -> None:
    assert ROW in html_text(page).split("\n")


def test_a_table_that_lays_out_a_page_keeps_its_lines() -> None:
    page = "<table><tr><td>Clinic</td><td><p>No fever</p><p>Itch</p><p>Rash</p><p>Cough</p></td></tr></table>"
    assert html_text(page).split("\n") == ["Clinic", "No fever", "Itch", "Rash", "Cough", ""]


def test_lines_of_a_cell_stay_apart_but_a_number_keeps_its_unit() -> None:
    page = "<table><tr><td>No fever<br>Itch<td>89<br>g/L<td>Hb<br>(venous)</table>"
    assert html_text(page) == "No fever; Itch\t89 g/L\tHb (venous)\n"


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>hidden</title><body><p>weight loss",
        "<html><head><title>hidden</title><style>p{}</style><p>weight loss",
        "<!doctype html><title>hidden</title>weight loss",
    ],
)
def test_a_page_that_leaves_out_ends_is_read(page: str) -> None:
    assert html_text(page).strip() == "weight loss"


def test_a_row_of_a_table_of_a_word_file_is_one_line() -> None:
    cells = "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in ("Hb", "89", "g/L"))
    field = f"<w:sdt><w:sdtContent><w:tc>{paragraph('115-160')}</w:tc></w:sdtContent></w:sdt>"
    data = word_file(f"{paragraph('Bloods')}<w:tbl><w:tr>{cells}{field}</w:tr></w:tbl>{paragraph('End')}")
    assert read_text(data).text == f"Bloods\n{ROW}\nEnd\n"


def test_a_text_box_of_a_word_file_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('No fever.')}</w:txbxContent>"
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    tabs = '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>'
    data = word_file(f"<w:p>{tabs}<w:r><w:t>Itch</w:t>{both}</w:r></w:p>")
    assert read_text(data).text.split() == ["Itch", "No", "fever."]
    assert "\t" not in read_text(data).text


def test_a_word_file_that_unfolds_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="larger than 20 MB"):
        read_text(word_file("<w:p/>" * 4_000_000))


def test_a_pdf_with_a_password_is_said() -> None:
    pypdf = pytest.importorskip("pypdf")
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    with pytest.raises(InputError, match="password"):
        read_text(out.getvalue())


def test_a_word_file_gives_a_line_a_paragraph() -> None:
    assert (
        read_text(docx("An itchy rash &lt; 2 months.", "No fever.")).text
        == "An itchy rash < 2 months.\nNo fever.\n"
    )


def test_a_pdf_gives_its_text() -> None:
    pytest.importorskip("pypdf")
    assert "An itchy rash" in read_text(pdf("An itchy rash for 2 months.")).text


def test_a_pdf_without_text_is_said() -> None:
    pytest.importorskip("pypdf")
    with pytest.raises(InputError, match="no text"):
        read_text(pdf(""))


def test_without_pypdf_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match="pypdf") as said:
        read_text(pdf("x"))
    assert "pip install" in said.value.remedy


@pytest.mark.parametrize("kind", ["DocumentReference", "DiagnosticReport"])
def test_a_fhir_resource_gives_the_text_it_carries(kind: str) -> None:
    note = read_text(json.dumps(report(kind)).encode())
    assert note.text == TEXT


def test_a_fhir_resource_keeps_person_and_date() -> None:
    note = read_text(json.dumps(report()).encode())
    assert (note.id, note.row["person_id"], note.row["date"]) == ("d1", "Patient/7", "2026-03-01")


def test_a_fhir_attachment_may_be_html_or_a_word_file() -> None:
    html = {"contentType": "text/html; charset=utf-8", "data": base64.b64encode(b"<p>itch</p>").decode()}
    word = {"contentType": "application/octet-stream", "data": base64.b64encode(docx("itch")).decode()}
    for attachment in (html, word):
        resource = report(content=[{"attachment": attachment}])
        assert read_text(json.dumps(resource).encode()).text.strip() == "itch"


def test_a_bundle_gives_every_text_in_it() -> None:
    entries = [{"resource": r} for r in (report(), {"resourceType": "Patient"}, report("DiagnosticReport"))]
    bundle = {"resourceType": "Bundle", "entry": entries}
    assert [n.id for n in read_texts(json.dumps(bundle).encode())] == ["d1", "r1"]


def test_a_report_without_a_form_gives_its_conclusion() -> None:
    resource = report("DiagnosticReport", presentedForm=[], conclusion="Spongiosis.")
    assert read_text(json.dumps(resource).encode()).text == "Spongiosis."


NARRATIVE = {
    "status": "generated",
    "div": '<div xmlns="x"><p>Itch.</p><table><tr><td>Hb</td><td>89</td></tr></table></div>',
}


def test_a_report_with_a_narrative_only_gives_it() -> None:
    resource = report("DiagnosticReport", presentedForm=[], text=NARRATIVE, conclusion="Spongiosis.")
    text = read_text(json.dumps(resource).encode()).text
    assert "Hb\t89" in text.split("\n")
    assert "Spongiosis." in text
    assert "Hb" not in read_text(json.dumps(report("DiagnosticReport", text=NARRATIVE)).encode()).text


@pytest.mark.parametrize(
    ("conclusion", "times"), [("Consistent with spongiosis. No acantholysis.", 1), ("No\nfever.", 0)]
)
def test_a_conclusion_is_read_beside_the_form_unless_it_says_it(conclusion: str, times: int) -> None:
    text = read_text(json.dumps(report("DiagnosticReport", conclusion=conclusion)).encode()).text
    assert text.startswith(TEXT.strip())
    assert text.count(conclusion) == times


@pytest.mark.parametrize("words", [{"status": "entered-in-error"}, {"docStatus": "entered-in-error"}])
def test_a_resource_entered_in_error_is_not_read(words: dict[str, str]) -> None:
    with pytest.raises(InputError, match="entered in error"):
        read_text(json.dumps(report(**words)).encode())
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": report(**words)}, {"resource": report(id="d2")}],
    }
    first, second = read_texts(json.dumps(bundle).encode(), name="b.json")
    assert (first.text, first.where) == ("", "b.json, entry 1")
    assert "entered in error" in first.fault
    assert (second.id, second.text) == ("d2", TEXT)


@pytest.mark.parametrize("declared", ["iso-8859-1", "ISO-8859-1; format=flowed", '"windows-1252"', "latin1"])
def test_a_declared_charset_is_kept_to(declared: str) -> None:
    data = base64.b64encode("Größe 5 µg".encode("latin-1")).decode()
    attachment = {"contentType": f"text/plain; charset={declared}", "data": data}
    resource = report(content=[{"attachment": attachment}])
    assert read_text(json.dumps(resource).encode()).text == "Größe 5 µg"


@pytest.mark.parametrize(
    "declared", ["", "; charset=utf-8", "; charset=horse", "; charset=base64", "; charset=utf-16"]
)
def test_a_charset_is_never_guessed(declared: str) -> None:
    data = base64.b64encode("Größe".encode("latin-1")).decode()
    resource = report(content=[{"attachment": {"contentType": f"text/plain{declared}", "data": data}}])
    with pytest.raises(InputError):
        read_text(json.dumps(resource).encode())


def test_the_charset_of_a_page_is_that_in_its_head() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body>5 µg</body></html>'
    assert read_text(page.encode("latin-1")).text == "5 µg\n"


def test_lines_of_resources_are_read_one_by_one() -> None:
    lines = "\n".join(json.dumps(report(id=f"d{n}")) for n in range(3))
    assert [n.id for n in read_texts(lines.encode())] == ["d0", "d1", "d2"]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_note_rows_are_read_with_their_columns(tmp_path: Path, suffix: str) -> None:
    rows = 'NOTE_ID,PERSON_ID,NOTE_DATE,NOTE_TEXT\n1,7,2026-01-02,"An itchy\nrash, red"\n2,8,,No fever\n'
    file = tmp_path / f"note{suffix}"
    file.write_bytes(gzip.compress(rows.encode()) if suffix.endswith("gz") else rows.encode())
    notes = list(read_texts(file))
    assert [(n.id, n.text, n.row["person_id"]) for n in notes] == [
        ("1", "An itchy\nrash, red", "7"),
        ("2", "No fever", "8"),
    ]


def test_note_rows_may_be_json_lines_or_standard_input(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"note_id": n, "note_text": f"itch {n}"}) + "\n" for n in range(3))
    file = tmp_path / "notes.jsonl"
    file.write_text(lines, encoding="utf-8")
    for source in (file, lines.encode()):
        assert [n.text for n in read_texts(source)] == ["itch 0", "itch 1", "itch 2"]


def test_a_bad_line_hides_no_other(tmp_path: Path) -> None:
    lines = (
        '{"note_id": 1, "note_text": "itch"}\n{"note_id": \n\n{"a": 1}\n{"note_id": 4, "note_text": "rash"}\n'
    )
    file = tmp_path / "notes.jsonl"
    file.write_text(lines, encoding="utf-8")
    for source in (file, lines.encode()):
        notes = list(read_texts(source))
        assert [n.text for n in notes if not n.fault] == ["itch", "rash"]
        assert [n.where.rsplit("line ", 1)[1] for n in notes if n.fault] == ["2", "4"]


LATIN = "An itchy rash of Gr\xf6\xdfe 5".encode("latin-1")


@pytest.mark.parametrize(
    "data",
    [
        b"note_id,note_text\n1,itch\n2," + LATIN + b"\n3,rash\n",
        b'{"note_id": 1, "note_text": "itch"}\n{"note_id": 2, "note_text": "' + LATIN + b'"}\n'
        b'{"note_id": 3, "note_text": "rash"}\n',
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_row_in_another_encoding_hides_no_other(tmp_path: Path, data: bytes, suffix: str) -> None:
    file = tmp_path / f"notes{suffix}"
    file.write_bytes(gzip.compress(data) if suffix else data)
    for source in (file, data):
        notes = list(read_texts(source, name="notes"))
        assert [n.text for n in notes] == ["itch", "", "rash"]
        assert [bool(n.fault) for n in notes] == [False, True, False]
        assert notes[1].where.endswith(("row 2", "line 2"))
        assert "Gr" not in notes[1].fault + notes[1].id


@pytest.mark.parametrize("row", ["2,a rash, no fever", "2"])
def test_a_row_that_does_not_fit_its_columns_is_never_read_in_part(row: str) -> None:
    notes = list(read_texts(f"note_id,note_text\n1,itch\n{row}\n3,rash\n".encode()))
    assert [n.text for n in notes] == ["itch", "", "rash"]
    assert "cells" in notes[1].fault


def test_a_quote_that_is_not_closed_never_joins_two_notes() -> None:
    notes = list(
        read_texts(b'note_id,note_text\n1,itch\n2,"a rash\n3,"no fever"\n4,cough\n5,"pain\n6,sores\n')
    )
    assert [n.text for n in notes if not n.fault] == ["itch", "cough"]
    assert [n.where for n in notes if n.fault] == ["row 2", "row 4"]


def test_a_long_note_in_a_table_is_read_from_standard_input_too() -> None:
    (note,) = read_texts(b"note_id,note_text\n1," + b"itch " * 40_000 + b"\n")
    assert len(note.text) == 200_000


def test_a_damaged_gzip_of_notes_is_said_after_the_good_rows(tmp_path: Path) -> None:
    rows = "note_id,note_text\n" + "".join(f"{n},itch {n * n}\n" for n in range(20_000))
    file = tmp_path / "notes.csv.gz"
    file.write_bytes(gzip.compress(rows.encode())[:-2000])
    notes = read_texts(file)
    assert next(notes).text == "itch 0"
    with pytest.raises(InputError, match="damaged"):
        list(notes)


def test_standard_input_that_is_closed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="closed"):
        list(read_texts("-"))


def test_note_rows_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("note_id,note_text\n1,itch\n2,rash\n", encoding="utf-8")
    notes = read_texts(file)
    assert next(notes).text == "itch"
    notes.close()


BROKEN = {
    "empty": b"",
    "blank": b" \n",
    "latin": "Gr\xf6\xdfe".encode("latin-1"),
    "binary": b"abc\0def",
    "rtf": b"{\\rtf1 text}",
    "old word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
    "zip": b"PK\x03\x04broken",
    "gzip": b"\x1f\x8bbroken",
    "json": b'{"resourceType": "DocumentReference"',
    "no text": json.dumps(report(content=[])).encode(),
    "address only": json.dumps(report(content=[{"attachment": {"url": "Binary/1"}}])).encode(),
    "not base64": json.dumps(report(content=[{"attachment": {"data": "%%%"}}])).encode(),
    "other resource": b'{"resourceType": "Patient"}',
    "bundle of others": b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}',
    "other json": b'{"a": 1}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_gets_one_message_with_a_remedy(name: str) -> None:
    with pytest.raises(HoofbeatError) as said:
        list(read_texts(BROKEN[name], name="letter.x"))
    assert said.value.remedy
    assert "letter.x" in said.value.where


def test_a_zip_that_is_no_word_file_is_said() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("a.txt", "x")
    with pytest.raises(InputError, match="not a Word file"):
        read_text(out.getvalue())


def test_a_file_that_is_not_there_is_a_misuse(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(UsageError):
            list(read_texts(path))


def test_many_texts_where_one_is_wanted_are_said() -> None:
    lines = "\n".join(json.dumps(report(id=f"d{n}")) for n in range(2))
    with pytest.raises(InputError, match="2 texts"):
        read_text(lines.encode())
