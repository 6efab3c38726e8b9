"""The language in which segments are spoken of: a TOML file of words and sentences.

English is built in. A recipe may name a file of its own, whole or in part, and override single
texts; what is missing stays as it is in the language that it starts from.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, ValidationError

from clustomer.errors import RecipeError, listed, nearest
from clustomer.recipe.settings import (
    NameRule,
    SegmentSettings,
    Settings,
    empty_or_with_one_place,
)

BUILT_IN: Final = ("en",)
"""Languages that come with clustomer."""

_PLACE: Final = re.compile(r"\{(\w*)\}")

Texts = Mapping[str, object]


class Wording(Settings):
    """Words for one feature; `says`, with {} for the value, stands for the feature's own."""

    high: str
    low: str
    more: str
    less: str
    says: Annotated[str, AfterValidator(empty_or_with_one_place)] = ""


class NameText(Settings):
    """A name of the naming table, and a clause for the description."""

    name: str
    says: str = ""


class Language(Settings):
    """Everything that is said about segments, in one language."""

    language: str
    """The language's code, such as ``en``."""
    nouns: dict[str, str]
    """What is segmented: plural to singular."""
    units: dict[str, str]
    """How values stand in their units, with {number}."""
    one: dict[str, str]
    """Words after the number one, and what they become."""
    sentences: dict[str, str]
    """Sentences with named places."""
    words: dict[str, Wording]
    """How features are spoken of in names and comparisons."""
    spelt: dict[str, str]
    """Abbreviations in the names of columns, written out."""
    names: dict[str, NameText]
    """Names by the key in a rule's `text`."""
    hints: dict[str, str]
    """What could be done with a segment, by the key of its rule."""

    def say(self, sentence: str, **filled: str) -> str:
        """Fill a sentence.

        >>> english().say("runner_up", segment="Lapsed Customers", id="S4")
        'Runner-up: Lapsed Customers (S4).'
        """
        return _filled(self.sentences[sentence], filled)

    def unit(self, unit: str, number: str) -> str:
        """Put a number into its unit.

        >>> english().unit("days", "34")
        '34 days'
        """
        return _filled(self.units[unit], {"number": number})

    def fact(self, says: str, value: str) -> str:
        """Put a value into a feature's sentence part.

        >>> english().fact("ordered {} times", "3"), english().fact("ordered {} times", "1")
        ('ordered 3 times', 'ordered once')
        """
        text = says.replace("{}", value)
        for plural, singular in self.one.items():
            # Only where nothing goes on: "1 times" is once, "1 timeslot" is not.
            text = re.sub(rf"(?<![\d.,]){re.escape(plural)}(?!\w)", singular, f" {text}")[1:]
        return text

    def singular(self, noun: str) -> str:
        """One of what is segmented.

        >>> english().singular("order lines"), english().singular("companies")
        ('order line', 'company')
        """
        if noun in self.nouns:
            return self.nouns[noun]
        return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")

    def joined(self, parts: list[str]) -> str:
        """List parts in a sentence.

        >>> english().joined(["a", "b", "c"])
        'a, b and c'
        """
        if len(parts) < 2:
            return "".join(parts)
        return self.say("and", first=", ".join(parts[:-1]), last=parts[-1])


def _filled(text: str, filled: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: filled[place[1]], text)


def english() -> Language:
    """The language that comes with clustomer."""
    return _language("en", "{}")


def language_of(settings: SegmentSettings) -> Language:
    """The language of a recipe: a built-in one with the recipe's own texts over it.

    Raises
    ------
    RecipeError
        When the language is not known, or a text has an unknown key or place.
    """
    return _language(settings.language, json.dumps(settings.texts, sort_keys=True))


def named(settings: SegmentSettings) -> SegmentSettings:
    """Give the rules of a naming table their names and clauses, by their keys in the language.

    Raises
    ------
    RecipeError
        When a key is not known, or a rule has neither key nor name.
    """
    known = language_of(settings).names
    return settings.model_copy(
        update={"names": tuple(_named(rule, known) for rule in settings.names)}
    )


