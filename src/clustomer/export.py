"""Files for colleagues with plain scikit-learn or a spreadsheet. Clustomer never reads them back.

``model.pkl`` and ``final_model.sav`` hold a scikit-learn pipeline that takes a pandas DataFrame of
features (columns by name, one row per customer, in any order) and answers with cluster numbers;
``kmeans.joblib`` holds the k-means over prepared columns. They are built from scikit-learn and
NumPy objects alone, so they load where clustomer is not installed, with the release of
scikit-learn that wrote them.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clustomer.classifier.train import Surrogate
from clustomer.clustering.centroids import Centroids
from clustomer.clustering.contract import Clusterer
from clustomer.clustering.mixture import Mixture
from clustomer.errors import DataError, OutputError
from clustomer.matrix.columns import FARTHEST, LARGEST, CategoryColumns, NumberColumn, is_text
from clustomer.matrix.prepare import AnyColumn, Preparation

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.compose import ColumnTransformer
    from sklearn.mixture import GaussianMixture
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"
"""What a spreadsheet may take for the start of a formula (CWE-1236), full-width forms too."""


def write_model_pickle(
    path: Path, preparation: Preparation, clusterer: Clusterer, segments: Mapping[int, str]
) -> None:
    """Write a pipeline (prepare, k-means) by pickle.

    Parameters
    ----------
    path
        Where to; replaced in one step.
    preparation, clusterer
        The fitted parts.
    segments
        Names by cluster number; they are the attribute ``segments_`` of the pipeline.

    Raises
    ------
    OutputError
        Where the file cannot be written.

    Notes
    -----
    The pipeline places customers as clustomer does, apart from what scikit-learn decides itself:
    it refuses infinities and pandas' NA (blank is NaN or None), and a customer exactly between two
    centres may go to either.
    """
    pipeline = placing_pipeline(preparation, clusterer, segments)
    _write(path, lambda stream: pickle.dump(pipeline, stream))


def write_kmeans_joblib(path: Path, clusterer: Clusterer) -> None:
    """Write the k-means over prepared columns by joblib.

    Raises
    ------
    OutputError
        Where the file cannot be written.
    """
    import joblib

    kmeans = plain_kmeans(clusterer)
    _write(path, lambda stream: joblib.dump(kmeans, stream))


def write_classifier_sav(
    path: Path, preparation: Preparation, surrogate: Surrogate, segments: Mapping[int, str]
) -> None:
    """Write a pipeline (prepare, classifier) by pickle; it takes the same DataFrame as model.pkl.

    Raises
    ------
    OutputError
        Where the file cannot be written.
    """
    pipeline = classifying_pipeline(preparation, surrogate, segments)
    _write(path, lambda stream: pickle.dump(pipeline, stream))


def write_customers_csv(path: Path, customers: Path) -> None:
    """Write a run's customers.parquet as CSV (UTF-8, comma, header), batch by batch.

    Texts that a spreadsheet may take for a formula get an apostrophe in front (`neutralised`);
    numbers and dates stay as they are, -5 too.

    Raises
    ------
    DataError
        Where `customers` is not there or is no Parquet file.
    OutputError
        Where the file cannot be written.
    """
    import pyarrow.csv
    import pyarrow.parquet

    try:
        source = pyarrow.parquet.ParquetFile(customers)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(
            f"The customers of the run cannot be read from '{customers}'.",
            found=str(error),
            remedy="give the 'model' folder inside a run's output, with customers.parquet beside",
        ) from error

    def write(stream: BinaryIO) -> None:
        header = neutralised(source.schema_arrow.empty_table())
        with source, pyarrow.csv.CSVWriter(stream, header.schema) as writer:
            for batch in source.iter_batches():
                writer.write_table(neutralised(pa.Table.from_batches([batch])))

    _write(path, write)


def neutralised(table: pa.Table) -> pa.Table:
    """Put an apostrophe before texts, and column names, that a spreadsheet could run.

    >>> neutralised(pa.table({"name": ["=1+1", "Ann"], "spend": [-5.0, 2.0]})).to_pylist()
    [{'name': "'=1+1", 'spend': -5.0}, {'name': 'Ann', 'spend': 2.0}]
    """
    columns = [_neutral(column) for column in table.columns]
    names = _neutral(pa.chunked_array([table.column_names], pa.string())).to_pylist()
    return pa.table(columns, names=names)


def placing_pipeline(
    preparation: Preparation, clusterer: Clusterer, segments: Mapping[int, str]
) -> Pipeline:
    """Build the pipeline of ``model.pkl``: DataFrame of features -> int32 cluster numbers."""
    from sklearn.pipeline import Pipeline

    step = (
        ("mixture", plain_mixture(clusterer))
        if isinstance(clusterer, Mixture)
        else ("kmeans", plain_kmeans(clusterer))
    )
    steps = [("prepare", plain_preparation(preparation)), step]
    pipeline = Pipeline(steps)
    pipeline.segments_ = dict(segments)
    return pipeline


def classifying_pipeline(
    preparation: Preparation, surrogate: Surrogate, segments: Mapping[int, str]
) -> Pipeline:
    """Build the pipeline of ``final_model.sav``: the classifier behind the same preparation."""
    from sklearn.pipeline import Pipeline

    steps = [("prepare", plain_preparation(preparation)), ("classify", surrogate.estimator)]
    pipeline = Pipeline(steps)
    pipeline.segments_ = dict(segments)
    return pipeline


def plain_mixture(mixture: Mixture) -> GaussianMixture:
    """Build scikit-learn's GaussianMixture with the fitted clouds."""
    from sklearn.mixture import GaussianMixture

    k, columns = mixture.centroids.shape
    plain = GaussianMixture(k, covariance_type="full")
    plain.means_ = mixture.centroids
    plain.weights_ = mixture.weights
    plain.precisions_cholesky_ = mixture.whiten
    plain.precisions_ = mixture.whiten @ mixture.whiten.transpose(0, 2, 1)
    plain.covariances_ = np.linalg.inv(plain.precisions_)
    plain.converged_, plain.n_iter_, plain.n_features_in_ = True, 0, columns
    return plain


