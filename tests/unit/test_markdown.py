"""Model output stays what it is: no image, no formula, no icon, and no stray backslash."""

import random
import re
import time

import pytest
from markdown_it import MarkdownIt

from pages._markdown import MAX_SHOWN, safe_markdown

Z = "\u200c"  # the invisible character
RENDER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SHOWN_AS_TYPED = [
    # money and formulas
    ("$5 and $10", r"\$5 and \$10"),
    ("$5 and $10 beside $$x^2$$", r"\$5 and \$10 beside \$\$x^2\$\$"),
    ("$$\nx^2\n$$", "\\$\\$\nx^2\n\\$\\$"),
    (r"\$5", r"\$5"),
    (r"\\$5", r"\\\$5"),
    (r"\\\$5", r"\\\$5"),
    ("US$5, A$6", r"US\$5, A\$6"),
    # code
    ("`$x$` costs $5", r"`$x$` costs \$5"),
    ("``a ` $b`` $c", r"``a ` $b`` \$c"),
    ("`a\n$b` $c", "`a\n$b` \\$c"),
    ("` $5", r"` \$5"),
    (r"\`$x$\`", r"\`\$x\$\`"),
    ("a `b\n\nc $5` d", "a `b\n\nc \\$5` d"),
    ("```sh\necho $A ![x](u) :red[x] -> y\n```\n$5", "```sh\necho $A ![x](u) :red[x] -> y\n```\n\\$5"),
    ("~~~\n$A\n```\n$B\n~~~\n$5", "~~~\n$A\n```\n$B\n~~~\n\\$5"),
    ("```\n$A\n\n$B unclosed", "```\n$A\n\n$B unclosed"),
    ("text\n\n    $A\n\n$5", "text\n\n    $A\n\n\\$5"),
    ("- item\n\n  ```\n  $A\n  ```\n- $5", "- item\n\n  ```\n  $A\n  ```\n- \\$5"),
    ("> ```\n> $A\n$5", "> ```\n> $A\n\\$5"),
    ("a\n    not code $5", "a\n    not code \\$5"),
    ("a\u2028```\u2028$5\x0c$6\x85$7", "a\u2028```\u2028\\$5\x0c\\$6\x85\\$7"),
    ("one\r\n```\r\n$A\r\n```\r\n$5\r$6", "one\n```\n$A\n```\n\\$5\n\\$6"),
    ("$$\n```\n$$\n![x](u)", "\\$\\$\n```\n$$\n![x](u)"),  # no formula, so the fence holds what follows
    (":::x\n~~~\n:::\n![x](u)", "\\:\\:\\:x\n~~~\n:::\n![x](u)"),
    # images: no `![` outside fenced code
    ("![a](http://evil)", r"!\[a](http://evil)"),
    ("![a][r]\n\n[r]: http://evil", "!\\[a][r]\n\n[r]: http://evil"),
    ("[![a](http://evil)](http://x)", r"[!\[a](http://evil)](http://x)"),
    (r"\![a](u)", rf"\!{Z}[a](u)"),
    ("`![a](u)`", f"`!{Z}[a](u)`"),
    ("http://x![a](u)", r"http://x!\[a](u)"),
    ("text\n\n    ![a](u)", f"text\n\n    !{Z}[a](u)"),
    ("```rust\nvec![1]\n```", "```rust\nvec![1]\n```"),
    # HTML shows as text, and takes no escapes
    ("<b title='a:b $5'>$5</b>", r"<b title='a:b $5'>\$5</b>"),
    ("<img src='http://evil'>", "<img src='http://evil'>"),
    ("<div>\n$5 a:b\n</div>\n\n$5", "<div>\n$5 a:b\n</div>\n\n\\$5"),
    ("1 < 2 and $3 > 2", r"1 < 2 and \$3 > 2"),
    # directives
    (":red[x]", r"\:red[x]"),
    ("a :blue-background[x]{y}", r"a \:blue-background[x]{y}"),
    ("color:red", r"color\:red"),
    ("::leaf[x]", r"\:\:leaf[x]"),
    (":::note\nx\n:::", "\\:\\:\\:note\nx\n:::"),
    (r"\:red[x]", r"\:red[x]"),
    ("10:30[1] and 16:9{a}", r"10\:30[1] and 16\:9{a}"),
    (":größe[x]", r"\:größe[x]"),
    # shortcodes and icons
    (":smile: :+1: :-1: :100:", f":{Z}smile: :{Z}+1: :{Z}-1: :{Z}100:"),
    (":streamlit:", f":{Z}streamlit:"),
    (":material/home: :material_home:", f":{Z}material/home: :{Z}material_home:"),
    (r"\:smile:", rf"\:{Z}smile:"),
    ("a:b:c", rf"a:{Z}b\:c"),
    # arrows and dashes
    ("a -> b <- c <-> d", f"a -{Z}> b <{Z}- c <{Z}-> d"),
    ("a -- b >= c <= d ~= e", f"a -{Z}- b >{Z}= c <{Z}= d ~{Z}= e"),
    # diagrams
    ("```mermaid\ngraph TD\n```", "```text\ngraph TD\n```"),
    ("~~~ Mermaid x\ngraph TD\n~~~", "~~~text\ngraph TD\n~~~"),
    ("````mermaid-x\na\n````", "````text\na\n````"),
    ("```&#109;ermaid\na\n```", "```text\na\n```"),
    ("```mer\\maid\na\n```", "```text\na\n```"),
    ("- ```mermaid\n  a", "- ```text\n  a"),
    ("```mermaids\na\n```", "```mermaids\na\n```"),
    ("```c++ title=x\na\n```", "```c++ title=x\na\n```"),
]
UNTOUCHED = [
    "",
    "plain text",
    "10:30, 16:9, 10:30:45, a: b, C:\\x, :) :-D ::",
    "[link](https://x.test/Category:Foo) and https://x.test/Category:Foo?a=$5 and <https://x.test/a:b>",
    "[ref]: https://x.test/a:b\n\n[text][ref]",
    "<mailto:a@b.test>",
    "| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |",
    "| a | b |\n| -- | -- |\n| 1 | 2 |",
    "a | b\n-- | --\n1 | 2",
    "Heading\n---\n\n> quote\n\n- item\n- [ ] task\n\n1. one\n2. two\n\n***",
    "**bold** _it_ ~~gone~~ `code:x[1]` #tag @user 100% a->b x--y",
    "wide \u3000 space, ünï, 日本語, 😀, \\* \\[ \\\\",
    "term[^1]\n\n[^1]: note",
    "vec ! [1]",
]


