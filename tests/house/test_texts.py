"""Free words have one home (forum/texts.py), where they are screened, sanitised and kept as evidence."""

from sqlalchemy import JSON, Enum, String

from forum.models import Base
from forum.texts import TextKind

HOME = {("text_versions", "body"), ("text_versions", "html")}

# Every other column that can hold words, and why it is no home of somebody's free words.
DECIDED = {
    ("outbox", "topic"): "a word of forum/events.py",
    ("audit_entries", "act"): "a verb of ours",
    ("audit_entries", "thing"): "a noun of ours",
    ("audit_entries", "detail"): "ids and words of the vocabulary only",
    (
        "users",
        "name",
    ): "a pseudonym: checked for look-alikes, 30 characters, shown beside everything its owner says",
    ("users", "name_key"): "made of the name",
    ("users", "password_hash"): "a hash",
    ("users", "recovery_hash"): "a hash",
    ("sign_ins", "token_hash"): "a hash",
    ("mail_addresses", "address"): "encrypted; an address, seen by its owner alone",
    ("mail_addresses", "fingerprint"): "a keyed hash",
    ("mailed_links", "token_hash"): "a hash",
    ("mailed_links", "address"): "encrypted; an address, seen by its owner alone",
    ("second_factors", "secret"): "encrypted, and no words",
    ("sign_ins", "device"): "words of forum/accounts/devices.py",
    ("sign_ins", "address"): "encrypted, and no words",
    ("spaces", "slug"): "written by a lead",
    ("spaces", "name"): "written by a lead",
    ("spaces", "purpose"): "written by a lead",
    ("spaces", "for_whom"): "written by a lead",
    ("spaces", "archive_reason"): "written by a lead",
    ("rules", "title"): "agreed in the open; a proposal will be a text",
    ("rules", "meaning"): "agreed in the open; a proposal will be a text",
    ("rules", "why"): "agreed in the open; a proposal will be a text",
    ("rules", "how"): "agreed in the open; a proposal will be a text",
    ("threads", "form_key"): "made by us",
    ("posts", "form_key"): "made by us",
    ("posts", "hidden_under"): "the title of a rule, as it stood",
    ("decisions", "form_key"): "made by us",
    ("screenings", "screener"): "a version of ours",
    ("labels", "screener"): "a version of ours",
    ("shadow_readings", "live_screener"): "a version of ours",
    ("candidates", "name"): "a name in small letters, given by a lead",
    ("candidate_files", "name"): "the name of a file, given by a lead",
    ("candidate_files", "content"): "a lexicon or a model, given by a lead",
    ("screener_versions", "own_words"): "written by a lead: what the machine is to look for",
    ("site_versions", "name"): "written by a lead",
    ("document_versions", "body"): "written by a lead",
    ("document_versions", "html"): "made of the body",
    ("invitations", "token_hash"): "a hash",
    ("site_versions", "country"): "a code that help_lines.toml knows",
    ("site_versions", "time_zone"): "the name of a time zone",
    ("site_versions", "hours_from"): "a time of day",
    ("site_versions", "hours_until"): "a time of day",
    ("site_versions", "languages"): "written by a lead",
    ("site_versions", "age_reason"): "written by a lead",
    ("site_versions", "provider"): "written by a lead",
    ("site_versions", "contact"): "written by a lead",
    ("line_checks", "line_id"): "an id that a file of help lines knows",
    ("line_checks", "mark"): "a hash",
    ("line_checks", "by"): "written by whoever runs the site",
    ("line_checks", "how"): "written by whoever runs the site",
    ("mails", "kind"): "a word of forum/mail/letters.py",
    ("mails", "recipient"): "an address, encrypted until it is wiped",
    ("mails", "facts"): "paths and lengths of time of ours, encrypted until they are wiped",
    ("mails", "trouble"): "the class of an error",
}

# JSON could hold anything: what is in it is decided too.
AS_JSON = {
    ("retention_runs", "counts"): "numbers by kind",
    ("outbox", "payload"): "ids and words of the vocabulary only (forum/events.py)",
    ("screenings", "seen_findings"): "category, place and reason, none of the words",
    ("screenings", "findings"): "category, place and reason, none of the words",
    ("labels", "categories"): "words of moderation/screening/result.py",
    ("shadow_readings", "categories"): "words of moderation/screening/result.py",
    ("shadow_readings", "live_categories"): "words of moderation/screening/result.py",
    ("signals", "findings"): "category, place and reason, none of the words",
}


def _columns(holds_words):
    return {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if holds_words(column.type)
    }


def _is_free(kind: object) -> bool:
    return isinstance(kind, String) and not isinstance(kind, Enum)


def test_words_live_in_text_versions_or_somebody_decided_otherwise():
    assert _columns(_is_free) == HOME | set(DECIDED)


def test_what_is_kept_as_json_was_decided_too():
    assert _columns(lambda kind: isinstance(kind, JSON)) == set(AS_JSON)


def test_every_column_is_of_a_kind_that_these_tests_know():
    known = {"INTEGER", "BOOLEAN", "DATETIME", "FLOAT", "DOUBLE", "JSON", "VARCHAR", "TEXT"}
    kinds = {
        str(column.type.compile()).partition("(")[0]
        for table in Base.metadata.tables.values()
        for column in table.columns
    }
    assert kinds <= known


def test_words_that_a_person_sends_are_of_a_known_kind():
    """A new kind is a new way to send words: it needs a draft, a screening and a way to the desk."""
    assert set(TextKind) == {TextKind.POST, TextKind.TITLE, TextKind.REASON, TextKind.NOTE}
