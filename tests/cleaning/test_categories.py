from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.cleaning import nearness
from clustomer.cleaning.categories import CategoryRepair, Known, key, learn_categories

GENDER = ("Female", "Male", "Other")
TIERS = ("Bronze", "Silver", "Gold")


def spelt(repair: CategoryRepair, *raws: str) -> list[object]:
    return [answer.value for answer in repair.many(list(raws))]


def test_spellings_of_one_value_become_one() -> None:
    seen = {"Credit Card": 7, " credit\u00a0CARD\t": 5, "CREDIT  CARD": 9, "PayPal": 1}
    repair = learn_categories(seen)
    assert spelt(repair, *seen) == ["Credit Card"] * 3 + ["PayPal"]
    assert repair.one("Credit Card").rule == ""
    assert repair.one(" Credit Card").rule == "space"
    assert repair.one("CREDIT  CARD").rule == "spelling"


def test_one_odd_spelling_does_not_rename_a_code() -> None:
    assert spelt(learn_categories({"USA": 900, "Usa": 1, "usa": 20}), "usa") == ["USA"]
    assert spelt(learn_categories({"b": 20, "B": 20}), "b", "B") == ["B", "B"]


def test_a_vocabulary_holds_whatever_the_frequency() -> None:
    seen = {"femle": 92, "male": 88, "FEMALE": 85, "Male": 81, "Other": 77, "Female": 73}
    repair = learn_categories(seen, GENDER)
    assert spelt(repair, *seen) == ["Female", "Male", "Female", "Male", "Other", "Female"]
    assert repair.one("diverse") == ("diverse", "")


def test_abbreviations_go_to_the_one_word_they_fit() -> None:
    delivery = learn_categories({}, ("Delivered", "Delayed", "Cancelled"))
    assert spelt(delivery, "delrd", "delyd", "cancled", "dd") == [
        "Delivered",
        "Delayed",
        "Cancelled",
        "dd",
    ]
    assert spelt(learn_categories({"North": 605, "nrth": 1}), "nrth") == ["North"]


def test_levels_outside_the_order_become_blank() -> None:
    repair = learn_categories({"gld": 2, "sllver": 1, "Platinum": 50}, TIERS, closed=True)
    assert spelt(repair, "gld", "sllver", " BRONZE") == ["Gold", "Silver", "Bronze"]
    assert repair.one("Platinum") == (None, "unknown-level")


def test_two_frequent_values_are_never_made_one() -> None:
    seen = {"Shirts": 60, "Skirts": 40, "Coat": 500, "Boat": 30, "Storage": 100, "Storages": 20}
    assert all(rule == "" for _, rule in learn_categories(seen).many(list(seen)))


@pytest.mark.parametrize(
    ("rare", "frequent"),
    [
        ("Storage Product 38", "Storage Product 39"),
        ("S338", "S339"),
        ("A1", "A2"),
        ("XL", "L"),
        ("2024", "2025"),
        ("Plan A", "Plan B"),
        ("Grade A-", "Grade A+"),
        ("Gambia", "Zambia"),
        ("Niger", "Nigeria"),
        ("Austria", "Australia"),
        ("cat", "carrot"),
        ("male", "female"),
        ("10 ml", "100 ml"),
        ("Ville 3 9", "Ville 39"),
    ],
)
def test_alike_is_not_the_same(rare: str, frequent: str) -> None:
    seen = {rare: 1, frequent: 500}
    assert spelt(learn_categories(seen), rare, frequent) == [rare, frequent]


def test_near_two_values_is_near_none() -> None:
    seen = {"Marten": 1, "Martin": 400, "Martena": 400}
    assert spelt(learn_categories(seen), "Marten") == ["Marten"]


def test_too_many_values_are_names() -> None:
    rng = random.Random(1)
    names = {"".join(rng.choices("abcdefgh", k=7)): 1 for _ in range(1500)}
    repair = learn_categories(names | {"Anna": 40, "ANNA": 2, "Anne": 1})
    assert repair.names
    assert repair.spelling == {"anna": "Anna"}
    assert spelt(repair, "ANNA", "Anne") == ["Anna", "Anne"]
    assert not repair.unseen("Zoe")


def test_unseen_values_go_through_the_same_function() -> None:
    repair = learn_categories({"North": 50, "South": 50, "Tiny": 1})
    assert repair.one("  nort") == ("North", "typing-error")
    assert repair.one(" Overseas ") == ("Overseas", "space")
    assert repair.unseen("Overseas")
    assert not repair.unseen("NORTH")
    assert spelt(repair, "Tina") == ["Tina"]


