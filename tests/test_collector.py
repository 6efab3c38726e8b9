"""The collector is held back for a while, and left as it was found."""

from __future__ import annotations

import gc

import pytest

from clustomer.collector import uncollected


def test_the_collector_is_back_after_the_block_and_after_an_error() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="a bad table"), uncollected():
        raise ValueError("a bad table")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
