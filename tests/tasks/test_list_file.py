from __future__ import annotations

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adder import QuestionFileError, Rule
from adder.analysis.question_csv import rows_of
from adder.tasks.file_text import decoded
from adder.tasks.list_file import MOST_ROWS, read_list
from adder.tasks.plain_cell import plain_cell

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def cells(text: str) -> list[tuple[str, ...]]:
    return [row for _, row in read_list(text).rows]


@pytest.mark.parametrize(
    "text",
    [
        "cat,tac\ndog,god\n",
        "cat;tac\ndog;god\n",
        "cat\ttac\ndog\tgod\n",
        "cat，tac\ndog，god\n",
        "cat；tac\ndog；god\n",
        "cat，tac\ndog,god\n",
        "sep=;\r\ncat;tac\r\ndog;god\r\n",
        '"sep=|"\ncat|tac\ndog|god',
        "\ufeffsep=\t\ncat\ttac\ndog\tgod\n",
        "\n\n \ncat,tac\n\ndog,god\n",
        '"cat", "tac"\n"dog" ,"god"\n',
        "1,cat,tac\n2,dog,god\n",
        "0;cat;tac\n1;dog;god\n",
        "7,cat,tac\n8,dog,god\n",
        ",cat,tac\n,dog,god\n",
        "cat,tac,,,\ndog,god,,,\n",
        "cat=tac\ndog = god\n",
        "cat\u00a0,\u3000tac\n\u202fdog,god\u2003\n",
        "c\u200bat,t\u00adac\n\u202edog,go\ufeffd\n",
        "id,question,answer\n7,cat,tac\n3,dog,god\n",
        ",question,answer\n0,cat,tac\n1,dog,god\n",
        "Answer,Question\ntac,cat\ngod,dog\n",
        "note;Question;seen;Answer\nx;cat;1;tac\ny;dog;1;god\n",
    ],
)
def test_a_list_is_read_as_it_was_written(text: str) -> None:
    assert cells(text) == [("cat", "tac"), ("dog", "god")]
    assert Rule.from_csv(text).pairs == (("cat", "tac"), ("dog", "god"))
    assert [row[1:] for row in rows_of(text)] == [("cat", "tac"), ("dog", "god")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,5;3\n2,5;4\n", [("1,5", "3"), ("2,5", "4")]),
        ("wert;halb\n1,5;0,75\n3;1,5\n", [("1,5", "0,75"), ("3", "1,5")]),
        ('"a, b",1\n"c, d",2\n', [("a, b", "1"), ("c, d", "2")]),
        ("a;b,1\nc,2\n", [("a;b", "1"), ("c", "2")]),
        ('"你好，世界",1\n"猫，狗",2\n', [("你好，世界", "1"), ("猫，狗", "2")]),
        ("12+50=62\n3+4＝7\n1+1=?\n", [("12+50", "62"), ("3+4", "7"), ("1+1=?",)]),
        ("12 plus 50 is 62\n3加4等于7\nthis is it\n", [("12 plus 50", "62"), ("3加4", "7"), ("this is it",)]),
        ('="12+50",62\n="3""+4",7\n', [("12+50", "62"), ('3"+4', "7")]),
        ("1.;12+50;62\n2.;3+4;7\n", [("12+50", "62"), ("3+4", "7")]),
        ("2+2=5,wrong\n2+2=4,right\n", [("2+2=5", "wrong"), ("2+2=4", "right")]),
        ("1,one\n2,two\n3,three\n", [("1", "one"), ("2", "two"), ("3", "three")]),
        ("3+10\n7+8\n", [("3+10",), ("7+8",)]),
        ("12,144\n13,169\n", [("12", "144"), ("13", "169")]),
        ("500+4,504\n500+5,505\n", [("500+4", "504"), ("500+5", "505")]),
        ("123,100+20+3\n45,40+5\n", [("123", "100+20+3"), ("45", "40+5")]),
        ("1,123+5\n2,456+7\n", [("1", "123+5"), ("2", "456+7")]),
        ("id,question,answer\n7,123+5,128\n3,1+1,2\n", [("123+5", "128"), ("1+1", "2")]),
        ("7,123+5,128\n8,1+1,2\n", [("123+5", "128"), ("1+1", "2")]),
        ("question,answer\n500+4,504,good\n1+1,2\n", [("500+4", "504"), ("1+1", "2")]),
        ("1,000,0\n2,001,1\n3,010,2\n", [("000", "0"), ("001", "1"), ("010", "2")]),
        ('"3","100+100+100"\n"4","200+200"\n', [("3", "100+100+100"), ("4", "200+200")]),
        ('"1,000+2",1002\n3+4,7\n', [("1,000+2", "1002"), ("3+4", "7")]),
        ("1,000+2;1002\n3+4;7\n", [("1,000+2", "1002"), ("3+4", "7")]),
    ],
)
def test_what_only_looks_like_another_separator_or_column_stays(text: str, expected: list[tuple[str, ...]]) -> None:
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "number", "written"),
    [
        ("3+4,7\n1,000+2,1002\n", 2, "1,000+2"),
        ("question,answer\n1,000+2,1002\n", 2, "1,000+2"),
        ("1,000+2\n2,000+3\n", 1, "1,000+2"),
        ("1,234 × 2,2468\n", 1, "1,234 × 2"),
        ("1，000+2\n3+4\n", 1, "1,000+2"),
        ("2+1,000,1002\n1+1,2\n", 1, "2+1,000"),
        ("1+1,2\n1,500+2,500,4000\n", 2, "1,500+2,500"),
        ("999+1,1,000\n1+1,2\n", 1, "1,000"),
        ("1,000,000+2,1000002\n", 1, "1,000,000+2"),
        ("1,000+2,1002\n2,000+3,2003\n", 1, "1,000+2"),
        ("1,000+2,1,002\n2,000+3,2,003\n", 1, "1,000+2"),
        ("1,000 + 2 = 1,002\n2,000 + 3 = 2,003\n", 1, "1,000 + 2"),
        ("1+1=2\n999+1=1,000\n", 2, "1,000"),
        ("2+3,000=3,002\n1+1=2\n", 1, "2+3,000"),
        ("question,answer\n1+1,2\n1000+2,1,002\n", 3, "1,002"),
        ("word,number\none,1\none thousand,1,000\n", 3, "1,000"),
    ],
)
def test_a_number_that_its_commas_would_part_is_to_be_quoted(text: str, number: int, written: str) -> None:
    expected = rf"row {number} has {re.escape(written)} in it, .* put quotation marks around it"
    for read in (read_list, Rule.from_csv, rows_of):
        with pytest.raises(QuestionFileError, match=expected):
            read(text)


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("question,answer\ncat,tac\n", ("question", "answer")),
        ("roman,integer\nI,1\nII,2\n", ("roman", "integer")),
        ("输入,输出\n猫,狗\n", ("输入", "输出")),
        ("\n\n问题;答案\n3+10;13\n", ("问题", "答案")),
        ("英文,中文\ncat,猫\ndog,狗\n", ("英文", "中文")),
        ("Aufgabe,Ergebnis\n3+10,13\n", ("Aufgabe", "Ergebnis")),
        ("no,word,length\n1,cat,3\n2,horse,5\n", ("no", "word", "length")),
        ("#,word,backwards\n1,cat,tac\n2,dog,god\n", ("#", "word", "backwards")),
        (",word,backwards\n0,cat,tac\n1,dog,god\n", ("", "word", "backwards")),
        ("cat,tac\ndog,god\n", None),
        ("zero,0\none,1\n", None),
        ("0,0\n-1,1\n-2,2\n", None),
        ("3+10,13\n7+8,15\n", None),
        ("A+1,B\n1+1,2\n3+4,7\n", None),
        ("猫,cat\n狗,dog\n", None),
    ],
)
def test_a_heading_is_told_from_data(text: str, heading: tuple[str, ...] | None) -> None:
    assert read_list(text).heading == heading


