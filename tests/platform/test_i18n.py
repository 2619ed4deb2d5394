import pytest

from shiming.platform import i18n, messages
from shiming.platform.i18n import languages, negotiate, translator

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Due {date}"
msgstr "{date} 到期"

msgid "{n} day"
msgid_plural "{n} days"
msgstr[0] "{n} 天"

msgid "Not yet"
msgstr ""
"""


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A package of two rooms, of which one has texts, instead of the installed one."""
    (tmp_path / "room" / "locale").mkdir(parents=True)
    (tmp_path / "room" / "locale" / "zh_CN.po").write_text(PO, encoding="utf-8")
    (tmp_path / "room" / "code.py").write_text(
        'def f(_, ngettext):\n    return _("Due {date}"), _("In code"), ngettext("{n} day", "{n} days", 2), _(row["text"])\n'
    )
    (tmp_path / "room" / "page.html").write_text(
        "<p>{{ _('On a page') }} {% if x %}{{ gettext('Not yet') }}{% endif %}</p>"
    )
    (tmp_path / "room" / "data.toml").write_text(
        '[a]\ntext = "In data"\nnote = "not read"\npoints = ["One", "Due {date}"]\n'
    )
    monkeypatch.setattr(i18n, "_po_files", lambda: tuple(tmp_path.rglob("*.po")))
    translator.cache_clear()
    languages.cache_clear()
    yield tmp_path
    translator.cache_clear()
    languages.cache_clear()


def test_every_text_is_there_in_chinese():
    """When this fails: add what it names to the room's locale/zh_CN.po."""
    assert messages.missing("zh_CN") == {}


def test_the_extractor_finds_texts_in_code_pages_and_data(catalogue):
    assert set(messages.message_ids(catalogue)) == {
        "Due {date}", "In code", "{n} day", "On a page", "Not yet", "In data", "One",
    }  # fmt: skip


def test_a_missing_translation_is_named_with_its_place(catalogue):
    assert messages.missing("zh_CN", catalogue) == {
        "In code": "room/code.py:2",
        "In data": "room/data.toml:0",
        "One": "room/data.toml:0",
        "On a page": "room/page.html:1",
        "Not yet": "room/page.html:1",
    }


def test_texts_are_filled_and_counted(catalogue):
    chinese, english = translator("zh-CN"), translator("en")
    assert chinese.gettext("Due {date}", date="11月") == "11月 到期"
    assert english.gettext("Due {date}", date="May") == "Due May"
    assert [chinese.ngettext("{n} day", "{n} days", n) for n in (1, 2)] == ["1 天", "2 天"]
    assert [english.ngettext("{n} day", "{n} days", n) for n in (1, 2)] == ["1 day", "2 days"]


def test_what_has_no_translation_comes_in_english(catalogue):
    assert translator("zh_CN").gettext("Not yet") == "Not yet"
    assert translator("xx").language == "en"


def test_a_missing_parameter_is_an_error(catalogue):
    with pytest.raises(KeyError):
        translator("zh_CN").gettext("Due {date}", day=1)


@pytest.mark.parametrize(
    ("header", "chosen", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh_CN"),
        ("zh", None, "zh_CN"),
        ("zh-Hans-CN", None, "zh_CN"),
        ("en-GB,en;q=0.9,zh;q=0.1", None, "en"),
        ("de,zh-CN;q=0.5,en;q=0.1", None, "zh_CN"),
        ("fr", None, "en"),
        ("", None, "en"),
        (None, None, "en"),
        ("*;q=0.1, ;;q=x", None, "en"),
        ("en", "zh_CN", "zh_CN"),
        ("en", "zh-CN", "zh_CN"),
        ("zh-CN", "xx", "zh_CN"),
    ],
)
def test_negotiation(catalogue, header, chosen, expected):
    assert negotiate(header, chosen) == expected
