"""An event's facts as JSON: in the database, for programs and in the log.

The names and forms are a contract: what any version wrote is read, and read facts are written as
they were. Names may be added. By kind of event (times are RFC 3339 text, spans are seconds):

    ends, transitions       previous_status; corrects (the end told before)
    batch.progress          threshold (percent)
    batch.deadline_*        step ("1h"), next_ring (time), time_left, poll_age (spans), at_risk
                            (true: its last forecast was past the deadline); of a job that stands
                            still since, and waits_until (times) while it is waited for; and a
                            forecast's: outlook (in words), forecast, earliest, latest (times),
                            pace (in words)
    batch.at_risk           next_ring, time_left, poll_age, since, and a forecast's
    batch.stalled           since, waits_until, next_ring (times), at_risk; of those that stall
                            together also cohort (in words), cohort_jobs (how many), cohort_of
                            ("on MODEL"), cohort_since (time)
    batch.resumed           since (time) or stalled_seconds
    batch.vanished          missed_polls
    account.unreachable,
    account.unauthorized    error, outage_since, failures, key_place (what the place of a refused
                            key is called); as of the last good poll unseen_jobs (how many ran),
                            unseen_since (when that was), of the first one due next_deadline
                            (time), next_job (its id), next_model, next_file_id, next_file (name)
    account.recovered       error, outage_since, failures, blind_seconds
    account.watching        jobs, running, ended_untold
    channel.*               channel, error, outage_since, given_up (true: its message was refused)
    channel.failing         waiting (messages), told_nowhere_else (events in these, or given up)
    channel.message_lost    channel, error, lost_message (its number), lost_jobs (ids), lost_names
                            (of their input files), lost_kinds (of events), of a single event
                            lost_said (what came back), lost_helps (what to do);
                            told_nowhere_else, lost_told_by (the channels that tell all of it),
                            took_others_at (time: when its channel took another one last)
    batch.results,
    batch.incomplete        verdict, requests, succeeded, failed, missing, duplicated, foreign,
                            unreadable, empty, truncated, prompt_tokens, completion_tokens,
                            total_tokens, cost (a decimal number as text),
                            causes (a line each: count, code, message), causes_to_repair (how
                            many of them, the first ones, need repair), of those that failed
                            resend_helps and need_repair (how many); ends have them once counted
    ends                    results_awaited_until (time), while a message waits for the verdict;
                            results_tried_until (time) and results_reason, while files are asked
                            for again that could not be had
    batch.results_lost      results_reason, and those that are known
    of a reminder           reminder (its number), first_told (time), status_now (if it changed)
    of a job                input_file (the file's name), api (where its files are, if elsewhere)
    any                     blind_from, blind_until (times), blind_reason ("daemon down")
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from batchbell.core.facts import (
    NO_FACTS,
    BaselineFacts,
    CohortFacts,
    DeadlineFacts,
    Facts,
    LostFacts,
    OutageFacts,
    OutlookFacts,
    ReminderFacts,
    ResultsFacts,
    StallFacts,
    StatusFacts,
    UnseenFacts,
)
from batchbell.core.gap import Gap
from batchbell.messages import fact_forms as form
from batchbell.messages.event_words import cohort_words
from batchbell.messages.forecast_words import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.core.event import Event
    from batchbell.core.facts import JsonFact

#: The name of the input file's fact: documents give it with the job.
INPUT_FILE = "input_file"
#: The groups of `Facts` by the field that holds them.
_GROUPS: Mapping[str, type] = {
    "status": StatusFacts,
    "deadline": DeadlineFacts,
    "outlook": OutlookFacts,
    "stall": StallFacts,
    "cohort": CohortFacts,
    "outage": OutageFacts,
    "unseen": UnseenFacts,
    "lost": LostFacts,
    "results": ResultsFacts,
    "baseline": BaselineFacts,
    "gap": Gap,
    "reminder": ReminderFacts,
}


class _Key(NamedTuple):
    """Where a fact of this name stands: in a group's field, or in a field of `Facts` itself."""

    name: str
    form: form.Form
    group: str
    field: str


