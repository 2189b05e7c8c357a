"""The frame of the pages: all are in the navigation, palettes are readable, the policy is strict."""

import tomllib
from pathlib import Path

import pytest

from pages._security import content_security_policy

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.name for path in (ROOT / "pages").glob("[!_]*.py"))
THEME = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
TEXT, GRAPHICS = 4.5, 3.0  # the contrast that WCAG 2.2 AA asks for


def luminance(colour: str) -> float:
    channels = [value / 255 for value in bytes.fromhex(colour.removeprefix("#"))]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_in_the_navigation_and_runs(page, open_page):
    app = open_page(page)
    assert [e.message for e in app.exception] == []
    assert len(app.title) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["textColor", "linkColor", "primaryColor", "codeTextColor"])
def test_text_is_readable_on_both_backgrounds(theme, name):
    palette = THEME[theme]
    for background in (palette["backgroundColor"], palette["sidebar"]["backgroundColor"]):
        assert contrast(palette[name], background) >= TEXT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chart_colours_stand_out(theme):
    palette = THEME[theme]
    colours = palette["chartCategoricalColors"]
    assert len(set(colours)) == 8
    assert min(contrast(colour, palette["backgroundColor"]) for colour in colours) >= GRAPHICS


def test_both_themes_set_the_same_keys():
    assert THEME["light"].keys() == THEME["dark"].keys()


def test_contrast_agrees_with_published_values():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_only_inline_scripts_are_allowed_by_hash():
    policy = content_security_policy('<script>hello()</script><script src="./a.js"></script>')
    # printf 'hello()' | openssl dgst -sha256 -binary | base64
    assert "script-src 'self' 'sha256-mTytrf2QssaOZNGNRT1WCtMRd3ocH8LJxQQu5qMUanU=';" in policy
    assert policy.count("sha256-") == 1


def test_the_font_is_there_with_its_licence():
    static = ROOT / "pages" / "static"
    for face in THEME["fontFaces"]:
        assert (static / Path(face["url"]).name).read_bytes()[:4] == b"wOF2"
    assert "SIL OPEN FONT LICENSE" in (static / "OFL.txt").read_text(encoding="utf-8")
