"""Where a configured region lies, by the names that clouds give theirs."""

import re
from urllib.parse import urlsplit

_WITHIN = re.compile(
    r"eu|europe"  # a zone of the whole Union
    r"|eu-(central-1|west-[13]|north-1|south-[12])|eusc-\S+"  # AWS, and its sovereign cloud
    r"|europe-(west(1|3|4|8|9|10|12)|north[12]|central2|southwest1)"  # Google
    r"|(west|north)europe|(france|sweden)(central|south)|germany(westcentral|north)"  # Azure
    r"|(italy|poland)(north|central)|spaincentral|austriaeast|belgiumcentral|denmarkeast"
)
# London and Zurich are called like those of the Union; then how regions of other places start.
_ELSEWHERE = re.compile(
    r"(eu-west-2|eu-central-2|europe-west[26])$"
    r"|(global|us|ap|ca|sa|af|me|il|mx|cn|uk|asia|australia|northamerica|southamerica|africa)(?![a-df-z])"
    r"|east|west(us|india|central)|(north|south)(central)?(us|india|africa)|southeastasia|central(us|india)"
    r"|(uk|switzerland|norway|brazil|canada|japan|korea|india|uae|qatar|israel|mexico|china|australia)\w+"
)


def of_address(url: str) -> str | None:
    """The region that an address names, `eu` of `https://eu.api.openai.com/v1`; `None` for none."""
    labels = (urlsplit(url).hostname or "").split(".")
    return next((label for label in labels if _WITHIN.fullmatch(label) or label in ("us", "apac")), None)


def within_eu(region: str) -> bool | None:
    """Whether a region lies in the European Union; `None` where its name is none that is known."""
    name = region.strip().lower()
    if _WITHIN.fullmatch(name):
        return True
    return False if _ELSEWHERE.match(name) else None
