"""The settings of a recipe. Defaults stand here and nowhere else."""

from __future__ import annotations

import codecs
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clustomer.names import (
    AlgorithmName,
    Beyond,
    DateOrder,
    Kind,
    Measure,
    SqlOver,
    TableRole,
    Unit,
)

Names = tuple[str, ...]


class Settings(BaseModel):
    """Base of all settings: frozen, and a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _with_one_place(text: str) -> str:
    if text.count("{}") != 1 or any(brace in text.replace("{}", "") for brace in "{}"):
        raise ValueError("a sentence part with exactly one {} for the value and no other braces")
    return text


def empty_or_with_one_place(text: str) -> str:
    """Check that a sentence part has one place for a value, or is empty."""
    return _with_one_place(text) if text else text


class LimitSettings(Settings):
    """Least and greatest value of a number column, and what becomes of a value beyond them."""

    min: float | None = None
    max: float | None = None
    action: Beyond = "note"
    """``note`` reports it and leaves it, ``cap`` takes the limit instead, ``blank`` blanks it."""


SPACES = "spaces"
"""Columns that are set apart by runs of spaces."""

_MARKS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "caret": "^", "space": " "}


def _one_mark(text: str) -> str:
    if text.lower() == SPACES:
        return SPACES
    mark = _MARKS.get(text.lower(), text)
    if len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in "\r\n\0":
        raise ValueError(f"one character such as ; or one of the words {', '.join(_MARKS)}")
    return mark


def _one_mark_or_none(text: str) -> str:
    return _one_mark(text) if text else text


def _known_encoding(name: str) -> str:
    try:
        known = codecs.lookup(name)
        "".encode(known.name)
    except LookupError:
        raise ValueError("an encoding such as utf-8, cp1252, cp850, mac-roman, cp932") from None
    return known.name


class ColumnSettings(Settings):
    """One column of a source table, under its canonical name.

    `source` lists the names that the column may have in the file, compared without case, spaces,
    hyphens and underscores; the canonical name itself is always among them.
    """

    kind: Kind
    source: Names = ()
    exactly: str | None = None
    """The one name that the column has in the file, where others would fit too; "" for none."""
    required: bool = True
    vocabulary: Names = ()
    """Known spellings of a category. A value near none of them stays as it is."""
    synonyms: dict[str, str] = {}
    """Values of a category and what each stands for: NSW = "New South Wales"."""
    exceptions: Names = ()
    """Values of a category that are never changed."""
    missing: Names = ()
    """Values that mean a blank in this column, beside those that are known everywhere."""
    order: Names = ()
    """The values of an ordinal from lowest to highest; they are its vocabulary too. Without it an
    order that is commonly known is used (low, medium, high)."""
    limits: LimitSettings = LimitSettings()
    format: DateOrder | None = None
    """Order of day, month and year in a date column; without it the column's values decide."""
    unit: Measure | None = None
    says: Annotated[str, AfterValidator(empty_or_with_one_place)] = ""
    """A sentence part with {} for the value, for the descriptions of segments."""
    sensitive: bool = False


class ReadSettings(Settings):
    """How a text file is laid out, where it should not be found out."""

    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    delimiter: Annotated[str, AfterValidator(_one_mark)] | None = None
    """One character, or a word: comma, semicolon, tab, bar, caret, space; ``spaces`` where runs of
    spaces set the columns apart."""
    quote: Annotated[str, AfterValidator(_one_mark_or_none)] | None = None
    """One character; "" where quotes are characters like any other."""
    decimal: Literal[".", ","] | None = None
    """Decimal mark of all numbers of the table."""
    skip: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """Lines above the header that are passed over."""
    header: bool | Names | None = None
    """False: the first line holds data, and columns are column_1, column_2 ...; names: the columns
    are called so."""


