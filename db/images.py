"""Pictures: each file is kept once under its key, and goes when nothing refers to it any more."""

from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from broker.types import Image, ImageType
from db.models import Call, CallImage, Prompt, StoredImage, utc_now
from db.upsert import insert_into


def load(session: Session, keys: Collection[str]) -> dict[str, Image]:
    """The pictures of these keys that are still there, by key."""
    found = session.execute(select(StoredImage).where(StoredImage.sha256.in_(keys))).scalars()
    return {image.sha256: Image(cast(ImageType, image.media_type), image.data) for image in found}


def keep(session: Session, images: Mapping[str, Image]) -> None:
    """Store those of the pictures, by key, that are not there yet."""
    # The lock keeps a picture from being removed before what refers to it is written.
    there = select(StoredImage.sha256).where(StoredImage.sha256.in_(images))
    missing = images.keys() - set(session.scalars(there.with_for_update(read=True, key_share=True)))
    rows = [_row(key, images[key]) for key in sorted(missing)]
    if rows:
        insert = insert_into(StoredImage, session.get_bind().dialect.name)
        session.connection().execute(insert.on_conflict_do_nothing(), rows)


def keep_for_calls(session: Session, sent: Mapping[str, Mapping[str, Image]]) -> None:
    """Store the pictures that calls sent: by the call's id, then by key."""
    keep(session, {key: image for images in sent.values() for key, image in images.items()})
    rows = [{"call_id": call_id, "sha256": key} for call_id, images in sent.items() for key in images]
    if rows:
        insert = insert_into(CallImage, session.get_bind().dialect.name)
        session.connection().execute(insert.on_conflict_do_nothing(), rows)


def release(session: Session, condition: ColumnElement[bool]) -> set[str]:
    """Take the pictures away from the calls that meet the condition; returns their keys."""
    theirs = CallImage.call_id.in_(select(Call.id).where(condition))
    keys = set(session.scalars(select(CallImage.sha256).where(theirs)))
    if keys:
        session.execute(delete(CallImage).where(theirs))
    return keys


def forget(session: Session, keys: Iterable[str]) -> None:
    """Remove those of the pictures that no call and no prompt refers to."""
    candidates = set(keys)
    if not candidates:
        return
    shown = session.scalars(select(Prompt.images).where(Prompt.images.is_not(None)))
    for key in sorted(candidates.difference(chain.from_iterable(images or () for images in shown))):
        # Locked first: who is about to refer to it is waited for, and then seen.
        session.execute(select(StoredImage.sha256).where(StoredImage.sha256 == key).with_for_update()).close()
        sent = select(CallImage.call_id).where(CallImage.sha256 == key).exists()
        session.execute(delete(StoredImage).where(StoredImage.sha256 == key, ~sent))


def _row(key: str, image: Image) -> dict[str, Any]:
    return {"sha256": key, "media_type": image.media_type, "data": image.data, "created_at": utc_now()}
