"""Rows chosen by hash: the same for any order, company and type of the ids; evenly spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustomer.clustering.sample import hash_ids, sample_rows

KNOWN = [
    "05af62a4db32a9ca",
    "71c18690ee42c90b",
    "ee0347464b68c806",
    "60b7ef52e42bca30",
    "57fed93d8c62044c",
]


def test_the_same_customers_are_chosen_in_any_row_order() -> None:
    ids = np.array([f"C{number}" for number in range(3_000)])
    shuffled = np.random.default_rng(0).permutation(ids)
    first = ids[sample_rows(ids, 500, seed=7)]
    again = shuffled[sample_rows(shuffled, 500, seed=7)]
    assert set(first) == set(again)
    assert len(first) == 500


def test_hashes_never_change() -> None:
    assert [f"{one:016x}" for one in hash_ids(["C1", "", "Zoë", "x" * 200, 17850], seed=3)] == KNOWN


@given(st.lists(st.text(max_size=90), min_size=1, max_size=20), st.integers(0, 2**31 - 1))
def test_an_id_is_hashed_by_its_text_alone(ids: list[str], seed: int) -> None:
    together = hash_ids(ids, seed=seed)
    assert [hash_ids([one], seed=seed)[0] for one in ids] == together.tolist()


def test_numbers_hash_like_their_text() -> None:
    assert hash_ids([17850], seed=0) == hash_ids(["17850"], seed=0)
    assert hash_ids(np.array([17850]), seed=0) == hash_ids(["17850"], seed=0)


def test_texts_that_differ_in_trailing_zeros_differ() -> None:
    assert len(set(hash_ids(["a", "a\0", "a\0\0", "", "\0"], seed=0).tolist())) == 5


def test_a_sample_is_part_of_a_larger_one() -> None:
    ids = list(range(1_000))
    assert set(sample_rows(ids, 100, seed=1)) <= set(sample_rows(ids, 300, seed=1))


def test_seeds_choose_apart() -> None:
    ids = list(range(10_000))
    common = set(sample_rows(ids, 1_000, seed=1)) & set(sample_rows(ids, 1_000, seed=2))
    assert 50 < len(common) < 160


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_hashes_are_spread_evenly(seed: int) -> None:
    hashes = hash_ids([f"{number:06}" for number in range(64_000)], seed=seed)
    assert len(set(hashes.tolist())) == 64_000
    for bits in (0, 29, 58):
        counts = np.bincount((hashes >> np.uint64(bits)).astype(np.int64) & 63, minlength=64)
        assert np.square(counts - 1_000).sum() / 1_000 < 115


def test_few_ids_are_all_taken() -> None:
    assert sample_rows(["b", "a"], 2, seed=0).tolist() == [0, 1]
    assert sample_rows([], 5, seed=0).tolist() == []
