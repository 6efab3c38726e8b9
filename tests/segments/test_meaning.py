"""Rules, effect sizes, typical members and hints: true, in the features' units, nobody's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from scipy.stats import mannwhitneyu
from scipy.stats.contingency import association

import clustomer
from clustomer.clustering.contract import Labels
from clustomer.features.feature import Feature
from clustomer.pipeline import Run
from clustomer.recipe.language import english
from clustomer.segments.distinguish import cliffs_delta, cohens_d, cramers_v, middle_ranks
from clustomer.segments.enrich import enrich
from clustomer.segments.facts import facts_of
from clustomer.segments.hints import HINTS, hint_for
from clustomer.segments.meaning import Condition
from clustomer.segments.recognise import in_words, recognise
from clustomer.segments.segment import ProfileNumber, Segment
from clustomer.segments.typical import typical_of

QUICK = {"base": "retail", "classifier": {"kind": "decision-tree", "folds": 2}}

CATALOGUE = {
    one.name: one
    for one in (
        Feature("spend", "", "lines", "money", "spent {}"),
        Feature("order_count", "", "orders", "count", "ordered {} times"),
        Feature("days_since_last_order", "", "orders", "days", "last ordered {} ago"),
        Feature("region", "", "customer", "category", "live in the {}"),
    )
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=1000, seed=7)
    return clustomer.fit(folder, recipe=QUICK, k=5)


def made(rows: int = 1200) -> tuple[pa.Table, Labels]:
    """Group 0: at least 8 orders and last seen under 60 days ago, exactly; the rest is noise."""
    rng = np.random.default_rng(0)
    orders = rng.integers(1, 16, rows).astype(float)
    days = rng.uniform(0, 400, rows)
    labels = np.where((orders >= 8) & (days < 60), 0, 1).astype(np.int32)
    table = pa.table(
        {
            "id": [f"C{n}" for n in range(rows)],
            "spend": rng.lognormal(4, 1, rows),
            "order_count": orders,
            "days_since_last_order": days,
            "region": rng.choice(["North", "South", "East"], rows),
        }
    )
    return table, labels


def test_a_planted_rule_is_found_in_the_features_own_units() -> None:
    table, labels = made()
    facts = facts_of(table, list(CATALOGUE.values()))
    found = recognise(
        facts,
        labels,
        [0, 1],
        np.arange(600),
        catalogue=CATALOGUE,
        language=english(),
        noun="customers",
    )[0]
    (rule,) = found.rules
    bounds = {(one.feature, one.operator): float(one.value) for one in rule.conditions}
    assert set(bounds) == {("order_count", "at least"), ("days_since_last_order", "under")}
    assert bounds["order_count", "at least"] == 8
    assert 50 <= bounds["days_since_last_order", "under"] <= 70
    assert found.coverage > 0.85
    assert found.precision > 0.85
    assert found.tested_on == 600
    assert "ordered at least 8 times" in rule.text
    assert found.text.startswith("They ")
    assert f"{round(found.coverage * 100)} % of the segment" in found.text


def test_coverage_and_precision_are_those_of_the_rule_on_other_customers() -> None:
    table, labels = made()
    facts = facts_of(table, list(CATALOGUE.values()))
    learn = np.arange(0, 1200, 2)
    found = recognise(
        facts, labels, [0], learn, catalogue=CATALOGUE, language=english(), noun="customers"
    )[0]
    test = np.arange(1, 1200, 2)
    mask = np.zeros(600, dtype=bool)
    for rule in found.rules:
        mask |= np.all([facts.holds(one, test) for one in rule.conditions], axis=0)
    member = labels[test] == 0
    assert found.coverage == pytest.approx((mask & member).sum() / member.sum())
    assert found.precision == pytest.approx((mask & member).sum() / mask.sum())
    assert found.share == pytest.approx(member.mean())


def test_where_nothing_tells_no_rule_is_made_up() -> None:
    table, _ = made()
    labels = np.random.default_rng(5).integers(0, 6, 1200).astype(np.int32)
    facts = facts_of(table, list(CATALOGUE.values()))
    found = recognise(
        facts,
        labels,
        list(range(6)),
        np.arange(600),
        catalogue=CATALOGUE,
        language=english(),
        noun="customers",
    )
    assert all(one.precision < 0.35 for one in found.values())


def test_conditions_in_words() -> None:
    said = in_words(
        [
            Condition("spend", "money", "at least", 500.0),
            Condition("days_since_last_order", "days", "under", 60.0),
            Condition("spend", "money", "under", 2000.0),
            Condition("region", "category", "is", "North"),
        ],
        CATALOGUE,
        english(),
    )
    assert said == (
        "spent 500 to under 2,000, last ordered under 60 days ago and live in the North"
    )


def test_measures_agree_with_scipy() -> None:
    rng = np.random.default_rng(2)
    values = rng.integers(0, 9, 300).astype(float)
    member = rng.random(300) < 0.3
    u = mannwhitneyu(values[member], values[~member]).statistic
    expected = 2 * u / (member.sum() * (~member).sum()) - 1
    assert cliffs_delta(middle_ranks(values), member) == pytest.approx(expected)
    table = rng.integers(1, 40, (2, 4))
    assert cramers_v(table) == pytest.approx(association(table, method="cramer"))
    one, other = rng.normal(1, 2, 50), rng.normal(0, 2, 70)
    pooled = np.sqrt((49 * one.var(ddof=1) + 69 * other.var(ddof=1)) / 118)
    assert cohens_d(one, other) == pytest.approx((one.mean() - other.mean()) / pooled)
    assert cohens_d(np.ones(5), np.ones(5)) is None


def test_traits_are_ranked_and_told_with_both_sides(run: Run) -> None:
    for segment in run.model.segments:
        sizes = [abs(trait.difference) for trait in segment.traits]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] >= 0.33
        for trait in segment.traits:
            mask = pc.equal(run.customers["segment_id"], segment.id)
            if trait.value is None:
                column = run.customers.filter(mask)[trait.feature]
                assert trait.here == pytest.approx(pc.mean(column).as_py())
                assert trait.cohens_d is not None
                assert np.sign(trait.cohens_d) == np.sign(trait.difference)
            assert "elsewhere" in trait.text


def test_every_segment_of_the_demo_is_recognised(run: Run) -> None:
    for segment in run.model.segments:
        assert segment.recognition is not None
        assert segment.recognition.coverage > 0.6
        assert segment.recognition.precision > 2 * segment.recognition.share
        assert all(len(rule.conditions) <= 3 for rule in segment.recognition.rules)
        assert not any(
            one.feature.startswith(("expected", "alive", "gender"))
            for rule in segment.recognition.rules
            for one in rule.conditions
        )


def test_rules_and_traits_do_not_hang_on_the_order_of_rows(run: Run) -> None:
    order = np.random.default_rng(1).permutation(run.customers.num_rows)
    bare = tuple(
        Segment(one.id, one.name, "", one.cluster, one.customers, one.share, None, one.numbers, ())
        for one in run.model.segments
    )

    def told(rows: np.ndarray) -> tuple[Segment, ...]:
        return enrich(
            bare,
            run.intake.customers.take(pa.array(rows)),
            run.assignment.labels[rows],
            run.intake.learnt.features,
            logged=run.model.preparation.logged,
            hidden=(),
            settings=run.model.recipe.segments,
            seed=0,
        )

    one, other = told(np.arange(len(order))), told(order)
    assert [s.recognition for s in one] == [s.recognition for s in other]
    assert [s.typical for s in one] == [s.typical for s in other]
    assert [[t.text for t in s.traits] for s in one] == [[t.text for t in s.traits] for s in other]


def test_sensitive_features_are_not_told_unless_segmented_on(run: Run) -> None:
    for segment in run.model.segments:
        assert segment.typical is not None
        told = {trait.feature for trait in segment.traits}
        told |= {one.feature for one in segment.typical.numbers}
        told |= {name for name, _, _ in segment.typical.values}
        assert "gender" not in told
        assert "spend" in told


def test_a_typical_member_is_quartiles_with_three_digits_and_frequent_values() -> None:
    table, _ = made()
    facts = facts_of(table, list(CATALOGUE.values()))
    rows = np.arange(40)
    found = typical_of(facts, rows, CATALOGUE, english())
    spend = next(one for one in found.numbers if one.feature == "spend")
    low, middle, high = np.quantile(facts.numbers["spend"][rows], [0.25, 0.5, 0.75])
    assert (spend.low, spend.middle, spend.high) == tuple(
        float(f"{one:.3g}") for one in (low, middle, high)
    )
    ((name, value, share),) = found.values
    texts = table["region"].slice(0, 40).to_pylist()
    assert (name, share) == ("region", texts.count(value) / 40)
    assert typical_of(facts, np.arange(9), CATALOGUE, english()) == type(found)((), ())


def test_small_segments_are_told_nothing_of(run: Run) -> None:
    labels = run.assignment.labels.copy()
    labels[:6] = 5
    few = Segment("S6", "Few", "", 5, 6, 0.01, None, run.model.segments[0].numbers, ())
    (told,) = enrich(
        [few],
        run.intake.customers,
        labels,
        run.intake.learnt.features,
        logged=(),
        hidden=(),
        settings=run.model.recipe.segments,
        seed=0,
    )
    assert (told.recognition, told.traits, told.typical) == (None, (), None)
    assert told.hint is not None


def number(feature: str, effect: float) -> ProfileNumber:
    return ProfileNumber(feature, "score", 1.0, 1.0, 1.0, 1.0, effect, "average")


@pytest.mark.parametrize(
    ("effects", "kind", "words"),
    [
        ({"days_since_last_order": 1.2, "spend": 0.6}, "reactivation", "were worth much"),
        ({"days_since_last_order": 1.2, "spend": -0.6}, "reactivation", "One reminder"),
        ({"tenure_days": -1.3, "days_since_last_order": -0.6}, "growth", "They are new"),
        ({"spend": 1.4, "order_count": 1.0}, "retention", "They bring more than their share"),
        ({"discount_share": 1.4}, "growth", "discount"),
        ({"cash_advance": 1.0}, "retention", "draw cash"),
        ({"total_price": 0.8}, "retention", "These lines"),
        ({"spend": 0.0}, "retention", "Close to the average"),
    ],
)
def test_hints_follow_the_profile(effects: dict[str, float], kind: str, words: str) -> None:
    hint = hint_for([number(name, effect) for name, effect in effects.items()], english())
    assert hint.kind == kind
    assert words in hint.text


def test_every_hint_has_its_words_and_no_words_are_idle() -> None:
    assert {rule.key for rule in HINTS} == set(english().hints)


def test_files_and_page_tell_it(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    segments = clustomer.load(tmp_path / "run").segments
    assert segments == run.model.segments
    for segment in segments:
        told = json.loads((tmp_path / "run" / "segments" / f"{segment.id}.json").read_text())
        assert segment.recognition is not None
        assert told["recognition"]["rules"][0]["text"] == segment.recognition.rules[0].text
        assert segment.recognition.rules[0].text in page
        assert segment.traits[0].text in page
        assert segment.hint is not None
        assert segment.hint.text in page
    table = pyarrow.csv.read_csv(tmp_path / "run" / "segments.csv")
    assert table.column_names[-6:] == [
        "how_to_recognise",
        "rule_coverage",
        "rule_precision",
        "sets_apart",
        "hint_kind",
        "hint",
    ]
