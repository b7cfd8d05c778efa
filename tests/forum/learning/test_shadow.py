"""A candidate reads along and changes nothing; where it reads otherwise is listed, wordless; a lead makes it live."""

from dataclasses import replace
from functools import cache

import pytest
from sqlalchemy import select, update

from forum import screeners
from forum.audit import AuditEntry
from forum.columns import MACHINE
from forum.db import now, session, transactional
from forum.desk import canary
from forum.desk import service as desk
from forum.desk.models import Case, Signal
from forum.errors import Invalid, NotFound
from forum.learning import service, shadow
from forum.learning.models import ShadowReading
from forum.outbox import OutboxMessage
from forum.policy import STRANGER
from forum.screeners import Candidate, Choices
from forum.texts import Screening, Text, TextVersion
from forum.threads import service as threads
from moderation.screening import CUTS, Level, Screener, lost_crises
from moderation.screening.candidate import screener_of, wrong_examples
from tests.forum.cast import Cast, new_key
from tests.forum.learning.files import CALMING, MORE, TOWER

FILES = {"lexicons/more.toml": MORE}


@cache
def _built(files: frozenset, own_words: str) -> Screener:
    return screener_of(dict(files), own_words)


_wrong = cache(lambda words: wrong_examples(Screener(words)))
_lost = cache(lambda words: lost_crises(Screener(words)))


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same files are the same screener in all tests: building and trying one takes seconds."""

    def built(files, own_words="", *, cuts=CUTS, mark=""):
        return replace(_built(frozenset(files.items()), own_words), cuts=cuts, mark=mark)

    for module in (service, screeners):
        monkeypatch.setattr(module, "screener_of", built)
        monkeypatch.setattr(module, "lost_crises", lambda screener: _lost(screener.words))
    monkeypatch.setattr(service, "wrong_examples", lambda screener: _wrong(screener.words))
    shadow._screener.cache_clear()  # another database has another candidate of the same number


def tried(cast: Cast, days: int = 0) -> Candidate:
    candidate = service.add_candidate(cast.lea, "spring", FILES, days)
    session.rollback()
    return candidate


def said(cast: Cast, body: str, *, read: bool = True) -> int:
    text_id = threads.start(cast.ana, cast.slug, "Mornings", body, new_key()).text_id
    if read:
        for screening_id in session.scalars(select(Screening.id).where(Screening.level.is_(None))).all():
            desk.screen(screening_id)
    session.rollback()
    return text_id


def readings() -> list[ShadowReading]:
    session.rollback()
    return list(session.scalars(select(ShadowReading).order_by(ShadowReading.text_id)))


def everything() -> list[tuple]:
    """All that a reading could have changed."""
    session.rollback()
    columns = (
        (Screening.id, Screening.level, Screening.score, Screening.screener, Screening.attempts),
        (Text.id, Text.worst_level),
        (Case.id, Case.level, Case.due_at),
        (Signal.id, Signal.level),
        (OutboxMessage.id,),
    )
    return [tuple(row) for each in columns for row in session.execute(select(*each).order_by(each[0]))]


def test_a_candidate_reads_along_and_changes_nothing(cast):
    tried(cast)
    text_id = said(cast, TOWER)
    before = everything()
    assert shadow.read_on(30) is False
    assert everything() == before
    found = {one.text_id: one for one in readings()}
    assert len(found) == 2, "the words and the title"
    one = found[text_id]
    assert (one.live_level, one.level, one.categories) == (Level.GREEN, Level.RED, ["means"])
    shadow.read_on(30)
    assert len(readings()) == 2, "each once"


def test_it_waits_for_what_the_live_screener_has_not_read_and_comes_back_to_it(cast):
    tried(cast)
    waiting = said(cast, TOWER, read=False)
    shadow.read_on(30)
    assert readings() == []
    said(cast, "The kettle is on.")
    shadow.read_on(30)
    assert waiting in {one.text_id for one in readings()}
    assert len(readings()) == 4


def test_it_begins_with_what_is_said_from_now_on_or_some_days_ago(cast):
    said(cast, TOWER)
    tried(cast)
    shadow.read_on(30)
    assert readings() == []
    service.add_candidate(cast.lea, "summer", FILES, 7)
    shadow.read_on(30)
    assert len(readings()) == 2


def test_it_reads_nothing_of_the_canary_and_nothing_that_was_erased(cast):
    tried(cast)
    canary.fly()
    text_id = said(cast, TOWER)
    _erased(text_id)
    shadow.read_on(30)
    assert text_id not in {one.text_id for one in readings()}
    machines = select(Screening.text_id).where(Screening.space_id == MACHINE)
    assert set(session.scalars(machines)).isdisjoint({one.text_id for one in readings()})


@transactional
def _erased(text_id: int) -> None:
    session.execute(
        update(TextVersion).where(TextVersion.text_id == text_id).values(body="", erased_at=now())
    )


def test_a_candidate_that_breaks_on_a_text_is_a_difference_and_no_trouble(cast, monkeypatch):
    tried(cast)
    said(cast, "The kettle is on.")

    def breaks(self, text):
        raise RecursionError

    monkeypatch.setattr(Screener, "screen", breaks)
    shadow.read_on(30)
    assert {tuple(one.categories) for one in readings()} == {("unread",)}


def test_a_candidate_that_ends_its_reader_again_and_again_reads_along_no_more(cast, monkeypatch):
    tried(cast)
    said(cast, "The kettle is on.")

    def dies(self, text):
        raise SystemExit

    monkeypatch.setattr(Screener, "screen", dies)
    for _ in range(shadow.TRIES):
        with pytest.raises(SystemExit):
            shadow.read_on(30)
    assert shadow.read_on(30) is False
    assert service.candidate_named("spring").ended_at is not None
    assert readings() == []


def test_differences_are_counts_and_the_ids_of_texts(cast, app):
    tried(cast)
    text_id = said(cast, TOWER)
    said(cast, "The kettle is on.")
    shadow.read_on(30)
    told = shadow.differences(service.candidate_named(None))
    assert (told.read, told.differing) == (4, 1)
    assert told.levels == {(Level.GREEN, Level.RED): 1}
    assert told.only_candidate == {"means": 1}
    assert told.texts == [(text_id, Level.GREEN, Level.RED)]
    printed = app.test_cli_runner().invoke(args=["screening", "differences", "spring"]).output
    assert "4 wordings were read by both; 1 have another level." in printed
    assert f"text {text_id}: green now, red by the candidate" in printed
    for words in ("tower", "kettle", "Ana", "Mornings"):
        assert words not in printed


def test_a_named_lead_makes_it_live_and_what_ships_can_come_back(cast, tmp_path, app):
    folder = tmp_path / "spring"
    (folder / "lexicons").mkdir(parents=True)
    (folder / "lexicons" / "more.toml").write_bytes(MORE)
    run = app.test_cli_runner().invoke
    added = run(args=["screening", "candidate", str(folder), "--name", "spring"])
    assert added.exit_code == 0, added.output
    assert run(args=["screening", "live", "spring"]).exit_code == 2, "somebody answers for it by name"
    lived = run(args=["screening", "live", "spring", "--by", "Lea"])
    assert lived.exit_code == 0, lived.output
    screeners.get_ready(30)
    read = screeners.live().transparent(TOWER)
    assert read.level is Level.RED
    assert read.version.endswith("+site-1")
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.act.in_(["add_candidate", "make_live"]))
    ).all()
    assert [(entry.by_id, entry.act) for entry in entries] == [
        (cast.lea.user_id, "add_candidate"),
        (cast.lea.user_id, "make_live"),
    ]
    service.choose(cast.lea, Choices(amber=0.2, number=1))
    assert screeners.choices_as_saved().candidate_id is not None, "another cut keeps who reads"
    service.make_live(cast.lea, "shipped")
    screeners.get_ready(30)
    assert screeners.live().transparent(TOWER).level is Level.GREEN
    assert screeners.choices_as_saved().amber == 0.2


def test_no_candidate_takes_a_crisis_away(cast):
    with pytest.raises(Invalid, match="would miss danger"):
        service.add_candidate(cast.lea, "calm", {"lexicons/more.toml": CALMING}, 0)
    assert session.scalars(select(Candidate)).all() == []


def test_a_candidate_that_misses_what_a_later_edition_finds_reads_no_more(cast, monkeypatch):
    tried(cast)
    service.make_live(cast.lea, "spring")
    monkeypatch.setattr(screeners, "lost_crises", lambda screener: ["a-new-danger"])
    screeners.forget()
    screeners.get_ready(30)
    live = screeners.live_as_known()
    assert "a-new-danger" in live.trouble
    assert live.screener.transparent(TOWER).level is Level.GREEN


@pytest.mark.parametrize(
    ("name", "files", "wrong"),
    [
        ("Spring!", FILES, "small letters"),
        ("shipped", FILES, "already"),
        ("spring", {}, "there is nothing"),
        ("spring", {"lexicons/more.toml": b"[[entry"}, "more.toml"),
        ("spring", {"lexicons/more.toml": MORE.replace(b"I'm going up", b"I'm looking at")}, "new-the-tower"),
    ],
)
def test_what_is_no_candidate_is_refused_with_the_reason(cast, name, files, wrong):
    with pytest.raises(Invalid, match=wrong):
        service.add_candidate(cast.lea, name, files, 0)


def test_nobody_but_a_lead_tries_or_decides_anything(cast):
    tried(cast)
    for actor in (cast.ana, cast.maya, STRANGER):
        for act in (
            lambda actor=actor: service.add_candidate(actor, "mine", FILES, 0),
            lambda actor=actor: service.make_live(actor, "spring"),
            lambda actor=actor: service.drop_candidate(actor, "spring"),
        ):
            with pytest.raises(NotFound):
                act()
    assert screeners.choices_as_saved() == Choices()


def test_a_candidate_that_was_dropped_reads_along_no_more(cast):
    tried(cast)
    service.drop_candidate(cast.lea, "spring")
    said(cast, TOWER)
    shadow.read_on(30)
    assert readings() == []