@pytest.mark.parametrize(("text", "safe"), SHOWN_AS_TYPED)
def test_what_streamlit_would_interpret_is_disarmed(text: str, safe: str) -> None:
    assert safe_markdown(text) == safe


@pytest.mark.parametrize("text", UNTOUCHED)
def test_ordinary_markdown_stays(text: str) -> None:
    assert safe_markdown(text) == text


@pytest.mark.parametrize("text", [text for text, _ in SHOWN_AS_TYPED] + UNTOUCHED)
def test_doing_it_twice_changes_nothing_that_shows(text: str) -> None:
    once = safe_markdown(text)
    assert visible(safe_markdown(once)) == visible(once)


def test_the_margin_that_streamlit_removes_hides_nothing() -> None:
    """`st.markdown` takes away a common margin, after which this is no code any more."""
    assert safe_markdown("\n    $5 ![x](u)\n    :red[x]\n") == "\\$5 !\\[x](u)\n\\:red[x]"


def visible(text: str) -> str:
    """The text as HTML, without what cannot be seen."""
    return RENDER.render(text).replace(Z, "")


def images(text: str) -> list[str]:
    return [
        child.content
        for token in RENDER.parse(text)
        for child in token.children or []
        if child.type == "image"
    ]


WHOLE = [
    *("word", "two words", "$5", "$x^2$", "$$y$$", r"\$", r"\\", "`code $x:y[1]`", "``a ` b``", "**bold:x**"),
    *(
        "a:b",
        ":red[x]",
        ":smile:",
        "a:b:c",
        "::leaf[x]",
        ":::box",
        ":material/home:",
        "10:30[1]",
        r"\:x",
        ":)",
    ),
    *(
        "->",
        "<-",
        "<->",
        "--",
        ">=",
        "<=",
        "~=",
        "<b>",
        "</b>",
        "<i title='a:b'>",
        "1 < 2",
        "[l](https://x/a:b)",
    ),
    *(
        "https://x.test/a:b",
        "<https://x.test/a:b>",
        "![x",
        "é",
        "日本",
        "😀",
        "!",
        "[x]",
        "{y}",
        "#",
        "~~s~~",
        "_i_",
    ),
]
BLOCKS = [
    "```\n$x ![a](b) :red[x]\n```",
    "~~~js\nif (![1].length) {}\n~~~",
    "    indented $x :red[x]",
    "- item $5\n- item a:b\n  ```\n  $x\n  ```",
    "> quote :red[x]\n> $5",
    "| a | b |\n|:--|--|\n| $5 | a:b -> c |",
    "# Heading :red[x] $5",
    "1. one:two\n2. $3",
    "<div>\n$5 a:b\n</div>",
    "$$\nx\n$$",
    ":::note\ntext\n:::",
    "---",
]
BROKEN = [
    *(
        "`",
        "``",
        "```",
        "~~~",
        "<a href='",
        '"',
        "'",
        ">",
        "<!--",
        "-->",
        "<pre>",
        "</pre>",
        "\\",
        "|",
        "\n|---|\n",
    ),
    *(
        "![x](http://evil)",
        "![x][r]",
        "![",
        "![x]",
        "!",
        "[",
        "](u)",
        "[r]: u",
        "[^1]:",
        "    ",
        "\t",
        "- ",
        "> ",
        "\n",
    ),
    *(
        "$$",
        ":::x",
        ":::",
        "1. ",
        "# ",
        "\r",
        "\u2028",
        "\x0c",
        "\x00",
        "\u200c",
        "<![CDATA[",
        "]]>",
        "&#33;[x](u)",
    ),
]


