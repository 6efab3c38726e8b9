"""Ugly files: each has one defect or one oddity, and says what must come out of it.

The good rows are the same throughout, so that a case shows its oddity and little else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Row = tuple[str | None, ...]

QUOTE = "a quote that is not closed, or stands where none belongs"
SHORT = "fewer fields than the header"
LONG = "more fields than the header"
AGAIN = "the header again"

COLUMNS = ("id", "name", "price")
ANNA: Row = ("007", "Anna", "2.5")
BOB: Row = ("1e5", "Bob", "3")
NA: Row = ("012", "NA", "4")
ROWS = [ANNA, BOB, NA]
PLAIN = "utf-8, comma"


@dataclass(frozen=True)
class Ugly:
    """A file, and what must come out: dialect, columns, rows, and (line, reason, bytes) aside."""

    content: bytes
    read_as: str = PLAIN
    rows: list[Row] = field(default_factory=lambda: list(ROWS))
    aside: list[tuple[int, str, bytes]] = field(default_factory=list)
    columns: tuple[str, ...] = COLUMNS


def text(*lines: str, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """Lines with their ends, encoded."""
    return "".join(line + end for line in lines).encode(encoding, "surrogateescape")


HEADER, FIRST, SECOND, THIRD = LINES = ("id,name,price", "007,Anna,2.5", "1e5,Bob,3", "012,NA,4")


def with_line(line: str | bytes, reason: str, *, at: int = 2) -> Ugly:
    """The good rows with one bad line after `at` of them."""
    bad = line if isinstance(line, bytes) else line.encode()
    before, after = LINES[: 1 + at], LINES[1 + at :]
    return Ugly(text(*before) + bad + b"\n" + text(*after), aside=[(2 + at, reason, bad)])


def marked(mark: str, read_as: str) -> Ugly:
    """The good rows with another delimiter."""
    return Ugly(text(*(line.replace(",", mark) for line in LINES)), read_as)


def accented(encoding: str, read_as: str, *names: str) -> Ugly:
    """Names that tell an encoding."""
    lines = [HEADER, *(f"{place},{name},{place}" for place, name in enumerate(names))]
    rows: list[Row] = [(str(place), name, str(place)) for place, name in enumerate(names)]
    return Ugly(text(*lines, encoding=encoding), read_as, rows)


def damaged(bad: bytes) -> Ugly:
    """A UTF-8 file with accents, and one line that is not UTF-8."""
    content = text(HEADER, "1,Zoë,2") + bad + b"\n" + text("3,Müller,4")
    rows: list[Row] = [("1", "Zoë", "2"), ("3", "Müller", "4")]
    return Ugly(content, rows=rows, aside=[(3, "bytes that are not UTF-8", bad)])


WESTERN = ("Müller", "García", "Lefèvre", "São Paulo", "Ångström", "Zoë")
MEGABYTE = "x" * 2**20

UGLY: dict[str, Ugly] = {
    # Encodings
    "UTF-8": accented("utf-8", PLAIN, *WESTERN, "鈴木", "Łódź"),
    "UTF-8 with a mark": accented("utf-8-sig", PLAIN, *WESTERN),
    "UTF-16 with a mark": accented("utf-16", "utf-16, comma", *WESTERN),
    "UTF-16, big end first": Ugly(
        b"\xfe\xff" + text(*LINES, encoding="utf-16-be"), "utf-16, comma"
    ),
    "UTF-16 without a mark": accented("utf-16-le", "utf-16-le, comma", *WESTERN),
    "UTF-16 without a mark, big end first": accented("utf-16-be", "utf-16-be, comma", *WESTERN),
    "UTF-16 without a mark, Japanese": accented("utf-16-le", "utf-16-le, comma", "鈴木", "東京"),
    "cp1252": accented("cp1252", "cp1252, comma", *WESTERN, "O’Brien – “Pub”", "€5"),
    "cp1252 by one accent": accented(
        "cp1252", "cp1252 (assumed: it is not UTF-8), comma", "Anna", "Zoë"
    ),
    "cp1252 by signs": accented("cp1252", "cp1252, comma", "£5", "20°", "12\u00a0kg", "3½"),
    "cp1252 in capitals": accented("cp1252", "cp1252, comma", "MÜLLER", "GARCÍA", "LEFÈVRE"),
    "Latin-1": accented("latin-1", "cp1252, comma", *WESTERN),
    "cp850": accented("cp850", "cp850, comma", *WESTERN),
    "cp850 in capitals": accented("cp850", "cp850, comma", "MÜLLER", "GARCÍA", "JOSÉ"),
    "Mac Roman": accented("mac-roman", "mac-roman, comma", *WESTERN),
    "cp1250": accented("cp1250", "cp1250, comma", "Łukasz", "Wałęsa", "Dvořák", "Kołodziej"),
    "Shift-JIS": accented("cp932", "cp932 (Shift-JIS), comma", "山田太郎", "さくら商店", "東京"),
    "Shift-JIS, half-width": accented("cp932", "cp932 (Shift-JIS), comma", "ﾔﾏﾀﾞ", "ｽｽﾞｷ", "ｻﾄｳ"),
    # Delimiters, quotes, line ends
    "semicolons": marked(";", "utf-8, semicolon"),
    "tabs": marked("\t", "utf-8, tab"),
    "bars": marked("|", "utf-8, bar"),
    "carets": marked("^", "utf-8, caret"),
    "columns by spaces": Ugly(
        text("  id  name price", *(f" {a}  {b}   {c}" for a, b, c in [*ROWS, *ROWS])),
        "utf-8, columns by spaces",
        [*ROWS, *ROWS],
    ),
    "commas within, semicolons between": Ugly(
        text("id;name;price", "1;Smith, Anna;2,50", "2;Bloggs, Joe, Dr;3,75"),
        "utf-8, semicolon, decimal comma",
        [("1", "Smith, Anna", "2,50"), ("2", "Bloggs, Joe, Dr", "3,75")],
    ),
    "thousands by points, decimal commas": Ugly(
        text("id;name;price", "1;a;1.234,50", "2;b;99,90"),
        "utf-8, semicolon, decimal comma",
        [("1", "a", "1.234,50"), ("2", "b", "99,90")],
    ),
    "quoted delimiters": Ugly(text(HEADER, '1,"a, b",2'), rows=[("1", "a, b", "2")]),
    "quoted line ends": Ugly(text(HEADER, '1,"a\nb",2'), rows=[("1", "a\nb", "2")]),
    "doubled quotes": Ugly(text(HEADER, '1,"a ""b""",2'), rows=[("1", 'a "b"', "2")]),
    "everything quoted": Ugly(
        text(*(",".join(f'"{cell}"' for cell in line.split(",")) for line in LINES))
    ),
    "single quotes": Ugly(
        text(HEADER, "1,'a, b',2", "2,'c, d',3"),
        "utf-8, comma, single quotes",
        [("1", "a, b", "2"), ("2", "c, d", "3")],
    ),
    "an inch sign": Ugly(text(HEADER, '1,5" pipe,2'), rows=[("1", '5" pipe', "2")]),
    "an apostrophe in front": Ugly(
        text(HEADER, "1,'n Sync,2", "2,O'Neill,3"),
        rows=[("1", "'n Sync", "2"), ("2", "O'Neill", "3")],
    ),
    "CRLF": Ugly(text(*LINES, end="\r\n")),
    "CR": Ugly(text(*LINES, end="\r")),
    "mixed line ends": Ugly(
        text(HEADER, end="\r\n") + text(FIRST) + text(SECOND, end="\r") + text(THIRD)
    ),
    "no line end at the end": Ugly(text(*LINES).rstrip(b"\n")),
    "blank lines": Ugly(text(HEADER, "", FIRST, "", "", SECOND, THIRD, "")),
    # Headers and what stands above them
    "title lines": Ugly(text("Sales report", "", *LINES), "utf-8, comma, header in line 3"),
    "titles padded with delimiters": Ugly(
        text("Sales report,,", ",,", *LINES), "utf-8, comma, header in line 3"
    ),
    "titles with a value": Ugly(
        text("Report;2024", "id;name;price;region", "1;a;2;N", "2;b;3;S"),
        "utf-8, semicolon, header in line 2",
        [("1", "a", "2", "N"), ("2", "b", "3", "S")],
        columns=(*COLUMNS, "region"),
    ),
    "blank lines above the header": Ugly(text("", "", *LINES), "utf-8, comma, header in line 3"),
    "the header again": Ugly(
        text(HEADER, FIRST, HEADER, SECOND, THIRD), aside=[(3, AGAIN, HEADER.encode())]
    ),
    "the header again with a mark": Ugly(
        text(HEADER, FIRST) + b"\xef\xbb\xbf" + text(HEADER, SECOND, THIRD),
        aside=[(3, AGAIN, b"\xef\xbb\xbf" + HEADER.encode())],
    ),
    "exports one after the other": Ugly(
        text("Sales report", HEADER, FIRST, "Sales report", HEADER, SECOND, THIRD),
        "utf-8, comma, header in line 2",
        aside=[(4, SHORT, b"Sales report"), (5, AGAIN, HEADER.encode())],
    ),
    "spaces in the header": Ugly(text(" id , name,price ", *LINES[1:])),
    "a quoted header": Ugly(text('"id","name","price"', *LINES[1:])),
    "row names without a name": Ugly(
        text(",name,price", *LINES[1:]), columns=("unnamed_1", "name", "price")
    ),
    "a delimiter at the end of every line": Ugly(
        text(*(f"{line}," for line in LINES)),
        rows=[(*row, None) for row in ROWS],
        columns=(*COLUMNS, "unnamed_4"),
    ),
    "years for names": Ugly(
        text("id,2023,2024", "a,1.5,2", "b,3,4.5"),
        rows=[("a", "1.5", "2"), ("b", "3", "4.5")],
        columns=("id", "2023", "2024"),
    ),
    "one column": Ugly(
        text("id", "007", "1e5"), "utf-8, one column", [("007",), ("1e5",)], columns=("id",)
    ),
    "one column of names": Ugly(
        text("full name", *["Anna Meier"] * 6),
        "utf-8, one column",
        [("Anna Meier",)] * 6,
        columns=("full name",),
    ),
    # Lines that do not fit: each costs itself
    "short": with_line("1,a", SHORT),
    "short by all but one": with_line("Total", SHORT),
    "long": with_line("1,a,2,3", LONG),
    "an unquoted delimiter": with_line("1,Smith, Anna,2", LONG),
    "an open quote": with_line('1,"a,2', QUOTE),
    "an open quote in the last field": with_line('1,a,"2', QUOTE),
    "an open quote in the last line": with_line('1,a,"2', QUOTE, at=3),
    "an open quote in the first line": with_line('"1,a,2', QUOTE, at=0),
    "a quote after a field": with_line('1,"a"b,2', QUOTE),
    "a stray quote in a quoted field": with_line('1,"a "b" c",2', QUOTE),
    "a NUL character": with_line("1,a\0,2", "a NUL character"),
    "only NUL characters": with_line("\0\0\0", SHORT),
    "a damaged byte": damaged(b"1,a\xff,2"),
    "half a character": damaged(b"1,\xc3,2"),
    "a short line of a megabyte": with_line(f"1,{MEGABYTE}", SHORT),
    "a megabyte with an open quote": with_line(f'1,"{MEGABYTE},2', QUOTE),
    "a line longer than can be read": with_line(
        "1," + "x" * (4 << 20) + ",2", "a line longer than 4 MB"
    ),
    # Values that must not change
    "a line of a megabyte": Ugly(text(HEADER, f"1,{MEGABYTE},2"), rows=[("1", MEGABYTE, "2")]),
    "comment signs": Ugly(text(HEADER, "#1,# a,2"), rows=[("#1", "# a", "2")]),
    "backslashes": Ugly(text(HEADER, r"1,C:\new\"a,2"), rows=[("1", r"C:\new\"a", "2")]),
    "null words": Ugly(text(HEADER, "NULL,NaN,None"), rows=[("NULL", "NaN", "None")]),
    "formulas": Ugly(text(HEADER, "=1+1,@a,-2"), rows=[("=1+1", "@a", "-2")]),
    "spaces around values": Ugly(text(HEADER, " 1 , a ,2"), rows=[(" 1 ", " a ", "2")]),
    "nothing but blanks": Ugly(text(HEADER, ',"",', FIRST), rows=[(None, None, None), ANNA]),
}