def _named(rule: NameRule, known: Mapping[str, NameText]) -> NameRule:
    if rule.text is None:
        if rule.name:
            return rule
        raise RecipeError(
            "A rule of segments.names has no name.",
            found=f"when = {rule.when}",
            remedy='give it name = "...", or text = "..." with the key of a name of the language',
        )
    if rule.text not in known:
        hint = nearest(rule.text, known)
        raise RecipeError(
            f"segments.names: the language has no name '{rule.text}'.",
            found=f"known are {listed(sorted(known), 80)}" + (f"; {hint}" if hint else ""),
            remedy=f"correct the key, or add [segments.texts.names.{rule.text}]",
        )
    found = known[rule.text]
    return rule.model_copy(update={"name": found.name, "says": found.says})


def read_language(name_or_file: str, beside: Path | None = None) -> tuple[str, Texts]:
    """Find a language: a built-in one as it is, a file as its texts over a built-in one.

    Parameters
    ----------
    name_or_file
        A built-in language, or the path of a TOML file; `base` in it names the language that it
        starts from, English if none.
    beside
        Folder that a path is taken from.

    Returns
    -------
    tuple
        The built-in language to start from, and the texts over it.

    Raises
    ------
    RecipeError
        When there is no such language, or the file cannot be read.
    """
    if name_or_file in BUILT_IN:
        return name_or_file, {}
    path = (beside or Path()) / name_or_file
    if not path.is_file():
        raise RecipeError(
            f"There is no language '{name_or_file}'.",
            found=f"built-in languages are {listed(BUILT_IN)}; no file of that name exists",
            remedy="give a built-in language or the path of a TOML file, from the recipe's folder",
        )
    try:
        texts = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(
            f"{path} is not valid TOML.", found=str(error), remedy="mend that line"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{path} cannot be read.", found=str(error), remedy="give a readable UTF-8 text file"
        ) from None
    base = str(texts.pop("base", "en"))
    if base not in BUILT_IN:
        raise RecipeError(
            f"{path}: 'base' must be a built-in language.",
            found=base,
            remedy=f"use one of {listed(BUILT_IN)}",
        )
    return base, texts


@lru_cache(maxsize=32)
def _language(name: str, texts: str) -> Language:
    built_in = _built_in(name)
    own = json.loads(texts)
    _check_places(built_in, own)
    try:
        return Language.model_validate(_over(built_in, own))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RecipeError(
            f"The language '{name}': '{key}' is not as it should be.",
            found=first["msg"],
            remedy="see the file of the English texts for what a language holds",
        ) from None


@lru_cache(maxsize=4)
def _built_in(name: str) -> dict[str, object]:
    if name not in BUILT_IN:
        raise RecipeError(
            f"There is no language '{name}'.",
            found=f"built-in languages are {listed(BUILT_IN)}",
            remedy="use one of them, or give texts of your own",
        )
    home = resources.files("clustomer.recipe").joinpath(f"languages/{name}.toml")
    return tomllib.loads(home.read_text("utf-8"))


def _over(below: object, above: object) -> object:
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    return dict(below) | {key: _over(below.get(key), value) for key, value in above.items()}


def _check_places(built_in: Texts, own: Texts) -> None:
    """Refuse sentences that are not known, or that leave a place out or ask for one too many."""
    for part in ("units", "sentences"):
        known, given = built_in[part], own.get(part, {})
        if not (isinstance(known, Mapping) and isinstance(given, Mapping)):
            continue
        for key, text in given.items():
            if key not in known:
                hint = nearest(str(key), known)
                raise RecipeError(
                    f"The text '{part}.{key}' of the language is not known.",
                    found=f"known are {listed(sorted(known), 60)}" + (f"; {hint}" if hint else ""),
                    remedy="correct the key or remove it",
                )
            wanted = sorted(set(_PLACE.findall(known[key])))
            found = sorted(set(_PLACE.findall(str(text))))
            if found != wanted:
                raise RecipeError(
                    f"The text '{part}.{key}' of the language must have the places "
                    f"{listed('{' + name + '}' for name in wanted)}.",
                    found=str(text),
                    remedy="put each of them into the text, as the English one does",
                )