@pytest.mark.parametrize("seed", range(200))
def test_a_text_looks_as_without_streamlit(seed: int) -> None:
    """Compared as HTML with what a plain markdown renderer makes of the original."""
    chance = random.Random(seed)
    paragraphs = [
        " ".join(chance.choices(WHOLE, k=chance.randrange(1, 12))) for _ in range(chance.randrange(1, 6))
    ]
    text = "\n\n".join(chance.sample(paragraphs + chance.choices(BLOCKS, k=3), len(paragraphs) + 3)).strip()
    assert visible(safe_markdown(text)) == visible(text)


@pytest.mark.parametrize("seed", range(200))
def test_no_formula_shortcode_or_operator_is_left(seed: int) -> None:
    """By the patterns that Streamlit looks for, in the source or in the text between markup."""
    chance = random.Random(seed)
    text = chance.choice([" ", "\n"]).join(
        chance.choices([w for w in WHOLE if not re.search("`|<[/a-z]", w)], k=30)
    )
    safe = safe_markdown(text)
    assert not re.search(r"(?<!\\)(\\\\)*\$", safe)
    assert ":material/" not in safe
    pieces = [
        child.content
        for token in RENDER.parse(safe)
        for child in token.children or []
        if child.type == "text"
    ]
    for piece in pieces:
        assert not re.search(r":\+1:|:-1:|:[\w-]*[a-z][\w-]*:|:material_\w+:", piece, re.ASCII)
        assert not re.search(r"\s(<->|->|<-|--|>=|<=|~=)\s", piece)


@pytest.mark.parametrize("seed", range(400))
def test_no_text_makes_an_image(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices([*WHOLE, *BROKEN, *BROKEN, *BLOCKS, " ", "\n"], k=chance.randrange(40)))
    safe = safe_markdown(text)
    assert images(safe) == []
    fenced = {n for t in RENDER.parse(safe) if t.type == "fence" and t.map for n in range(*t.map)}
    lines = re.sub("\r\n?", "\n", safe).split("\n")
    assert not [line for n, line in enumerate(lines) if "![" in line and n not in fenced]