def test_a_person_may_know_better_what_the_heading_is() -> None:
    text = "word,plural\ncat,cats\ndog,dogs\n"
    assert [len(read_list(text, heading).rows) for heading in (None, True, False)] == [3, 2, 3]
    assert Rule.from_csv(text, heading=True).pairs == (("cat", "cats"), ("dog", "dogs"))
    assert len(Rule.from_csv("question,answer\ncat,tac\n", heading=False).pairs) == 2


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    assert [number for number, _ in read_list('sep=,\n\n"a\nb",1\nc,2\n').rows] == [2, 3]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"],
)
def test_chinese_is_decoded_in_any_usual_encoding(encoding: str) -> None:
    text = "问题，答案\n十二加五十,62\n“三”乘四，12\n"
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_western_european_is_decoded_in_any_usual_encoding(encoding: str) -> None:
    text = "Größe;5 €\nnaïve;“œuf”\nñandú;é\n"
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("привет,1\nмир,2\n", "cp1251"),
        ("日本語,1\nこんにちは,2\n", "shift_jis"),
        ("日本語,1\nこんにちは,2\n", "euc-jp"),
        ("中文,1\n你好,2\n", "big5"),
        ("안녕하세요,1\n고맙습니다,2\n감사합니다,3\n", "euc-kr"),
    ],
)
def test_what_cannot_be_told_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(QuestionFileError, match="save it as CSV UTF-8"):
        decoded(text.encode(encoding))


@pytest.mark.parametrize("data", [b"\xef\xbb\xbf\xff", b"\xff\xfe\x00\xd8", b"\x80\x81\x82", bytes(range(256))])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(QuestionFileError, match="save it as CSV UTF-8"):
        decoded(data)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u3000a\tb\u00a0c\u202f", "a b c"),
        ("e\u0301te\u0301", "été"),
        ("a\u200bb\u200ec\ufeffd\u00ade", "abcde"),
        ("a\u200db", "ab"),
        ("a\ufe0f", "a"),
        (FAMILY, FAMILY),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        (FLAG, FLAG),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_a_cell_has_one_form(text: str, plain: str) -> None:
    assert plain_cell(text) == plain
    assert plain_cell(plain) == plain


def test_joiners_that_a_letter_or_an_emoji_needs_may_stand_in_a_list() -> None:
    rule = Rule.from_csv(f"{FAMILY},می\u200cخواهم\n🏠,1\n")
    assert rule.pairs[0] == (FAMILY, "می\u200cخواهم")
    assert Rule.from_csv(rule.to_csv()) == rule


@given(st.text(max_size=80))
def test_a_plain_cell_stays_as_it_is(text: str) -> None:
    plain = plain_cell(text)
    assert plain_cell(plain) == plain


def test_a_quotation_mark_that_nothing_closes_is_refused() -> None:
    with pytest.raises(csv.Error, match="unexpected end of data"):
        read_list('3+10,13\n"7+8,15\n1+1,2\n')


def test_too_many_rows_are_refused() -> None:
    assert len(read_list("1+1\n" * MOST_ROWS).rows) == MOST_ROWS
    with pytest.raises(QuestionFileError, match="it may have 100,000 rows, and it has more"):
        read_list("1+1\n" * (MOST_ROWS + 1))
