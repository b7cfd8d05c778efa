"""Figures that can be worked out by hand."""

import pytest

from moderation.screening import Level
from moderation.training import measures
from moderation.training.measures import Read


def rows(*reads):
    return [(read, 1) for read in sorted(reads, key=lambda read: -read.score)]


def read(score, urgent, level=Level.GREEN, labelled=None):
    return Read(score, level, urgent, labelled)


PERFECT = rows(read(0.9, True), read(0.8, True), read(0.2, False), read(0.1, False))
MIXED = rows(read(0.9, True), read(0.8, False), read(0.7, True), read(0.1, False))


def test_auroc_counts_the_pairs_in_the_right_order_and_ties_as_half():
    assert measures.auroc(PERFECT) == 1
    assert measures.auroc(MIXED) == 0.75
    assert measures.auroc(rows(read(0.5, True), read(0.5, False))) == 0.5
    assert measures.auroc(rows(read(0.5, True))) is None


def test_average_precision_is_the_mean_at_each_urgent_post():
    assert measures.average_precision(MIXED) == pytest.approx((1 + 2 / 3) / 2)


def test_recall_at_a_rate_takes_a_share_of_what_is_tied():
    assert measures.recall_at(0.25)(MIXED) == 0.5
    tied = rows(read(0.5, True), read(0.5, False), read(0.5, False), read(0.5, False))
    assert measures.recall_at(0.25)(tied) == 0.25


def test_a_cut_stays_below_its_false_alarms():
    assert measures.recall_at_false_alarms(0.1)(MIXED) == 0.5
    assert measures.recall_at_false_alarms(0.5)(MIXED) == 1


def test_an_amber_post_may_be_left_out_of_the_false_alarms():
    amber = [*MIXED[:1], (read(0.8, False, labelled=Level.AMBER), 1), *MIXED[2:]]
    assert measures.recall_at_false_alarms(0.1)(amber) == 0.5
    assert measures.recall_at_false_alarms(0.1, amber_is_false=False)(amber) == 1


def test_precision_at_recall_takes_the_highest_cut_that_finds_enough():
    assert measures.precision_at_recall(0.9)(MIXED) == pytest.approx(2 / 3)


def test_posts_without_a_label_do_not_count():
    unknown = Read(0.95, Level.RED, None, None)
    assert measures.auroc([(unknown, 1), *MIXED]) == measures.auroc(MIXED)
    assert measures.recall_at(0.25)([(unknown, 1), *MIXED]) == measures.recall_at(0.25)(MIXED)


def test_macro_f1_is_the_mean_over_levels():
    levelled = rows(
        read(0.9, True, Level.RED, Level.RED),
        read(0.6, True, Level.GREEN, Level.RED),
        read(0.1, False, Level.GREEN, Level.GREEN),
    )
    assert measures.macro_f1(Level.GREEN, Level.RED)(levelled) == pytest.approx(2 / 3)
    assert measures.f1_urgent(levelled) == pytest.approx(2 / 3)
    assert measures.macro_f1(Level.CRISIS)(levelled) is None


def test_brier_is_the_mean_squared_distance():
    assert measures.brier(rows(read(1.0, True), read(0.5, False))) == 0.125


def test_an_interval_holds_its_value_and_is_the_same_each_time():
    reads = [read(at / 100, at % 3 == 0) for at in range(100)]
    first, again = (measures.figures(reads, {"AUROC": measures.auroc}, 60)["AUROC"] for _ in range(2))
    assert first == again
    assert first.value is not None and first.low is not None and first.high is not None
    assert first.low <= first.value <= first.high


def test_reliability_groups_by_tenths():
    points = measures.reliability([read(0.91, True), read(0.99, False), read(0.05, False)])
    assert points == [(0.05, 0.0, 1), (pytest.approx(0.95), 0.5, 2)]
