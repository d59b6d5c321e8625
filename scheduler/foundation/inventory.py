"""What the tables of the foundation hold about people, and how long."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from scheduler.foundation.audit import AuditLine
from scheduler.foundation.daily import DailyRun
from scheduler.foundation.feeds import FeedVersion
from scheduler.foundation.files import StoredFile
from scheduler.foundation.imports import ImportDraft
from scheduler.foundation.jobs import Job
from scheduler.foundation.moments import Moment
from scheduler.foundation.outbox import OutboxMail
from scheduler.foundation.personal import Keep, Kind, Whose, classify
from scheduler.foundation.tries import WrongTries

MAIL = Kind(
    "mail", Whose.SERVICE, _l("The mails we send: to whom, and what is in them"),
    _l("To send them once and no more, and to find out why one did not arrive."), _l("Hosts see that mail of their own visits went out."),
    Keep(30),
)  # fmt: skip
IMPORT = Kind(
    "import", Whose.SERVICE, _l("Lists of people that an organizer uploads"),
    _l("To show what is in the list before anything of it is stored."), _l("Organizers."), Keep(1),
)  # fmt: skip
JOB = Kind(
    "job", Whose.SERVICE, _l("Work in the background, such as making a plan: which, and who asked for it"),
    _l("To show how far it is, and what went wrong."), _l("Organizers."), Keep(30),
)  # fmt: skip
LOG = Kind(
    "log", Whose.SERVICE, _l("The log of changes: which number did what to which number, and when. No names, no addresses, no texts"),
    _l("To find out what happened when something is wrong."), _l("Administrators."), Keep(730),
)  # fmt: skip
TRIES = Kind(
    "tries", Whose.SERVICE,
    _l("How often somebody guessed wrong at a code or a secret, or sent a booking, under a mark of the network made with our key"),
    _l("So that whoever guesses, or floods us, has to wait."), _l("Nobody."), Keep(1),
)  # fmt: skip

classify(AuditLine, plain="id at what school_id request", whole=LOG, since="at", actor=LOG, about=LOG, before=LOG, after=LOG)
classify(DailyRun, plain="id name done_on attempts lease_until")
classify(FeedVersion, plain="feed version changed_at")
classify(StoredFile, plain="id kind name size sha256 created_at data")
classify(
    ImportDraft, plain="id public_id kind about headers mapping created_at confirmed_at", whole=IMPORT, file_name=IMPORT, created_by=IMPORT,
    rows=IMPORT,
)  # fmt: skip
classify(
    Job, plain="id public_id kind live_key state run_at attempts lease_until stop_wanted created_at finished_at", whole=JOB,
    since="finished_at", about=JOB, payload=JOB, progress=JOB, error=JOB, created_by=JOB,
)  # fmt: skip
classify(Moment, plain="name at")
classify(
    OutboxMail, plain="id message_id template about chain created_at send_at state attempts lease_until sent_at bounced_at", whole=MAIL,
    since="send_at", by_address="to_address", untold="message_id about chain attempts lease_until facts invitation reply_to error",
    to_address=MAIL, to_name=MAIL, reply_to=MAIL, facts=MAIL, invitation=MAIL, error=MAIL,
)  # fmt: skip
classify(WrongTries, whole=TRIES, since="began_at", plain="began_at number", caller=TRIES)
