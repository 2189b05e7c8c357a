"""The output items of a run of OpenAI's hosted evals: the item, what was sampled, what the graders said."""

from collections.abc import Iterator

from broker.suites.importers.report import Source
from broker.suites.importers.values import items, table, text
from broker.suites.results_import.asked import asked_text, said_text
from broker.suites.results_import.endings import ended
from broker.suites.results_import.report import Found

NAME = "openai output items"


def matches(source: Source) -> bool:
    """Whether rows have `datasource_item` and `sample`."""
    return {"datasource_item", "sample"} <= set(source.columns)


def answers(source: Source) -> Iterator[Found]:
    """An answer a sample; where its question is not known, the item's values find it."""
    for row in source.rows:
        sample = table(row.values.get("sample"))
        said = [table(turn).get("content") for turn in items(sample.get("output"))]
        failed = text(table(sample.get("error")).get("message"))
        yield Found(
            row.number,
            text(sample.get("model")) or "unknown model",
            "\n".join(map(said_text, said)),
            input=asked_text(sample.get("input")),
            variables={k: text(v) for k, v in table(row.values.get("datasource_item")).items()},
            error=failed or ("" if said else "no output"),
            outcome=ended(sample.get("finish_reason"), failed),
            foreign={"results": row.values["results"]} if row.values.get("results") else {},
        )
