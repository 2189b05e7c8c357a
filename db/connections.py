"""What staff set on the connections page, and what was last found out about each provider. Never a key."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from db.base import Base, Words
from db.models import utc_now


class CustomProvider(Base):
    """A provider added in the app. `settings` has the keys of its table in `broker.toml`."""

    __tablename__ = "custom_provider"

    id: Mapped[str] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    user: Mapped[Words | None]
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class CustomOffer(Base):
    """An offer added in the app: its id, and the keys of its table in `broker.toml`."""

    __tablename__ = "custom_offer"

    id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(index=True)
    settings: Mapped[dict[str, Any]]
    user: Mapped[Words | None]
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class ProviderCheck(Base):
    """The last check of a provider: a real call of `offer`, or why there was none to make."""

    __tablename__ = "provider_check"

    provider: Mapped[str] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime]
    ok: Mapped[bool]
    offer: Mapped[str | None]
    error_kind: Mapped[str | None]
    message: Mapped[Words | None]
    served_model: Mapped[Words | None]
    ttft_ms: Mapped[float | None]
    total_ms: Mapped[float | None]
    cost: Mapped[Decimal | None]


class Discovery(Base):
    """The models a provider listed when it was last asked: `models` has an object for each."""

    __tablename__ = "discovery"

    provider: Mapped[str] = mapped_column(primary_key=True)
    found_at: Mapped[datetime]
    models: Mapped[list[Any]]


def custom_providers() -> Select[CustomProvider]:
    """All providers added in the app, by id."""
    return select(CustomProvider).order_by(CustomProvider.id)


def custom_offers(provider: str | None = None) -> Select[CustomOffer]:
    """The offers added in the app, by id; those of one provider where it is named."""
    listed = select(CustomOffer).order_by(CustomOffer.id)
    return listed if provider is None else listed.where(CustomOffer.provider == provider)


def checks() -> Select[ProviderCheck]:
    """The last check of every provider that was ever checked."""
    return select(ProviderCheck)


def discoveries() -> Select[Discovery]:
    """The last list of every provider that was ever asked for one."""
    return select(Discovery)


def save_provider(session: Session, provider_id: str, settings: Mapping[str, Any], user: str | None) -> None:
    """Add a provider, or replace its settings."""
    session.merge(CustomProvider(id=provider_id, settings=dict(settings), user=user, updated_at=utc_now()))


def save_offer(session: Session, settings: Mapping[str, Any], user: str | None) -> None:
    """Add an offer, or replace its settings; its id is `provider/model`."""
    provider, model = settings["provider"], settings["model"]
    row = CustomOffer(id=f"{provider}/{model}", provider=provider, settings=dict(settings), user=user)
    row.updated_at = utc_now()
    session.merge(row)


def delete_provider(session: Session, provider_id: str) -> None:
    """Remove a provider with its offers and what was found out about it; recorded calls stay."""
    session.execute(delete(CustomOffer).where(CustomOffer.provider == provider_id))
    session.execute(delete(CustomProvider).where(CustomProvider.id == provider_id))
    forget(session, provider_id)


def delete_offer(session: Session, offer_id: str) -> None:
    """Remove an offer; recorded calls stay."""
    session.execute(delete(CustomOffer).where(CustomOffer.id == offer_id))


def forget(session: Session, provider_id: str) -> None:
    """Remove what was found out about a provider, say because its address has changed."""
    session.execute(delete(ProviderCheck).where(ProviderCheck.provider == provider_id))
    session.execute(delete(Discovery).where(Discovery.provider == provider_id))


def save(session: Session, row: ProviderCheck | Discovery) -> None:
    """Keep a check or a discovery in place of the provider's last one."""
    session.merge(row)