def test_the_generator_of_hostile_texts_makes_images() -> None:
    """Else the test above would prove nothing."""
    hostile = ["".join(random.Random(seed).choices([*BROKEN, " "], k=20)) for seed in range(300)]
    assert sum(bool(images(text)) for text in hostile) > 50


HIDDEN_IMAGES = {
    "a backtick in a tag": '<a href="`"> ![x](u) `',
    "code across table cells": "| a | b | c |\n|---|---|---|\n| ` | ![x](u) | ` |",
    "code across headings": "# `\n![x](u)\n# `",
    "code across items": "- `\n- ![x](u) `",
    "a footnote that is no indented code": "[^1]: a\n\n    ![x](u)\n\nb[^1]",
    "a fence that ends with its footnote": "[^1]: a\n    ~~~\n![x](u)\n    ~~~",
    "a fence that ends with its item": "- ```\n![x](u)",
    "a fence that ends with its quote": "> ```\n![x](u)",
    "a fence in a comment": "<!--\n```\n-->\n![x](u)",
    "lines that only Python counts": "a\u2028b\u2028c\n```\n```\n![x](u)\n\x0c\x1c\x85",
    "a fence with a backtick in its language": "``` `\n![x](u)\n```",
    "a shorter closing fence": "````\n```\n````\n![x](u)",
}


@pytest.mark.parametrize("case", HIDDEN_IMAGES)
def test_no_trick_hides_an_image(case: str) -> None:
    assert "![" not in safe_markdown(HIDDEN_IMAGES[case])


def test_a_very_long_text_is_cut_and_says_so() -> None:
    text = "word " * 30_000
    safe = safe_markdown(text)
    notice, rest = safe.split("\n\n", 1)
    assert notice == "*The first 60,000 of 149,999 characters. The export has them all.*"
    assert rest == text[:MAX_SHOWN]
    assert safe_markdown(text[:MAX_SHOWN]) == text[:MAX_SHOWN].strip()


def test_a_cut_within_code_leaves_the_notice_outside() -> None:
    safe = safe_markdown("```\n" + "x" * MAX_SHOWN)
    first, *_ = RENDER.parse(safe)
    assert first.type == "paragraph_open"
    assert safe.startswith("*The first 60,000 of 60,004 characters.")


ANSWER = """
The model costs $5 and $10 a call: see `x = 1` and **bold** -> text, which goes on as answers do, line after.

- item one
- item two: a:b and a note on https://x.test/a:b

```python
print('$x')
```

| a | b |
|---|---|
| 1 | 2 |
"""


def seconds(text: str) -> float:
    took = []
    for _ in range(5):
        start = time.perf_counter()
        safe_markdown(text)
        took.append(time.perf_counter() - start)
    return min(took)


def test_a_long_answer_takes_a_fraction_of_a_frame() -> None:
    """About 20 ms alone on a machine; the bound leaves room for a busy one."""
    assert seconds((ANSWER * 999)[:MAX_SHOWN]) < 0.15


REPEATED = [
    *(
        "` ",
        "`a\n",
        "$",
        ":",
        "a:",
        ":a",
        ":1",
        "<a ",
        '<a "x',
        "<a b='",
        "http://",
        "h",
        "![",
        "\\",
        "-> ",
        "a -- ",
    ),
    *(
        "[a",
        "> ",
        "> a\n",
        "- ",
        "- a\n",
        "1. a\n",
        "[a]: b\n",
        "```\n",
        "\t",
        "\n",
        "<div>\n",
        "*",
        "_a",
        ":::\n",
    ),
]


@pytest.mark.parametrize("end", ["x", " ."])
@pytest.mark.parametrize("piece", REPEATED)
def test_no_repetition_makes_it_slow(piece: str, end: str) -> None:
    """What grows with the square of the length takes many seconds here."""
    start = time.perf_counter()
    safe_markdown((piece * MAX_SHOWN)[: MAX_SHOWN - 2] + end)
    assert time.perf_counter() - start < 1.5


def test_growing_runs_of_backticks_are_not_slow() -> None:
    start = time.perf_counter()
    safe_markdown(" ".join("`" * n for n in range(1, 345)))
    assert time.perf_counter() - start < 1
