"""What the columns of a table mean, as options of `broker import`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from broker.suites.importers.report import ColumnMapping

Question = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="What is asked, or a text with {{columns}} in it.")
]
Target = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="A right answer; repeat it.")]
Choice = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="A choice, or a list of them.")]
Tag = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="A kind of samples.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="The sample's name.")]
Document = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="What several samples share, as a contract.")
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of a workbook, else its first with a table.")]


def named(
    question: str | None,
    targets: list[str] | None,
    choices: list[str] | None,
    tags: list[str] | None,
    **single: str | None,
) -> dict[str, Any]:
    """The fields of a mapping that were named; `single` are the others by their own names."""
    several = {"targets": targets, "choices": choices, "tags": tags}
    fields = {"input": question, **single, **{name: tuple(found or ()) for name, found in several.items()}}
    return {name: value for name, value in fields.items() if value}


def mapping_of(
    file: tuple[str, bytes], fields: dict[str, Any], graders: tuple[str, bytes] | None, sheet: str | None
) -> "ColumnMapping | None":
    """The proposed mapping with these fields instead; `None` where none is named.

    Raises `ImportRefused` where the format says itself what its columns mean.
    """
    from broker.suites.importers import ImportRefused, read
    from broker.suites.importers.columns import renamed

    if not fields:
        return None
    seen = read(*file, graders=graders, sheet=sheet)
    preview = seen.preview
    if preview.mapping is None or (preview.prompt_only and fields.keys() != {"input"}):
        heeded = "nothing but --question" if preview.prompt_only else "none of them"
        raise ImportRefused(
            f"{file[0]}: this format ({seen.format}) says what its columns mean; {heeded} can be named."
        )
    return renamed(preview.mapping, **fields)
