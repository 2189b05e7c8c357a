"""A WordNet of two words for tests, in the files that the real one has."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import nltk
import pytest
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.corpus.util import LazyCorpusLoader

from broker.scorers import meteor


@contextmanager
def only_here(folder: Path) -> Generator[None]:
    """The scorer finds the WordNet that is in this folder, or none."""
    omw = LazyCorpusLoader("omw-1.4", WordNetCorpusReader)
    words = LazyCorpusLoader("wordnet", WordNetCorpusReader, omw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nltk.data, "path", [str(folder)])
        patch.setattr(nltk.corpus, "wordnet", words)
        patch.setattr(meteor, "_wordnet", lru_cache(meteor._wordnet.__wrapped__))
        yield
    for file in vars(words).get("_data_file_map", {}).values():
        file.close()


def put(root: Path) -> None:
    """Two nouns that mean the same, in the format of wndb(5WN)."""
    folder = root / "corpora" / "wordnet"
    folder.mkdir(parents=True)
    (folder / "lexnames").write_text("".join(f"{i:02}\tlex.{i}\t1\n" for i in range(45)))
    head = "  1 WordNet 3.0 Copyright 2006 by Princeton University.  \n"
    for part in ("adj", "adv", "noun", "verb"):
        for file in ("index", "data"):
            (folder / f"{file}.{part}").write_text(head)
        (folder / f"{part}.exc").write_text("")
    offset = f"{len(head):08}"
    (folder / "data.noun").write_text(f"{head}{offset} 05 n 02 cat 0 tom 0 000 | a small animal  \n")
    index = "".join(f"{word} n 1 0 1 0 {offset}  \n" for word in ("cat", "tom"))
    (folder / "index.noun").write_text(head + index)
    for file in ("cntlist.rev", "index.sense"):
        (folder / file).write_text("")