def test_many_distinct_values_take_seconds() -> None:
    rng = random.Random(2)
    words = ["item " + "".join(rng.choices("abcdefghijklmnop", k=8)) for _ in range(10_000)]
    seen = {word: 1 if at % 2 else 400 for at, word in enumerate(words)}
    start = time.process_time()
    repair = learn_categories(seen)
    assert not repair.names
    assert time.process_time() - start < 5


def test_words_for_a_blank_are_blanks_where_they_are_no_level() -> None:
    seen = {"Yes": 60, "No": 30, "N/A": 4, "ERROR": 3, "unknown ": 2, "-": 1, "?": 1}
    repair = learn_categories(seen)
    assert spelt(repair, *seen) == ["Yes", "No", None, None, None, None, None]
    assert repair.one("#REF!") == (None, "blank-word")


@pytest.mark.parametrize(
    "seen",
    [
        {"None": 40, "Extras": 20, "NA": 12, "EU": 30},
        {"OK": 60, "Error": 40},
        {"Unknown": 50, "Known": 50},
    ],
)
def test_a_level_that_looks_like_a_blank_stays(seen: dict[str, int]) -> None:
    assert spelt(learn_categories(seen), *seen) == list(seen)


def test_a_recipe_says_what_is_a_blank_and_what_is_not() -> None:
    known = Known(missing=("None", "x"), exceptions=("N/A", "nrth"))
    seen = {"North": 900, "None": 40, "N/A": 5, "nrth": 1, "X": 3}
    repair = learn_categories(seen, known=known)
    assert spelt(repair, *seen) == ["North", None, "N/A", "nrth", None]
    assert repair.one(" nrth ") == ("nrth", "space")


def test_synonyms_stand_for_what_the_recipe_says() -> None:
    known = Known(synonyms={"NSW": "New South Wales", "Vic": "Victoria"})
    repair = learn_categories({"nsw": 40, "new south wales": 300, "VIC ": 2}, known=known)
    assert spelt(repair, "nsw", "new south wales", "VIC ") == [
        "New South Wales",
        "New South Wales",
        "Victoria",
    ]
    assert repair.one("NSW").rule == "synonym"


def test_the_case_of_a_column_mends_rare_values_without_keeping_them() -> None:
    seen = {"North": 50, "SOUTH": 40, "South": 40, "Bordeaux": 3, "BORDEAUX": 2, "bordeaux": 1}
    repair = learn_categories(seen)
    assert spelt(repair, *seen) == ["North", "South", "South"] + ["Bordeaux"] * 3
    assert "bordeaux" not in repair.spelling
    assert spelt(repair, "UK", "McRae", "oslo", "ROOM 3B") == ["UK", "McRae", "Oslo", "ROOM 3B"]


def test_rarity_is_no_sign_where_most_rare_values_are_near_nothing() -> None:
    countries = {"Iceland": 600, "Norway": 600, "Peru": 2, "Chile": 1, "Kenya": 1, "Malta": 1}
    seen = {**countries, "Togo": 1, "United Arab Emirates": 300, "Ireland": 2}
    repair = learn_categories({**seen, "United Arab Emirats": 1})
    assert spelt(repair, "Ireland", "United Arab Emirats") == ["Ireland", "United Arab Emirates"]


def test_runs_of_spaces_that_every_row_writes_stay() -> None:
    repair = learn_categories({"the  right kind": 39, "a  slip": 1, "a slip": 30})
    assert spelt(repair, "the  right kind", "the right kind", "a  slip") == [
        "the  right kind",
        "the  right kind",
        "a slip",
    ]


WORDS = st.text(alphabet="abeilmnorst AEFM1\u00a0-", max_size=10)


@given(st.dictionaries(WORDS, st.integers(1, 1000), max_size=12), st.lists(WORDS, max_size=3))
def test_repairing_a_canonical_value_changes_nothing(
    seen: dict[str, int], vocabulary: list[str]
) -> None:
    repair = learn_categories(seen, [word for word in vocabulary if key(word)])
    for raw in seen:
        value = repair.one(raw).value
        if isinstance(value, str):
            assert repair.one(value) == (value, "")


@given(st.dictionaries(WORDS, st.integers(1, 1000), max_size=12))
def test_the_order_of_the_values_does_not_matter(seen: dict[str, int]) -> None:
    assert learn_categories(seen) == learn_categories(dict(reversed(seen.items())))


@given(st.lists(WORDS.map(key).filter(bool), min_size=1, max_size=8), WORDS.map(key))
def test_batches_find_what_single_comparisons_find(targets: list[str], value: str) -> None:
    for strict in (True, False):
        found = nearness.join_all([value] if value else [], targets, strict=strict)
        alone = {
            target: how
            for target in targets
            if value and target != value and (how := nearness.near(value, target, strict=strict))
        }
        assert found.get(value, {}) == alone