#: In the order in which they are written.
_KEYS = (
    _Key("previous_status", form.TEXT, "status", "previous"),
    _Key("corrects", form.LIST, "status", "corrects"),
    _Key("threshold", form.COUNT, "", "threshold"),
    _Key("step", form.DURATION, "deadline", "step"),
    _Key("next_ring", form.TIME, "deadline", "next_ring"),
    _Key("time_left", form.SECONDS, "deadline", "time_left"),
    _Key("poll_age", form.SECONDS, "deadline", "poll_age"),
    _Key("at_risk", form.FLAG, "deadline", "at_risk"),
    _Key("outlook", form.TEXT, "outlook", "words"),
    _Key("forecast", form.TIME, "outlook", "finish"),
    _Key("earliest", form.TIME, "outlook", "earliest"),
    _Key("latest", form.TIME, "outlook", "latest"),
    _Key("pace", form.PACE, "outlook", "rate"),
    _Key("since", form.TIME, "stall", "since"),
    _Key("waits_until", form.TIME, "stall", "waits_until"),
    _Key("stalled_seconds", form.SECONDS, "stall", "lasted"),
    _Key("cohort", form.TEXT, "cohort", "words"),
    _Key("cohort_jobs", form.COUNT, "cohort", "jobs"),
    _Key("cohort_of", form.behind("on "), "cohort", "model"),
    _Key("cohort_of", form.behind("of account "), "cohort", "account"),
    _Key("cohort_since", form.TIME, "cohort", "since"),
    _Key("missed_polls", form.COUNT, "", "missed_polls"),
    _Key("channel", form.TEXT, "", "channel"),
    _Key("error", form.TEXT, "outage", "error"),
    _Key("outage_since", form.TIME, "outage", "since"),
    _Key("failures", form.COUNT, "outage", "failures"),
    _Key("given_up", form.FLAG, "outage", "given_up"),
    _Key("waiting", form.COUNT, "outage", "waiting"),
    _Key("told_nowhere_else", form.COUNT, "outage", "told_nowhere_else"),
    _Key("blind_seconds", form.SECONDS, "outage", "blind_for"),
    _Key("key_place", form.TEXT, "outage", "key_place"),
    _Key("unseen_jobs", form.COUNT, "unseen", "jobs"),
    _Key("unseen_since", form.TIME, "unseen", "since"),
    _Key("next_deadline", form.TIME, "unseen", "next_deadline"),
    _Key("next_job", form.TEXT, "unseen", "next_job"),
    _Key("next_model", form.TEXT, "unseen", "next_model"),
    _Key("next_file_id", form.TEXT, "unseen", "next_file_id"),
    _Key("next_file", form.TEXT, "unseen", "next_file"),
    _Key("lost_message", form.COUNT, "lost", "number"),
    _Key("lost_jobs", form.LIST, "lost", "jobs"),
    _Key("lost_names", form.LIST, "lost", "names"),
    _Key("lost_kinds", form.LIST, "lost", "kinds"),
    _Key("lost_said", form.TEXT, "lost", "said"),
    _Key("lost_helps", form.TEXT, "lost", "helps"),
    _Key("lost_told_by", form.LIST, "lost", "told_by"),
    _Key("took_others_at", form.TIME, "lost", "took_others_at"),
    _Key("verdict", form.VERDICT, "results", "verdict"),
    _Key("requests", form.COUNT, "results", "requests"),
    _Key("succeeded", form.COUNT, "results", "succeeded"),
    _Key("failed", form.COUNT, "results", "failed"),
    _Key("missing", form.COUNT, "results", "missing"),
    _Key("duplicated", form.COUNT, "results", "duplicated"),
    _Key("foreign", form.COUNT, "results", "foreign"),
    _Key("unreadable", form.COUNT, "results", "unreadable"),
    _Key("empty", form.COUNT, "results", "empty"),
    _Key("truncated", form.COUNT, "results", "truncated"),
    _Key("prompt_tokens", form.COUNT, "results", "prompt_tokens"),
    _Key("completion_tokens", form.COUNT, "results", "completion_tokens"),
    _Key("total_tokens", form.COUNT, "results", "total_tokens"),
    _Key("cost", form.TEXT, "results", "cost"),
    _Key("causes", form.CAUSES, "results", "causes"),
    _Key("causes_to_repair", form.COUNT, "results", "causes_to_repair"),
    _Key("resend_helps", form.COUNT, "results", "resend_helps"),
    _Key("need_repair", form.COUNT, "results", "need_repair"),
    _Key("results_awaited_until", form.TIME, "results", "awaited_until"),
    _Key("results_tried_until", form.TIME, "results", "tried_until"),
    _Key("results_reason", form.TEXT, "results", "reason"),
    _Key("jobs", form.COUNT, "baseline", "jobs"),
    _Key("running", form.COUNT, "baseline", "running"),
    _Key("ended_untold", form.COUNT, "baseline", "ended_untold"),
    _Key("blind_from", form.TIME, "gap", "since"),
    _Key("blind_until", form.TIME, "gap", "until"),
    _Key("blind_reason", form.TEXT, "gap", "reason"),
    _Key("api", form.TEXT, "", "api"),
    _Key(INPUT_FILE, form.TEXT, "", "input_file"),
    _Key("reminder", form.COUNT, "reminder", "number"),
    _Key("first_told", form.TIME, "reminder", "first_told"),
    _Key("status_now", form.TEXT, "reminder", "status_now"),
)
_BY_NAME = {key.name: [each for each in _KEYS if each.name == key.name] for key in _KEYS}
#: The groups of an event that has nothing to say in them.
_NOTHING = {name: getattr(NO_FACTS, name) for name in _GROUPS}


