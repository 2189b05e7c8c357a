"""Pictures from files and data URLs, and as base64 for the wire."""

import base64
import binascii
import re

from broker.types import Image, ImageType

_MARKS: tuple[tuple[bytes, ImageType], ...] = (
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"RIFF.{4}WEBP", "image/webp"),
)


def image_of(data: bytes) -> Image:
    """The picture in these bytes, its type told by them; raises `ValueError` for anything else."""
    for mark, media_type in _MARKS:
        if re.match(mark, data, re.DOTALL):
            return Image(media_type, data)
    raise ValueError("expected a PNG, JPEG or WebP picture")


def from_data_url(url: str) -> Image:
    """The picture in a `data:` URL; raises `ValueError` for anything else."""
    head, _, text = url.partition(",")
    if not re.fullmatch(r"data:[^,]*;base64", head):
        raise ValueError("expected a data URL in base64")
    try:
        return image_of(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ValueError("expected a data URL in base64") from None


def to_base64(image: Image) -> str:
    """The picture's bytes as text."""
    return base64.b64encode(image.data).decode("ascii")


def to_data_url(image: Image) -> str:
    """The picture as a `data:` URL."""
    return f"data:{image.media_type};base64,{to_base64(image)}"
