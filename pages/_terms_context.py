"""What both parts of the workloads and terms page work with."""

from dataclasses import dataclass
from datetime import date

from broker.catalog import Catalogue
from broker.config import Config
from db.session import Database
from pages._term_words import party


@dataclass(frozen=True)
class Context:
    """Where things are kept and by whom, what is sold, and today."""

    database: Database
    config: Config
    known: Catalogue
    user: str
    at: date

    def platform(self, provider: str) -> str:
        """What people call whom its terms are agreed with; its id where it is not configured any more."""
        row = self.config.providers.get(provider)
        return party(provider, row.name if row else provider)
