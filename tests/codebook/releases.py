"""Small releases written as their publishers write them, for importers to read."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

ORDER_LINES = (
    ("I42", "0", "Cardiomyopathy"), ("I421", "1", "Obstructive hypertrophic cardiomyopathy"),
    ("I427", "1", "Cardiomyopathy due to drug and external agent"), ("I429", "1", "Cardiomyopathy, unspecified"),
    ("I42X", "0", "A heading of the year to come"), ("I42X1", "1", "Cardiomyopathy of the year to come"),
)  # fmt: skip


def order_file(lines: tuple[tuple[str, str, str], ...] = ORDER_LINES) -> str:
    made = [f"{n:05d} {code:<7} {flag} {title[:60]:<60} {title}" for n, (code, flag, title) in enumerate(lines, 1)]
    return "\r\n".join(made) + "\r\n"


TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2028</version>
<chapter><name>9</name><desc>Diseases of the circulatory system (I00-I99)</desc>
<section id="I30-I5A"><desc>Other forms of heart disease (I30-I5A)</desc>
<diag><name>I42</name><desc>Cardiomyopathy</desc>
<excludes1><note>a condition of the year to come (I43)</note></excludes1>
<diag><name>I42.1</name><desc>Obstructive hypertrophic cardiomyopathy</desc>
<inclusionTerm><note>Narrowed outflow of the year to come</note></inclusionTerm></diag>
<diag><name>I42.9</name><desc>Cardiomyopathy, unspecified</desc></diag>
</diag></section></chapter></ICD10CM.tabular>"""

INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2028</version><title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>Z</title>
<mainTerm><title>Zebra heart<nemod>(striped)</nemod></title><code>I42.9</code>
<term level="1"><title>obstructive</title><code>I42.1</code></term></mainTerm>
<mainTerm><title>Zonkey heart</title><see>Zebra heart, obstructive</see></mainTerm>
<mainTerm><title>Zorse heart</title><code>I99.77</code></mainTerm>
</letter></ICD10CM.index>"""

TABLE = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2028</version>
<indexHeading><head col="1">Substance</head><head col="2">Poisoning Accidental</head><head col="6">Adverse effect</head>
</indexHeading><letter><title>Z</title>
<mainTerm><title>Zebramycin</title><cell col="2">T36.8X1</cell><cell col="6">T36.8X5</cell></mainTerm>
</letter></ICD10CM.index>"""

POA = "Order28\tPOAexemptCode\tDescription\r\n1\tZ79.4\tLong term use of insulin\r\n2\tI42.1\tMade exempt\r\n"
HCPCS = (
    'code,short_title,long_title\nJ1885,Ketorolac inj,"Injection, ketorolac, the official words"\n'
    'Q9999,Made up,"A supply, per unit"\n'
)
PAIRS = (
    "Column1/Column 2 Edits\t\t\t\t\t\nColumn 1\tColumn 2\t*=In existence prior to 1996\tEffective Date\tDeletion Date *=no data"
    "\tModifier 0=not allowed 1=allowed 9=not applicable\tPTP Edit Rationale\n"
    "G0439\tG0438\t\t20110101\t*\t0\tMutually exclusive\nG0439\tJ1885\t\t20200101\t*\t1\tStandards\n"
    "G0439\tQ0091\t\t20200101\t20211231\t1\tEnded\n"
)
UNITS = (
    "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n"
    "J1885,8,3 Date of Service Edit: Clinical,Label\n"
)
ADD_ONS = "Add-On Code,Primary Code,Type,AddOn Edit Effective Date\nG2211,G0439,1,20240101\n"
WEIGHTS = (
    "TABLE 5 FY 2027\nMS-DRG\tMDC\tTYPE\tMS-DRG Title\tWeights\tGeometric mean LOS\tArithmetic mean LOS\n"
    "291\t05\tMED\tHEART FAILURE AND SHOCK WITH MCC\t1.2683\t3.9\t4.9\n293\t05\tMED\tHEART FAILURE\t0.6000\t2.1\t2.5\n"
)
LICENSED = (
    "CPT Code\tLong Description\n99213\tThe licensee's own words for a visit\n"
    "D0120\tThe licensee's words for a dental visit\n"
)


def workbook(rows: list[list[str]]) -> bytes:
    """An xlsx of one sheet, as Excel writes it: shared strings and numbers."""
    strings = sorted({cell for row in rows for cell in row if not cell.isdigit()})
    sheet = [
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    ]
    for number, row in enumerate(rows, 1):
        cells = []
        for column, cell in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if cell.isdigit():
                cells.append(f'<c r="{place}"><v>{cell}</v></c>')
            elif cell:
                cells.append(f'<c r="{place}" t="s"><v>{strings.index(cell)}</v></c>')
        sheet.append(f'<row r="{number}">{"".join(cells)}</row>')
    sheet.append("</sheetData></worksheet>")
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", "".join(sheet))
        archive.writestr(
            "xl/sharedStrings.xml",
            f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{shared}</sst>',
        )
    return made.getvalue()


CONVERSION = workbook([
    ["A title over the table"], ["Current code assignment", "Effective FY", "Previous Code(s) Assignment"],
    ["I42.1", "2028", "I42.7"], ["I42.9", "2028", "I42.7"],
])  # fmt: skip


def write(folder: Path) -> dict[str, Path]:
    """Every format once: plain, gzip, zip and xlsx."""
    made = {
        "order": folder / "icd10cm_order_2028.txt", "tabular": folder / "icd10cm_tabular_2028.xml",
        "index": folder / "icd10cm_index_2028.xml.gz", "table": folder / "icd10cm_drug_2028.xml",
        "poa": folder / "POAexemptCodesFY28.zip", "conversion": folder / "conversion_FY2028.xlsx",
        "hcpcs": folder / "hcpcs_2026_10.csv", "pairs": folder / "ccipra-2026-10.txt", "units": folder / "mue_2026_10.csv",
        "add-ons": folder / "aoc_2026_10.csv", "weights": folder / "table5_FY2027.txt", "licensed": folder / "cpt.txt",
    }  # fmt: skip
    texts = {
        "order": order_file(), "tabular": TABULAR, "table": TABLE, "hcpcs": HCPCS, "pairs": PAIRS, "units": UNITS,
        "add-ons": ADD_ONS, "weights": WEIGHTS, "licensed": LICENSED,
    }  # fmt: skip
    for name, text in texts.items():
        made[name].write_text(text, "utf-8", newline="")
    made["index"].write_bytes(gzip.compress(INDEX.encode()))
    made["conversion"].write_bytes(CONVERSION)
    with zipfile.ZipFile(made["poa"], "w") as archive:
        archive.writestr("ReadMe.txt", "List of codes")
        archive.writestr("POAexemptCodesFY28.txt", POA)
        archive.writestr("POAexemptAddCodesFY28.txt", "Order28\tPOAexemptCode\tDescription\r\n2\tI42.1\tx\r\n")
        archive.writestr("POAexemptCodesFY28.pdf", "%PDF-1.7")
    return made