def facts_json(event: Event) -> dict[str, JsonFact]:
    """Return an event's facts by name, those that it does not have left out."""
    facts = _with_words(event)
    groups = {"": facts, **{name: getattr(facts, name) for name in _GROUPS}}
    told = {name: group for name, group in groups.items() if group is not _NOTHING.get(name)}
    written: dict[str, JsonFact] = {}
    for key in _KEYS:
        if key.group in told and not _has_default(told[key.group], key.field):
            written[key.name] = key.form.write(getattr(told[key.group], key.field))
        elif key.name in facts.others:
            written.setdefault(key.name, facts.others[key.name])
    unknown = {name: value for name, value in facts.others.items() if name not in written}
    return {**written, **unknown}


def _has_default(group: Any, field: str) -> bool:  # noqa: ANN401 - one of many dataclasses
    return bool(getattr(group, field) == group.__dataclass_fields__[field].default)


def facts_from_json(stored: Mapping[str, JsonFact]) -> Facts:
    """Read what any version stored; never raises.

    What is not known, or has another form, is kept as it is in `others`.
    """
    values: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    names: defaultdict[str, set[str]] = defaultdict(set)
    for key in (key for name in stored for key in _BY_NAME.get(name, ())):
        value = key.form.read(stored[key.name])
        if value is not None:
            values[key.group][key.field] = value
            names[key.group].add(key.name)
    groups: dict[str, Any] = values.pop("", {})
    known = set(names.pop("", ()))
    for group, found in values.items():
        made = _made(_GROUPS[group], found)
        if made is not None:
            groups[group] = made
            known |= names[group]
    others = {name: value for name, value in stored.items() if name not in known}
    return Facts(**groups, others=others)


def _made(group: type, values: Mapping[str, Any]) -> object | None:
    """Return the group; None if one of the facts it needs is missing."""
    try:
        made: object = group(**values)
    except TypeError:
        return None
    return made


def _with_words(event: Event) -> Facts:
    """Add the sentences that programs and the log get beside the values they are made of."""
    facts = event.facts
    if facts.outlook.made is not None:
        words = describe(facts.outlook.made, event.seen_at)
        facts = replace(facts, outlook=replace(facts.outlook, words=words))
    if facts.cohort is not None and facts.cohort.provider:
        words = cohort_words(facts.cohort, provider=facts.cohort.provider, now=event.seen_at)
        facts = replace(facts, cohort=replace(facts.cohort, words=words))
    return facts
