"""Model output as markdown that stays what it is: text.

Streamlit reads more into markdown than a model means by it. A pair of `$` becomes a formula, `:red[x]` a
colour, `:smile:` an emoji, `:material/home:` an icon, ` -> ` an arrow, a `mermaid` block a diagram; images
are fetched. Here all of that is disarmed, so that it shows as it was typed: by a backslash where markdown
takes one, else by an invisible character. Fenced code stays as it is, and gives nothing away.
"""

import re
from collections.abc import Callable
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.token import Token
from streamlit.string_util import clean_text

MAX_SHOWN = 60_000
_INVISIBLE = "\u200c"  # zero-width non-joiner: breaks a pattern, and neither lines nor words
_BLOCKS = MarkdownIt("commonmark")
_BLOCKS.core.ruler.enableOnly(["normalize", "block"])
_BLOCKS.disable(["lheading", "reference"])  # they are paragraphs as far as this module cares
_MAY_HAVE_BLOCKS = re.compile(r"```|~~~|    |\t|^[ >]*<", re.MULTILINE)
_PROSE = re.compile(
    r"""(?=[\\:`<>~!$hHwW-])(?:  # all that follows starts with one of these
      (?P<shortcode>\\?:(?=([a-z0-9_-]*[a-z][a-z0-9_-]*|[+-]1|100|1234):|material/))
    | (?P<keep>
        \\[!-/:-@\[-`{-~]  # escaped already
      | (?<!`)(?P<ticks>`+)(?!`)((?!\n[ \t]*[-*+>#|\n\d]).){1,1000}?(?<!`)(?P=ticks)(?!`)  # code
      | <[A-Za-z/!?]("[^"\n]*"|'[^'\n]*'|[^<>"'`$]){0,1000}>  # a tag, or an address in angle brackets
      | (?<![A-Za-z])(https?://|www\.)[^\s<>()\[\]`|*!]*
      )
    | (?P<backslash>\$ | (?<!:):{2,}+(?=\w) | :(?=[^\W\d_]|\d[\w-]*[\[{]))
    | (?P<image>!\[)
    | (?P<operator>(?<!\S)(<->|->|<-|>=|<=|~=)(?!\S) | (?<=[^\s|][ ])--(?!\S))
    )""",
    re.VERBOSE | re.DOTALL,
)
# The languages that are safe to name in a fence. Anything else might decode to `mermaid`.
_LANGUAGE = re.compile(r"(?!mermaid(?!\w))[\w+#./-]*", re.ASCII | re.IGNORECASE)


def safe_markdown(text: str) -> str:
    """The text as markdown for `st.markdown`; of more than 60,000 characters the beginning, which it says."""
    text = clean_text(text.replace("\r\n", "\n").replace("\r", "\n"))  # as st.markdown will do
    lines = text[:MAX_SHOWN].split("\n")
    disarm: list[Callable[[str], str]] = [_prose] * len(lines)
    for block in _blocks(lines):
        start, end = block.map or (0, 0)
        disarm[start:end] = [str if block.type == "fence" else _raw] * (end - start)
        if block.type == "fence":
            lines[start] = _opening(lines[start], block)
    parts = [
        how("\n".join(lines[number] for number in run))
        for how, run in groupby(range(len(lines)), disarm.__getitem__)
    ]
    if len(text) > MAX_SHOWN:
        more = f"*The first {MAX_SHOWN:,} of {len(text):,} characters. The export has them all.*\n"
        parts.insert(0, more)
    return "\n".join(parts)


def _blocks(lines: list[str]) -> list[Token]:
    """The blocks of code and HTML, in which an escape would show."""
    text = "\n".join(lines)
    if not _MAY_HAVE_BLOCKS.search(text):
        return []
    return [token for token in _BLOCKS.parse(text) if token.type in {"fence", "code_block", "html_block"}]


def _opening(line: str, fence: Token) -> str:
    """The first line of a fence, its language replaced unless it is a safe one."""
    language, *_ = [*fence.info.split(), ""]
    before, marker, _ = line.partition(fence.markup)
    return line if _LANGUAGE.fullmatch(language) else f"{before}{marker}text"


def _raw(text: str) -> str:
    # Whether Streamlit agrees that this is code or HTML is not certain, so it gets no image either.
    return text.replace("![", f"!{_INVISIBLE}[")


def _prose(text: str) -> str:
    return _raw(_PROSE.sub(_disarmed, text))


def _disarmed(match: re.Match[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "keep":
            return text
        case "shortcode":
            return text + _INVISIBLE
        case "operator":
            return text[0] + _INVISIBLE + text[1:]
        case "image":
            return "!\\["
        case _:
            return re.sub("[:$]", r"\\\g<0>", text)