class TableSettings(ReadSettings):
    """One source table: which files hold it, what a row is, which column identifies a row."""

    role: TableRole
    files: Names = ()
    """Patterns of file names without their extension, compared without case."""
    key: str | None = None
    """Column that identifies a row; for order lines none is needed."""
    required: bool = True
    """False for a table beside the lines that the data may do without."""
    parts: bool = False
    """All files that fit `files` are one table; without it only files whose names differ in
    nothing but a date are."""
    repeats: Literal["auto", "keep", "drop"] = "auto"
    """Rows that repeat an earlier row in every column of the source. ``auto``: order lines are
    dropped where the data show that they are copies, other rows always."""
    derive: bool = True
    """Whether blanks are filled that follow from other columns: amount = quantity * price."""
    columns: dict[str, ColumnSettings]

    @property
    def reading(self) -> ReadSettings:
        """How its files are laid out."""
        return ReadSettings(**{name: getattr(self, name) for name in ReadSettings.model_fields})


class LineSettings(Settings):
    """What an order line is worth and when it is a sale: SQL over canonical columns."""

    amount: str = "quantity * unit_price"
    sale: str = "quantity > 0 and unit_price > 0"
    money_back: str = "quantity < 0 and unit_price > 0"
    """Returns and cancelled orders: kept apart from sales."""
    date: str = "order_date"
    order: str | None = "order_id"
    """Column that tells orders apart; without it an order is a customer's lines of one date."""


class SameSettings(Settings):
    """Whether the same customer is looked for under two ids, and what becomes of what is found."""

    find: bool = True
    merge: bool = False
    """Whether pairs at or above the threshold are made one customer; else they are proposed."""
    threshold: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    """Least probability of a pair."""
    by: Literal["clustomer", "splink"] = "clustomer"
    fields: dict[
        Literal[
            "given_name",
            "surname",
            "full_name",
            "email",
            "phone",
            "birth_date",
            "identifier",
            "address",
            "house_number",
            "postcode",
            "city",
            "state",
        ],
        str,
    ] = {}
    """Columns of the customers' source that describe a person; without it they are guessed."""


class FeatureSettings(Settings):
    """A feature of the recipe's own: one line of SQL."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    sql: str
    over: SqlOver
    unit: Measure
    says: Annotated[str, AfterValidator(_with_one_place)]
    """A sentence with {} where the value goes, such as "spent {} on gifts"."""


class FeatureChoice(Settings):
    """Which features make the segments and which only describe them."""

    segment_on: Names
    describe_with: Names = ()


class MatrixSettings(Settings):
    """How features become numbers on one scale."""

    impute: Literal["mean", "median"] = "median"
    log: Literal["skewed", "never"] = "skewed"
    """``skewed``: log(1 + x) for features without negative values whose skewness is above 1."""
    category_weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    """Total variance of a category's one-hot columns, in units of one standardised number."""
    fewest: Annotated[int, Field(ge=1)] = 10
    """Customers that must share a category's value for it to have a column: rarer ones are not
    stored."""


