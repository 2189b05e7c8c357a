"""Model output as markdown that stays what it is: text.

Streamlit turns a pair of `$` into a formula for the rest of the page, and fetches images. Both are
switched off by escaping, outside code only, where an escape would show.
"""

import re

from markdown_it import MarkdownIt

MAX_SHOWN = 60_000
_BLOCKS = MarkdownIt("commonmark")
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\1(?!`)", re.DOTALL)
_DOLLAR = re.compile(r"(\\*)\$")


def safe_markdown(text: str) -> str:
    """The text with formulas and images disarmed; shortened beyond 60,000 characters, which it says."""
    shown, rest = text[:MAX_SHOWN], len(text) - MAX_SHOWN
    lines = shown.splitlines(keepends=True)
    code = _code_lines(shown)
    parts: list[str] = []
    prose: list[str] = []
    for number, line in enumerate(lines):
        if number in code:
            parts += [_disarmed("".join(prose)), line]
            prose = []
        else:
            prose.append(line)
    parts.append(_disarmed("".join(prose)))
    more = f"\n\n*{rest:,} more characters are not shown here; the export has them all.*" if rest > 0 else ""
    return "".join(parts) + more


def _code_lines(text: str) -> set[int]:
    """The numbers of the lines inside fenced or indented code."""
    if "```" not in text and "~~~" not in text and "    " not in text and "\t" not in text:
        return set()
    blocks = (token for token in _BLOCKS.parse(text) if token.type in {"fence", "code_block"} and token.map)
    return {number for token in blocks if token.map for number in range(*token.map)}


def _disarmed(prose: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _CODE_SPAN.finditer(prose):
        parts += [_escaped(prose[end : match.start()]), match.group(0)]
        end = match.end()
    return "".join([*parts, _escaped(prose[end:])])


def _escaped(prose: str) -> str:
    prose = _DOLLAR.sub(lambda m: m[1] + ("\\" if len(m[1]) % 2 == 0 else "") + "$", prose)
    return prose.replace("![", "!\\[")
