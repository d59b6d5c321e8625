"""Schools share links and files: bounded, told apart by content, found by search, and seen by those they are open to (visits rule 20)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from scheduler.accounts.models import User
from scheduler.core.files import FileType
from scheduler.core.refusal import Refusal
from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.files import StoredFile
from scheduler.schools.models import FocusArea
from scheduler.schools.resources import queries, service
from scheduler.schools.resources.models import Audience, Resource, ResourceKind
from scheduler.schools.resources.queries import Filters
from scheduler.schools.resources.service import NewFile, ResourceDetails
from tests.people import MONDAY

SignIn = Callable[[User], FlaskClient]
PDF = b"%PDF-1.7\n" + bytes(2000)


def details(title: str = "Our grading policy", **more: Any) -> ResourceDetails:
    facts: dict[str, Any] = {
        "kind": ResourceKind.POLICY, "audience": Audience.EVERYBODY, "title": title, "summary": "", "url": "https://school.org/policy",
    }  # fmt: skip
    return ResourceDetails(**(facts | more))


def a_file(data: bytes = PDF, name: str = "policy.pdf") -> dict[str, Any]:
    return {"url": "", "file": NewFile(name, FileType.PDF, data)}


def share(school: Any, title: str = "Our grading policy", **more: Any) -> str:
    return service.share(school.id, details(title, **more), actor="user:1", now=more.pop("now", MONDAY))


def typed(**more: Any) -> dict[str, Any]:
    return {"title": "Rubrics of grade 9", "kind": "grading", "audience": "everybody", "url": ""} | more


def sent(data: bytes, name: str, **more: Any) -> dict[str, Any]:
    """What a browser sends with a file; made in memory, because the client would leave a large one open on the disk."""
    boundary, body = encode_multipart(typed(**more) | {"file": FileStorage(BytesIO(data), name)})
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def titles(**filters: str) -> list[str]:
    return [resource.title for resource in queries.find(Filters(**filters)).listed]


def shared() -> list[tuple[str, str]]:
    db.session.rollback()
    return [
        (one.title, one.url or (one.file.name if one.file else "")) for one in db.session.scalars(sa.select(Resource).order_by(Resource.id))
    ]


# Hosts post, change and remove


def test_host_shares_a_link_and_everybody_finds_it(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    area = db.session.scalars(sa.select(FocusArea.slug)).one()
    answer = sign_in(cast.host).post("/workspace/resources/new", data=typed(url="https://docs.example.org/r?id=9", focus_areas=area))

    page = client.get("/resources").text
    assert (answer.status_code, answer.location) == (303, "/workspace/resources?school=harvest-collegiate-high-school")
    assert 'href="https://docs.example.org/r?id=9"' in page
    assert all(text in page for text in ("Rubrics of grade 9", "Grading practices", "docs.example.org", "Performance assessment"))
    assert "Rubrics of grade 9" in client.get(f"/schools/{cast.here.slug}").text
    assert "Rubrics of grade 9" not in client.get(f"/schools/{cast.there.slug}").text


def test_file_is_served_as_it_was_sent_and_never_opened_under_our_name(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    sign_in(cast.host).post("/workspace/resources/new", **sent(PDF, "Rubric für 9.pdf"))
    resource = db.session.scalars(sa.select(Resource)).one()

    got = client.get(f"/resources/{resource.public_id}/file")
    again = client.get(f"/resources/{resource.public_id}/file", headers={"If-None-Match": got.headers["ETag"]})

    assert (got.status_code, got.data, got.mimetype) == (200, PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "Rubric%20f%C3%BCr%209.pdf" in got.headers["Content-Disposition"]
    assert (got.headers["X-Content-Type-Options"], got.headers["Content-Security-Policy"]) == (
        "nosniff", "default-src 'none'; sandbox; frame-ancestors 'none'",
    )  # fmt: skip
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in got.headers


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "rubric.pdf", "The name of this file ends in .pdf, but it is a PNG file."),
        (b"<html><script>alert(1)</script>", "rubric.pdf", "Web pages and drawings"),
        (b"", "rubric.pdf", "This file is empty."),
        (b"%PDF-1.7" + bytes(10 * 1024 * 1024), "rubric.pdf", "This file has 10.0 MB; up to 10 MB fit."),
        (b"%PDF-1.7" + bytes(20 * 1024 * 1024), "rubric.pdf", "This file has 20.0 MB; up to 10 MB fit."),
    ],
)
def test_wrong_file_gets_a_sentence_and_keeps_what_was_typed(
    cast: SimpleNamespace, sign_in: SignIn, data: bytes, name: str, sentence: str
) -> None:
    answer = sign_in(cast.host).post("/workspace/resources/new", **sent(data, name, summary="For all of us"))

    assert answer.status_code == 422
    assert all(text in answer.text for text in (sentence, "Rubrics of grade 9", "For all of us"))
    assert shared() == []


@pytest.mark.parametrize(
    "url",
    [
        "http://school.org",
        "javascript:alert(1)",
        "https://",
        "https://localhost",
        "https://a:b@school.org",
        "https://school.org:99999",
        "https://a b.org",
        "data:text/html,x",
    ],
)
def test_only_https_links_can_be_shared(cast: SimpleNamespace, sign_in: SignIn, url: str) -> None:
    answer = sign_in(cast.host).post("/workspace/resources/new", data=typed(url=url))

    assert (answer.status_code, "This is no address that can be shared." in answer.text) == (422, True)
    assert shared() == []


def test_a_link_or_a_file_is_needed_and_not_both(cast: SimpleNamespace, sign_in: SignIn) -> None:
    host = sign_in(cast.host)

    neither = host.post("/workspace/resources/new", data=typed())
    both = host.post("/workspace/resources/new", **sent(PDF, "x.pdf", url="https://school.org/x"))

    assert (neither.status_code, "Give a link here, or choose a file below." in neither.text) == (422, True)
    assert (both.status_code, "Share a link or a file; for both, share two resources." in both.text) == (422, True)


def test_changed_file_replaces_the_old_one_whose_bytes_are_gone(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    public_id = share(cast.here, **a_file())
    host, edit = sign_in(cast.host), f"/workspace/resources/{public_id}/edit"

    kept = host.post(edit, data=typed(title="Renamed", version="1"))
    between = shared()
    replaced = host.post(edit, **sent(b"new text", "new.txt", title="Renamed", version="2"))
    as_link = [shared(), client.get(f"/resources/{public_id}/file").data, host.post(edit, data=typed(url="https://a.org", version="3"))]

    assert (kept.status_code, replaced.status_code, as_link[2].status_code) == (303, 303, 303)
    assert (between, as_link[:2]) == ([("Renamed", "policy.pdf")], [[("Renamed", "new.txt")], b"new text"])
    assert shared() == [("Rubrics of grade 9", "https://a.org")]
    assert db.session.scalars(sa.select(StoredFile)).all() == []
    assert client.get(f"/resources/{public_id}/file").status_code == 404


def test_of_two_who_edit_at_once_the_second_is_told(cast: SimpleNamespace, sign_in: SignIn) -> None:
    public_id = share(cast.here)
    host, edit = sign_in(cast.host), f"/workspace/resources/{public_id}/edit"
    host.post(edit, data=typed(title="First", url="https://a.org", version="1"))

    second = host.post(edit, data=typed(title="Second", url="https://a.org", version="1"))

    kept = shared()
    host.post(edit, data=typed(title="Second", url="https://a.org", version="2" if 'value="2"' in second.text else ""))

    assert (second.status_code, "Somebody else changed this" in second.text, "Second" in second.text) == (409, True, True)
    assert "<dt>Title</dt><dd>First</dd>" in second.text
    assert (kept, shared()) == ([("First", "https://a.org")], [("Second", "https://a.org")])


def test_removing_takes_the_bytes_along_and_leaves_a_line_in_the_log(cast: SimpleNamespace, sign_in: SignIn, client: FlaskClient) -> None:
    public_id = share(cast.here, **a_file())

    answer = sign_in(cast.host).post(f"/workspace/resources/{public_id}/remove")

    assert (answer.status_code, shared(), db.session.scalar(sa.select(sa.func.count(StoredFile.id)))) == (303, [], 0)
    assert client.get(f"/resources/{public_id}/file").status_code == 404
    assert db.session.scalars(sa.select(AuditLine.what).order_by(AuditLine.id)).all() == ["resource shared", "resource removed"]


# Bounds


def test_school_has_a_bound_of_resources_and_of_bytes(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SHARED", 3)
    monkeypatch.setattr(service, "MOST_BYTES", 5000)
    share(cast.here, **a_file())
    share(cast.here, **a_file())

    with pytest.raises(Refusal, match="With this file the school's files would have 6 KB together"):
        share(cast.here, **a_file())
    share(cast.here)
    with pytest.raises(Refusal, match="This school shares 3 resources already"):
        share(cast.here)
    share(cast.there, **a_file())

    assert len(shared()) == 4


def test_of_many_at_once_no_more_are_shared_than_fit(app: Flask, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_SHARED", 2)
    together, school = threading.Barrier(6), cast.here

    def one(_: int) -> bool:
        with app.app_context():
            together.wait()
            try:
                return bool(share(school))
            except Refusal:
                return False
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(6))) == 2


# Search


def test_search_by_words_focus_kind_and_school(cast: SimpleNamespace) -> None:
    area = db.session.scalars(sa.select(FocusArea)).one()
    share(cast.here, "Équité in grading", focus_area_ids=[area.id])
    share(cast.there, "Recorded lesson", summary="Grade 9, algebra 100%", kind=ResourceKind.OTHER)
    share(cast.there, "For parties", audience=Audience.CONFIRMED)
    share(cast.there, "For who was there", audience=Audience.ATTENDED)

    assert titles() == ["Recorded lesson", "Équité in grading"]
    assert titles(words="EQUITE grad") == ["Équité in grading"]
    assert titles(words="harvest") == ["Équité in grading"]
    assert titles(words="100%") == ["Recorded lesson"]
    assert titles(words="gr_de") == []
    assert titles(focus=area.slug) == ["Équité in grading"]
    assert titles(kind="other") == ["Recorded lesson"]
    assert titles(school=cast.there.slug, words="lesson algebra") == ["Recorded lesson"]


@pytest.mark.parametrize("query", ["?words=grading", "?words=grading&kind=nonsense", "?page=zero", "?page=99", "?words=grading&school='--"])
def test_address_of_a_search_can_be_shared_whatever_stands_in_it(cast: SimpleNamespace, client: FlaskClient, query: str) -> None:
    share(cast.here)

    answer = client.get(f"/resources{query}")

    assert (answer.status_code, "Our grading policy" in answer.text) == (200, True)
    assert ("that part is left out" in answer.text) == ("nonsense" in query or "--" in query)


def test_a_page_shows_fifty(cast: SimpleNamespace, client: FlaskClient) -> None:
    share(cast.here, "The first")
    for n in range(52):
        share(cast.here, f"Number {n:02}")

    first, second = client.get("/resources").text, client.get("/resources?page=2").text

    assert ("Number 51" in first, "The first" in first, "Page 1 of 2" in first) == (True, False, True)
    assert ("Number 51" in second, "The first" in second) == (False, True)


def test_a_list_never_loads_the_bytes_of_files(cast: SimpleNamespace) -> None:
    share(cast.here, **a_file())
    db.session.expire_all()

    [found] = queries.find(Filters()).listed

    assert found.file is not None
    with pytest.raises(sa.exc.InvalidRequestError):
        _ = found.file.data


# Who may


@pytest.mark.parametrize("audience", ["confirmed", "attended"])
def test_what_is_not_for_everybody_is_not_there_for_the_public(
    cast: SimpleNamespace, client: FlaskClient, sign_in: SignIn, audience: str
) -> None:
    public_id = share(cast.here, "Where to ring", audience=Audience(audience), **a_file())

    pages = [client.get(path).text for path in ("/resources", f"/schools/{cast.here.slug}", "/resources?words=ring")]

    assert [page for page in pages if "Where to ring" in page.replace('value="ring"', "")] == []
    assert client.get(f"/resources/{public_id}/file").status_code == 404
    assert sign_in(cast.host).get(f"/workspace/resources/{public_id}/file").data == PDF


def test_only_a_school_s_own_hosts_and_the_network_s_staff_touch_what_it_shares(cast: SimpleNamespace, sign_in: SignIn) -> None:
    public_id = share(cast.here, **a_file())
    base = f"/workspace/resources/{public_id}"
    wanted = {"host": 200, "organizer": 200, "administrator": 200, "other_host": 404, "viewer": 404}

    statuses = {
        who: {browser.get(f"{base}/edit").status_code, browser.get(f"{base}/file").status_code}
        for who in wanted
        for browser in [sign_in(getattr(cast, who))]
    }
    other = sign_in(cast.other_host)
    refused = [
        other.post(f"{base}/edit", data=typed(url="https://a.org", version="1")),
        other.post(f"{base}/remove"),
        other.post(f"/workspace/resources/new?school={cast.here.slug}", data=typed(url="https://a.org")),
    ]

    assert statuses == {who: {status} for who, status in wanted.items()}
    assert [answer.status_code for answer in refused] == [404, 404, 404]
    assert shared() == [("Our grading policy", "policy.pdf")]


def test_nobody_else_may_send_large_files(client: FlaskClient, cast: SimpleNamespace, sign_in: SignIn) -> None:
    large, too_large = sent(bytes(7 * 1024 * 1024), "x.pdf"), sent(bytes(30 * 1024 * 1024), "x.pdf")

    assert client.post("/workspace/resources/new", **large).status_code in (404, 413)
    assert sign_in(cast.host).post("/workspace/resources/new", **too_large).status_code == 413
