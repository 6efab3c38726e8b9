"""Models on disk: a model as a bundle of JSON documents and one skops file, and back."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from clustomer.bundle import Bundle, read_bundle, write_bundle
from clustomer.cleaning.repair import TableRepairs
from clustomer.clustering.algorithms import read_clusterer
from clustomer.errors import BundleError
from clustomer.features.feature import Feature
from clustomer.forecast import EarlyModel
from clustomer.golden import Golden, check_golden, make_golden
from clustomer.intake.intake import Learnt
from clustomer.lifetime.value import Value
from clustomer.matrix.prepare import Preparation
from clustomer.model import Model
from clustomer.recipe.settings import Recipe
from clustomer.schemas import schema
from clustomer.segments.segment import Segment, highest

LIBRARIES: Final = ("clustomer", "numpy", "scikit-learn", "skops", "duckdb", "pyarrow")
CLASSIFIER: Final = "classifier.skops"
EARLY: Final = "early.skops"

_FEATURES: Final = tuple[Feature, ...]
_SEGMENTS: Final = tuple[Segment, ...]
_VALUE: Final = Value | None
DOCUMENTS: Final = (_FEATURES, _SEGMENTS, _VALUE, Golden, Preparation)
"""Types of what a model's documents hold."""


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a model depends on."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def save_model(model: Model, folder: Path) -> None:
    """Save a model; a kill at any moment leaves the old model or the new one.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    learnt = model.learnt
    documents: dict[str, Any] = {
        "recipe": model.recipe.model_dump(mode="json"),
        "tables": {
            name: {"columns": dict(columns), "repairs": learnt.repairs[name].to_json()}
            for name, columns in learnt.columns.items()
        },
        "features": {
            "features": [asdict(feature) for feature in learnt.features],
            "as_of": None if learnt.as_of is None else learnt.as_of.isoformat(),
            "as_of_given": learnt.as_of_given,
            "value": None
            if learnt.value is None
            else schema(_VALUE).dump_python(learnt.value, mode="json"),
        },
        "preparation": json.loads(model.preparation.to_json()),
        "clusterer": json.loads(model.clusterer.to_json()),
        "segments": schema(_SEGMENTS).dump_python(model.segments, mode="json"),
        "golden": schema(Golden).dump_python(make_golden(model), mode="json"),
        "identity": {"issued": model.issued},
    }
    blobs = {CLASSIFIER: model.classifier}
    if model.early is not None:
        documents["early"] = {
            "features": [asdict(feature) for feature in model.early.features],
            "preparation": json.loads(model.early.preparation.to_json()),
        }
        blobs[EARLY] = model.early.classifier
    write_bundle(folder, documents, blobs, about=model.about)


def load_model(path: str | Path) -> Model:
    """Load a model and place its golden rows again.

    Parameters
    ----------
    path
        The bundle's folder, or the folder of the run that holds it as ``model``.

    Raises
    ------
    BundleError
        When there is no bundle, it is damaged or of a version that cannot be read, or its golden
        rows land elsewhere than at fit.
    """
    folder = Path(path)
    inside = folder / "model"
    if not (folder / "bundle.json").exists() and inside.is_dir():
        folder = inside
    bundle = read_bundle(folder)
    try:
        model = _model(bundle)
        golden = schema(Golden).validate_python(bundle.documents["golden"])
    except (ValidationError, LookupError, TypeError, ValueError) as error:
        raise BundleError(
            f"The model in '{folder}' is complete but cannot be understood.",
            found=str(error).splitlines()[0],
            remedy="it may come from another version of clustomer "
            f"({bundle.about.get('clustomer', 'unknown')}); fit it again with this one",
        ) from error
    check_golden(model, golden, str(folder))
    return model


def _model(bundle: Bundle) -> Model:
    documents: Mapping[str, Any] = bundle.documents
    tables, built = documents["tables"], documents["features"]
    learnt = Learnt(
        columns={name: dict(table["columns"]) for name, table in tables.items()},
        repairs={name: TableRepairs.from_json(table["repairs"]) for name, table in tables.items()},
        features=schema(_FEATURES).validate_python(built["features"]),
        as_of=None if built["as_of"] is None else datetime.fromisoformat(built["as_of"]),
        as_of_given=bool(built["as_of_given"]),
        value=schema(_VALUE).validate_python(built.get("value")),
    )
    segments = schema(_SEGMENTS).validate_python(documents["segments"])
    # Bundles of the first release have no identity: their ids are all that was ever given.
    issued = documents.get("identity", {"issued": highest(one.id for one in segments)})["issued"]
    return Model(
        recipe=Recipe.model_validate(documents["recipe"]),
        learnt=learnt,
        preparation=Preparation.from_json(json.dumps(documents["preparation"])),
        clusterer=read_clusterer(json.dumps(documents["clusterer"])),
        segments=segments,
        classifier=bundle.blobs[CLASSIFIER],
        about=dict(bundle.about),
        issued=int(issued),
        early=_early(bundle),
    )


def _early(bundle: Bundle) -> EarlyModel | None:
    stored: Any = bundle.documents.get("early")
    if stored is None:
        return None
    return EarlyModel(
        schema(_FEATURES).validate_python(stored["features"]),
        Preparation.from_json(json.dumps(stored["preparation"])),
        bundle.blobs[EARLY],
    )