def plain_kmeans(clusterer: Clusterer) -> KMeans:
    """Build scikit-learn's KMeans with the fitted centroids.

    Raises
    ------
    OutputError
        Where segments are not kept as centroids, and scikit-learn has nothing like them.
    """
    if not isinstance(clusterer, Centroids):
        raise OutputError(
            f"Segments by {clusterer.algorithm} cannot be written as a k-means.",
            found=clusterer.measure,
            remedy="export --to sav (the classifier that learnt them) or --to csv"
            + (", or --to pickle" if isinstance(clusterer, Mixture) else ""),
        )
    from sklearn.cluster import KMeans

    centroids = np.ascontiguousarray(clusterer.centroids, dtype=np.float64)
    kmeans = KMeans(n_clusters=len(centroids), init=centroids, n_init=1, max_iter=1)
    # Fitted on its own centres it has every attribute; the centres are then put back exactly,
    # because fitting takes their mean off and adds it again.
    kmeans.fit(centroids)
    kmeans.cluster_centers_ = centroids
    kmeans.inertia_ = float(clusterer.inertia)
    return kmeans


def plain_preparation(preparation: Preparation) -> ColumnTransformer:
    """Build scikit-learn's ColumnTransformer with the fitted parameters, columns in our order.

    It is fitted on one made-up customer who has every feature's fill value (so each imputer has
    learnt it exactly), then the scalers' means and deviations are set. No data are needed.
    """
    from sklearn.compose import ColumnTransformer

    names = [
        # scikit-learn takes a double underscore for the way to a parameter.
        f"{place} {column.feature}".replace("__", "_ _")
        for place, column in enumerate(preparation.columns)
    ]
    transformer = ColumnTransformer(
        [
            (name, _plain_column(column, preparation.impute), [column.feature])
            for name, column in zip(names, preparation.columns, strict=True)
        ],
        transformer_weights={
            name: column.weight
            for name, column in zip(names, preparation.columns, strict=True)
            if isinstance(column, CategoryColumns)
        },
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    made_up = {column.feature: [column.fill] for column in preparation.columns}
    transformer.fit(pa.table(made_up))
    for name, column in zip(names, preparation.columns, strict=True):
        if not isinstance(column, CategoryColumns):
            scaler = transformer.named_transformers_[name].named_steps["standardise"]
            scaler.mean_ = np.array([column.mean])
            scaler.scale_ = np.array([column.scale])
            scaler.var_ = scaler.scale_**2
            scaler.n_samples_seen_ = preparation.customers
    return transformer


def _plain_column(column: AnyColumn, impute: str) -> Pipeline:
    """Build one feature's steps, unfitted."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    if isinstance(column, NumberColumn):
        steps = [
            ("impute", SimpleImputer(strategy=impute)),
            ("limit", _clip(column.low, LARGEST)),
            *([("log", _function(np.log1p))] if column.log else []),
            ("standardise", StandardScaler()),
            ("limit distance", _clip(-FARTHEST, FARTHEST)),
        ]
        return Pipeline(steps)

    # pandas marks a blank text by NaN or by None, depending on the column's type.
    filled = [
        ("impute", SimpleImputer(missing_values=np.nan, strategy="most_frequent")),
        ("impute none", SimpleImputer(missing_values=None, strategy="most_frequent")),
    ]
    if isinstance(column, CategoryColumns):
        encoder = OneHotEncoder(
            categories=[list(column.values)], handle_unknown="ignore", sparse_output=False
        )
        return Pipeline([*filled, ("encode", encoder)])
    ranks = OrdinalEncoder(
        categories=[list(column.order)], handle_unknown="use_encoded_value", unknown_value=np.nan
    )
    unseen = SimpleImputer(strategy="constant", fill_value=column.mean)
    return Pipeline(
        [*filled, ("rank", ranks), ("unseen", unseen), ("standardise", StandardScaler())]
    )


def _clip(low: float, high: float) -> FunctionTransformer:
    return _function(np.clip, a_min=low, a_max=high)


def _function(function: Callable[..., object], **arguments: float) -> FunctionTransformer:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(function, kw_args=arguments, feature_names_out="one-to-one")


def _neutral(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not is_text(column):
        return column
    texts = pc.cast(column, pa.string())
    guarded = pc.binary_join_element_wise("'", texts, "")
    return pc.if_else(pc.match_substring_regex(texts, FORMULA), guarded, texts)


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write beside the target and rename, so that a failure leaves what was there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb") as stream:
                write(stream)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"'{path}' cannot be written.",
            found=error.strerror or str(error),
            remedy="give a folder that exists, may be written and has room",
        ) from error