class ClusteringSettings(Settings):
    """Which algorithm, how many segments, and how they are searched."""

    algorithm: AlgorithmName | Literal["auto"] | tuple[AlgorithmName, ...] = "k-means"
    """One algorithm, several of which the evidence takes one, or ``auto``: those that fit the
    features."""
    k: Literal["auto"] | Annotated[int, Field(ge=2, le=100)] = "auto"
    k_min: Annotated[int, Field(ge=2)] = 2
    k_max: Annotated[int, Field(ge=3, le=50)] = 10
    smallest_share: Annotated[float, Field(ge=0, lt=0.5)] = 0.01
    """Least share of the customers in a segment, when the number is chosen: a handful of whales is
    no segment."""
    gain: Annotated[float, Field(ge=1, le=10)] = 1.2
    """How many times as much as in a crowd without groups a segment must tighten the others to be
    worth adding."""
    stable: Annotated[float, Field(ge=0, le=1)] = 0.83
    """Agreement of segments over halves of the customers from which on they count as coming
    back."""
    starts: Annotated[int, Field(ge=1, le=1000)] = 10
    sample: Annotated[int, Field(ge=500)] = 5_000
    """Customers (by hash of their id) on which the evidence for k is computed."""
    resamples: Annotated[int, Field(ge=2, le=200)] = 8

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms asked for, as a list of one or more."""
        return (self.algorithm,) if isinstance(self.algorithm, str) else self.algorithm


Level = Literal["very low", "low", "average", "high", "very high"]


class NameRule(Settings):
    """One row of the naming table: a name, and the conditions that must all hold for it.

    A segment gets the name of a rule that holds for it. Each would like the first such rule; of
    several that want one name, the segment that fulfils it most strongly gets it plain, and the
    others a later rule that they fulfil nearly as strongly, or the name with what sets them apart.
    """

    name: str = ""
    when: dict[str, Level]
    says: str = ""
    """What such a segment is, in one plain clause for the description."""
    text: str | None = None
    """Key of name and clause in the language; they then come from there."""


class SegmentSettings(Settings):
    """The ordered naming table, and the word for what is segmented."""

    noun: str = "customers"
    row_noun: str = "rows"
    """The word where the rows themselves are segmented."""
    spend: str | None = None
    """Feature whose total is shared out as "share of spend"; None: spend, or total_price."""
    names: tuple[NameRule, ...] = ()
    language: str = "en"
    """A built-in language, or a TOML file of texts that starts from one."""
    texts: dict[str, Any] = {}
    """Texts over those of the language, in the shape of a language file."""


ClassifierKind = Literal[
    "random-forest", "decision-tree", "gradient-boosting", "logistic-regression"
]
"""What the surrogate is."""


class ClassifierSettings(Settings):
    """The surrogate: a classifier that learns the segments from the same features."""

    kind: ClassifierKind = "random-forest"
    trees: Annotated[int, Field(ge=1, le=1000)] = 100
    max_depth: Annotated[int, Field(ge=1)] | None = None
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    holdout: Annotated[float, Field(gt=0, lt=0.9)] = 0.25
    sample: Annotated[int, Field(ge=500)] = 4_000
    """Most customers (by hash of their id) that the classifier is trained on."""


class EarlySettings(Settings):
    """The forecast of the later segment from what is known when a customer is new."""

    enabled: bool = False
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """Days from the first order whose orders are known; None: the first order alone."""
    features: Names = ()
    """Features of these orders; without any, those of the recipe that fit."""
    known: Names = ()
    """Columns of the customer table that are known at sign-up."""
    old_enough: Annotated[int, Field(ge=1)] = 180
    """Days since the first order after which a customer's segment counts as the later one."""
    kind: Literal["random-forest", "decision-tree"] = "random-forest"
    trees: Annotated[int, Field(ge=1, le=1000)] = 200
    max_depth: Annotated[int, Field(ge=1)] | None = 8
    holdout: Annotated[float, Field(gt=0, lt=0.9)] = 0.3
    """Share of the customers, those who joined last, on whom the forecast is judged."""
    threshold: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Least probability of a forecast; below it none is given."""


class ValueSettings(Settings):
    """What customers are expected to order and spend, told by their past orders."""

    enabled: bool = True
    """Whether the value features are added to those that describe the customers."""
    horizon: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days ahead."""


class PrivacySettings(Settings):
    """What is owed to the people in the tables."""

    objections: str = ""
    """A text file with one id a line, of people who objected: they are in no result."""


class Recipe(Settings):
    """Everything that decides a run, apart from the data."""

    name: str
    says: str = ""
    unit: Unit = "customer"
    as_of: date | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    tables: dict[str, TableSettings]
    lines: LineSettings = LineSettings()
    same: SameSettings = SameSettings()
    feature: tuple[FeatureSettings, ...] = ()
    features: dict[Unit, FeatureChoice]
    matrix: MatrixSettings = MatrixSettings()
    clustering: ClusteringSettings = ClusteringSettings()
    segments: SegmentSettings = SegmentSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    value: ValueSettings = ValueSettings()
    early: EarlySettings = EarlySettings()
    privacy: PrivacySettings = PrivacySettings()

    @property
    def choice(self) -> FeatureChoice:
        """The features of this recipe's unit."""
        return self.features[self.unit]

    @property
    def noun(self) -> str:
        """The word for what is segmented."""
        return self.segments.noun if self.unit == "customer" else self.segments.row_noun

    def table_of(self, role: TableRole) -> str | None:
        """Name of the table with this role, or None."""
        return next((name for name, table in self.tables.items() if table.role == role), None)
