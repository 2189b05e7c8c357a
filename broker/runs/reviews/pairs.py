"""Two answers set against each other by a judge, in both orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from broker.judge import Preference, read_pair
from broker.runs.budget import paid
from broker.runs.feed import Turn
from broker.runs.reviews import Item
from broker.runs.reviews.asking import Asked, both_orders, cost_at_most
from broker.runs.reviews.crew import GONE, ReviewCrew
from broker.runs.reviews.rows import decided
from broker.types import ChatRequest, Completion

_ZERO = Decimal(0)


class Pairs(ReviewCrew):
    """A review that sets offers against a baseline."""

    async def _do(self, turn: Turn[Item]) -> None:
        (_, a), (_, b) = await self._given(turn.unit)
        if a is None or b is None:
            self._end(self._row(turn, None), decided(Preference(None, False, GONE)))
            return
        asked = Asked(self._suite, self._suite.samples[turn.unit.position], self._params, a, b)
        requests = both_orders(self._judge, asked, self._review.criteria)
        reserved = cost_at_most(self._judge, requests)

        async def spend() -> Decimal:
            return await self._set_against(self._row(turn, reserved), requests)

        await self._within_budget(reserved, spend)

    async def _set_against(self, row: dict[str, Any], requests: Sequence[ChatRequest]) -> Decimal:
        """Ask in one order, then, if that reply says something, in the other; returns what was spent."""
        replies, spent = list[Completion](), _ZERO
        for request in requests:
            reply = await self._ask(request, None if replies else row)
            if reply.status == "running":  # stopped before it began
                if replies:
                    self._again(row, spent)
                return spent
            replies.append(reply)
            spent += self._spent(reply)
            if reply.status == "stopped":
                self._again(row, spent)
                return spent
            if _says_nothing(reply):
                break
        costs = [paid(reply, None) for reply in replies]
        known = [cost for cost in costs if cost is not None]
        cost = sum(known, _ZERO) if len(known) == len(costs) else None
        self._end(row, {**decided(preference(replies)), "cost": cost}, spent)
        return spent


def preference(replies: Sequence[Completion]) -> Preference:
    """What the replies to both orders come to; nothing where one failed or cannot be read."""
    failed = next((reply.error for reply in replies if reply.error is not None), None)
    if failed is not None:
        return Preference(None, False, f"The judge could not be asked: {failed.message}")
    return read_pair(replies[0].text, replies[-1].text)


def _says_nothing(reply: Completion) -> bool:
    return reply.error is not None or read_pair(reply.text, reply.text).a_first is None
