"""The pictures of samples, below the table that they cannot stand in: attached, shown, taken off."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from broker.suites import Sample
from broker.types import Image, Message
from pages import _format as fmt
from pages import _images as images
from pages import _ui as ui

_Changed = dict[str, tuple[Image, ...]]  # by sample


def forget(key: str) -> None:
    """Drop what was attached and never kept: the table beside it begins anew."""
    st.session_state.pop(_name(key), None)


def attached(samples: Sequence[Sample], key: str) -> tuple[Sample, ...]:
    """The samples with the pictures that go with their last turn, as changed here."""
    changed: _Changed = st.session_state.setdefault(_name(key), {})
    ids = [sample.id for sample in samples]
    if lost := [case for case in changed if case not in ids and changed[case]]:
        st.warning(
            f"Pictures wait for {ui.plain(fmt.listed(lost))}, no longer in the table.",
            icon=":material/broken_image:",
        )
    made = tuple(with_pictures(one, changed[one.id]) if one.id in changed else one for one in samples)
    with st.expander("Pictures", icon=":material/image:"):
        if not made:
            st.caption("Write a question above first; pictures are attached to it here.")
            return made
        chosen = st.selectbox("Sample that they go with", ids, key=f"{key}-picture-of")
        _pictures(made[ids.index(chosen)], changed, key)
    return made


def with_pictures(sample: Sample, pictures: tuple[Image, ...]) -> Sample:
    """The sample with these pictures, and no others, in its last turn; without any, a text stays one."""
    turns = (Message("user", sample.input),) if isinstance(sample.input, str) else sample.input
    last = replace(turns[-1], images=pictures)
    plain = len(turns) == 1 and last == Message("user", last.content)
    return replace(sample, input=last.content if plain else (*turns[:-1], last))


def _pictures(sample: Sample, changed: _Changed, key: str) -> None:
    """Those of one sample, each with a button that takes it off, and the field for more."""
    now = () if isinstance(sample.input, str) else sample.input[-1].images
    with st.container(horizontal=True):
        for i, image in enumerate(now):
            with st.container(width="content"):
                images.thumbnail(image, f"Picture {i + 1} of {ui.plain(sample.id)}")
                rest = now[:i] + now[i + 1 :]
                act = (changed, sample.id, rest)
                st.button(
                    f"Remove picture {i + 1}", key=f"{key}-off-{sample.id}-{i}", on_click=_set, args=act
                )
    turn = st.session_state.get(f"{key}-picture-turn", 0)
    files = st.file_uploader(
        "Pictures that the models get with the question",
        images.SUFFIXES,
        accept_multiple_files=True,
        max_upload_size=images.MOST_MB,
        key=f"{key}-picture-files-{turn}",
    )
    found, problem = images.read(files, images.MOST - len(now))
    if problem:
        st.error(problem, icon=":material/broken_image:")
    elif found:
        _set(changed, sample.id, (*now, *found))
        st.session_state[f"{key}-picture-turn"] = turn + 1  # an empty field for the next ones
        st.rerun()


def _set(changed: _Changed, sample: str, pictures: tuple[Image, ...]) -> None:
    changed[sample] = pictures


def _name(key: str) -> str:
    return f"{key}-pictures"
