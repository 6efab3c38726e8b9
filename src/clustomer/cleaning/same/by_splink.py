"""The same question put to Splink, with its own comparisons and its own way to learn."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from clustomer.cleaning.same.fields import Field
from clustomer.cleaning.same.pairs import KEYS
from clustomer.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

RECALL: Final = 0.7
"""What part of all pairs the strictest keys are taken to find, for Splink's prior."""


def splink_pairs(values: Mapping[Field, list[str]], *, threshold: float, seed: int) -> Found:
    """Find pairs of records of one person with Splink's defaults.

    Parameters
    ----------
    values
        By field: the plain value of each record, "" for a blank.
    threshold
        Least probability (0 to 1) of the pairs that come back.

    Returns
    -------
    tuple of numpy.ndarray
        Positions of the two records (int64, the lower one first) and probability (float64).

    Raises
    ------
    MissingExtraError
        When Splink is not installed.
    """
    if importlib.util.find_spec("splink") is None:
        raise MissingExtraError(
            'The recipe says [same] by = "splink", but Splink is not installed.',
            remedy="pip install 'clustomer[dedupe]', or by = \"clustomer\"",
        )
    import numpy as np
    import pyarrow as pa
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    records = len(next(iter(values.values())))
    columns: dict[str, pa.Array] = {"unique_id": pa.array(range(records), pa.int64())}
    for field, texts in values.items():
        columns[field] = pa.array([text or None for text in texts], pa.string())
    keys = [key for key in KEYS if all(field in values for field in key)]
    database = DuckDBAPI()
    linker = Linker(
        database.register(pa.table(columns)),
        SettingsCreator(
            link_type="dedupe_only",
            comparisons=[_comparison(field) for field in values],
            blocking_rules_to_generate_predictions=[block_on(*key) for key in keys],
        ),
        log_level=logging.ERROR,
    )
    training = linker.training
    strict = [block_on(*key) for key in keys if len(key) > 1][:3]
    training.estimate_probability_two_random_records_match([*strict], recall=RECALL)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed)
    for rule in strict:
        training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=threshold).as_record_list()
    left = np.array([row["unique_id_l"] for row in found], np.int64)
    right = np.array([row["unique_id_r"] for row in found], np.int64)
    chance = np.array([row["match_probability"] for row in found], np.float64)
    return np.minimum(left, right), np.maximum(left, right), chance


def _comparison(field: Field) -> Any:
    import splink.comparison_library as library

    match field:
        case "given_name" | "surname" | "full_name":
            return library.NameComparison(field)
        case "email":
            return library.EmailComparison(field)
        case "birth_date" | "phone" | "identifier" | "postcode":
            return library.DamerauLevenshteinAtThresholds(field, [1, 2])
        case "address" | "city":
            return library.JaroWinklerAtThresholds(field, [0.9, 0.7])
        case _:
            return library.ExactMatch(field)
