"""Pictures that go with a prompt: attached to the next one, and shown with those that were asked."""

import base64
import io
from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from broker.images import image_of
from broker.playground import images as kept
from broker.types import Image
from db.session import Database
from db.shapes import image_key
from pages._ui import plain

MOST, MOST_MB = 5, 10
_MOST_PIXELS = 64_000_000  # unpacked, each takes up to four bytes; no platform takes more
SUFFIXES = ("png", "jpg", "jpeg", "webp")
_SHOWN, _SIDE = 160, 640  # the longer side in pixels: in the page, and of the copy that the browser gets


def take() -> None:
    """As a prompt is sent: keep its words and pictures to be asked, or say what keeps them from it.

    The words then return to the input, and so nothing is asked without what was to go with it.
    """
    asked, attached = st.session_state.ask, st.session_state.get("attached", [])
    images, problem = read(asked.files, MOST - len(attached))
    if not problem:
        st.session_state.attached = [*attached, *images]
        problem = "" if asked.text.strip() else "Write what the models should do with the images."
    if problem:
        st.session_state["not-attached"], st.session_state.returned = problem, asked.text
    else:
        st.session_state.draft = asked.text


def put_back() -> None:
    """Put words that could not be asked back into the input."""
    state = st.session_state
    if "returned" in state:
        words = state.pop("returned")
        # The browser does not take the same words twice running.
        state.ask = f"{words} " if words == state.get("given") else words
    if isinstance(state.get("ask"), str):
        state.given = state.ask


def show_attached() -> None:
    """What goes with the next prompt, to be taken off again, and what was wrong with the last try."""
    if problem := st.session_state.pop("not-attached", ""):
        st.error(problem, icon=":material/broken_image:")
    attached: list[Image] = st.session_state.get("attached", [])
    if not attached:
        return
    st.caption("Goes with your next prompt")
    with st.container(horizontal=True):
        for i, image in enumerate(attached):
            with st.container(width="content"):
                thumbnail(image, f"Attached image {i + 1}")
                st.button("Remove", key=f"detach-{i}", on_click=_detach, args=(i,))


def show(database: Database, keys: Sequence[str]) -> None:
    """The pictures of a prompt, small; a larger copy opens over the page."""
    if not keys:
        return
    with st.container(horizontal=True):
        for i, key in enumerate(keys, 1):
            # Read only when there is no small copy yet.
            copy = _small(key, lambda key=key: next(iter(kept(database, [key])), None))
            _show(copy, f"Image {i} of the prompt")


def attach(images: Iterable[Image]) -> None:
    """Let these pictures, and no others, go with the next prompt."""
    st.session_state.attached = list(images)


def forget() -> None:
    """Drop the small copies: the pictures of a prompt may just have been deleted."""
    _small.clear()


def thumbnail(image: Image, alt: str) -> None:
    """A picture that is not kept yet, small."""
    _show(_small(image_key(image), lambda: image), alt)


def _detach(position: int) -> None:
    del st.session_state.attached[position]


def read(files: Sequence[io.BytesIO], room: int) -> tuple[list[Image], str]:
    """The pictures in these files, and what is wrong with the first that cannot be used."""
    if len(files) > room:
        return [], f"At most {MOST} images go with a prompt. Remove some and attach them again."
    images: list[Image] = []
    for file in files:
        name, data = plain(getattr(file, "name", "")), file.getvalue()
        if len(data) > MOST_MB << 20:
            return [], f"**{name}** is larger than {MOST_MB} MB. Attach a smaller copy."
        try:
            image = image_of(data)
        except ValueError:
            return [], f"**{name}** is not a PNG, JPEG or WebP picture, whatever its name says."
        if _small(image_key(image), lambda image=image: image) is None:
            return [], f"**{name}** is damaged or too large to open as a picture."
        images.append(image)
    return images, ""


def _show(copy: tuple[str, int] | None, alt: str) -> None:
    if copy is None:
        st.caption(f":material/broken_image: {alt} cannot be shown")
    else:
        url, width = copy
        st.image(url, width=width, alt=alt)


@st.cache_data(max_entries=200, show_spinner=False)
def _small(key: str, _read: Callable[[], Image | None]) -> tuple[str, int] | None:
    """A copy of the picture of this key as a data URL, and its width in the page; `None` if it is broken."""
    from PIL import Image as Pictures
    from PIL import ImageOps

    image, out = _read(), io.BytesIO()
    if image is None:
        return None
    try:
        with Pictures.open(io.BytesIO(image.data), formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.draft("RGB", (_SIDE, _SIDE))  # JPEG only: decodes no more than it needs
            small = ImageOps.exif_transpose(opened)
            small.thumbnail((_SIDE, _SIDE))
            small.convert("RGBA" if small.has_transparency_data else "RGB").save(out, "WEBP")
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError):
        return None
    width = max(1, round(_SHOWN * min(1, small.width / small.height)))
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}", width
