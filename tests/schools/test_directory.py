"""The directory: everybody reads what is public, administrators keep it, and two who edit at once notice."""

import pytest
import sqlalchemy as sa

from scheduler.foundation.audit import AuditLine
from scheduler.foundation.db import db
from scheduler.foundation.feeds import marks
from scheduler.schools import queries, service
from scheduler.schools.models import School, SchoolContact, Tier
from scheduler.schools.service import SchoolDetails
from tests.people import MONDAY

SECRETS = ("The blue door", "Ring twice", "ines@example.org", "Inés Contact")


def details(**more):
    facts = {"name": "KAPPA International", "short_name": "KAPPA", "tier": Tier.LIVING_LAB, "borough": "Bronx"}
    facts |= {"time_zone": "America/New_York"}
    return SchoolDetails(**(facts | more))


def create(**more):
    return service.create_school(details(**more), actor="user:1", now=MONDAY)


def stored(slug):
    found = service.details_of(queries.school_or_404(slug))
    db.session.remove()
    return found


def full(**more):
    return details(
        about="One line.\n\nAnother.", private_address=SECRETS[0], arrival_notes=SECRETS[1], focus_areas=("growth mindset", "inclusion"),
        contacts=((SECRETS[3], SECRETS[2]),), **more,
    )  # fmt: skip


def test_school_is_kept_as_it_was_typed_with_a_slug_from_its_short_name(app):
    slug = service.create_school(full(), actor="user:1", now=MONDAY)

    assert slug == "kappa"
    assert stored("kappa") == full(), "focus areas come back by name"


def test_slugs_are_unique_and_stay_when_a_school_is_renamed(app):
    slugs = [create(name=f"School {n}", short_name=short) for n, short in enumerate(["KAPPA", "Kappa!", "New", "Import", "李", "大"])]
    school = queries.school_or_404("kappa-2")
    version = school.version

    service.edit_school(school.id, details(name="Omega", short_name="Omega"), version=version, actor="user:1", now=MONDAY)

    assert slugs == ["kappa", "kappa-2", "new-2", "import-2", "school", "school-2"]
    assert stored("kappa-2").name == "Omega"


def test_name_is_taken_in_any_spelling(app):
    create()
    other = create(name="Another", short_name="Other")

    for again in (lambda: create(name="  kappa  INTERNATIONAL "), lambda: edit(other, name="Kappa International")):
        with pytest.raises(service.NameIsTaken) as refused:
            again()
        assert str(refused.value).startswith("There is a school called KAPPA International already.")


def edit(slug, *, version=None, **more):
    school = queries.school_or_404(slug)
    service.edit_school(school.id, details(**more), version=version or school.version, actor="user:1", now=MONDAY)


def test_second_of_two_who_edit_is_told_what_is_stored_now(app):
    create()
    edit("kappa", version=1, borough="Queens")

    with pytest.raises(service.ChangedMeanwhile) as refused:
        edit("kappa", version=1, address="5 Main St")

    assert refused.value.version == 2
    assert refused.value.stored == {"borough": "Queens", "address": ""}
    assert stored("kappa") == details(borough="Queens")


def test_saving_without_a_change_writes_nothing(app):
    create()

    edit("kappa")

    assert queries.school_or_404("kappa").version == 1
    assert db.session.scalars(sa.select(AuditLine.what)).all() == ["school added"]


def test_focus_areas_are_shared_whatever_their_case(app):
    create(focus_areas=("Growth mindset",))
    create(name="Two", short_name="Two", focus_areas=("growth  mindset", "inclusion"))

    assert [area.name for area in queries.focus_areas()] == ["Growth mindset", "inclusion"]


def test_renaming_raises_the_calendars_that_name_the_school(app):
    create()
    school_id = db.session.scalar(sa.select(School.id))

    edit("kappa", about="Open since 1990")
    assert marks("network", f"school:{school_id}") == ()
    edit("kappa", short_name="KIHS", about="Open since 1990")

    assert [mark.feed for mark in marks("network", f"school:{school_id}", f"host:{school_id}", f"name:{school_id}")] == [
        f"host:{school_id}", f"name:{school_id}", "network", f"school:{school_id}",
    ]  # fmt: skip


def test_log_has_settings_before_and_after_and_of_contacts_only_the_word(app):
    create(contacts=(("Inés", "ines@example.org"),))
    edit("kappa", contacts=(("Iker", "iker@example.org"),), tier=Tier.FRIEND)

    line = db.session.scalars(sa.select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert (line.before, line.after) == ({"tier": "living_lab", "contacts": "changed"}, {"tier": "friend", "contacts": "changed"})
    assert "example.org" not in str([(line.before, line.after) for line in db.session.scalars(sa.select(AuditLine))])


def test_contact_stays_the_same_row_while_the_address_does(app):
    create(contacts=(("Inés", "ines@example.org"), ("Iker", "iker@example.org")))
    before = dict(db.session.execute(sa.select(SchoolContact.email, SchoolContact.id)).all())

    edit("kappa", contacts=(("Inés Renamed", "ines@example.org"), ("New", "new@example.org")))

    after = {contact.email: (contact.id, contact.name) for contact in db.session.scalars(sa.select(SchoolContact))}
    assert after.keys() == {"ines@example.org", "new@example.org"}
    assert after["ines@example.org"] == (before["ines@example.org"], "Inés Renamed")


def test_network_settings_are_kept_and_compared(app):
    network = queries.network()
    before = service.network_details_of(network)
    version = network.version
    changed = service.NetworkDetails("A", "B", "C", "D", "Europe/Vienna", "e@example.org", "example.net")
    try:
        service.edit_network(changed, version=version, actor="user:1", now=MONDAY)

        with pytest.raises(service.ChangedMeanwhile) as refused:
            service.edit_network(before, version=version, actor="user:1", now=MONDAY)
        assert refused.value.stored["name"] == "A"
        assert service.network_details_of(queries.network()) == changed
    finally:
        service.edit_network(before, version=version + 1, actor="user:1", now=MONDAY)


# Pages

FORM = {
    "name": "KAPPA International", "short_name": "KAPPA", "tier": "living_lab", "borough": "Bronx", "about": "Come in.",
    "focus_areas": "inclusion, growth mindset", "address": "", "private_address": SECRETS[0], "arrival_notes": SECRETS[1],
    "time_zone": "America/New_York", "contacts-0-name": SECRETS[3], "contacts-0-email": SECRETS[2], "contacts-1-name": "",
    "contacts-1-email": "", "version": "",
}  # fmt: skip


def test_directory_lists_living_labs_first_and_skips_empty_tiers(client, cast):
    page = client.get("/schools").text

    places = [page.index(text) for text in ("Living Labs</h2>", "Harvest Collegiate", "NYC iSchool", "Active Members</h2>", "Bronx Arena")]
    assert places == sorted(places)
    assert "Incubators</h2>" not in page
    assert "Performance assessment" in page


def test_empty_directory_says_so(client):
    assert "No school is here yet." in client.get("/schools").text


def test_public_page_tells_what_is_public_and_nothing_else(client, app):
    slug = service.create_school(full(), actor="user:1", now=MONDAY)

    pages = client.get(f"/schools/{slug}").text + client.get("/schools").text

    assert "<p>One line.</p><p>Another.</p>" in pages
    assert "It is not published. You find it in your confirmation." in pages
    assert f"{app.config['BASE_URL']}/feeds/schools/kappa.ics" in pages
    assert [secret for secret in SECRETS if secret in pages] == []


def test_published_address_is_shown(client, cast):
    assert "34 West 14th St" in client.get(f"/schools/{cast.here.slug}").text


@pytest.mark.parametrize("slug", ["nowhere", "%00", "%F0%9F%8F%AB", "a" * 3000, "..%2Fnew"])
def test_school_that_is_not_there_is_not_there(client, cast, sign_in, slug):
    assert client.get(f"/schools/{slug}").status_code == 404
    assert sign_in(cast.administrator).get(f"/workspace/schools/{slug}").status_code == 404


@pytest.mark.parametrize("who", ["host", "organizer", "viewer"])
def test_care_of_schools_is_for_administrators_only(cast, sign_in, client, who):
    paths = ["", "/new", "/import", f"/{cast.here.slug}"]
    for browser in (sign_in(getattr(cast, who)), client):
        reads = {browser.get(f"/workspace/schools{path}").status_code for path in paths} | {browser.get("/workspace/network").status_code}
        writes = [browser.post(f"/workspace/schools{path}", data=FORM).status_code for path in paths[1:]]
        assert reads == ({302} if browser is client else {404})
        assert {*writes, browser.post("/workspace/network", data={"name": "x"}).status_code} == {404}

    assert db.session.scalar(sa.select(School.id).where(School.name == FORM["name"])) is None


def test_address_of_a_contact_is_kept_in_one_form_and_once(cast, sign_in):
    ada = sign_in(cast.administrator)
    twice = {"contacts-0-email": "Ines@Example.org", "contacts-1-name": "Inés", "contacts-1-email": "ines@example.ORG "}

    refused = ada.post("/workspace/schools/new", data=FORM | twice)
    ada.post("/workspace/schools/new", data=FORM | {"contacts-0-email": " Ines@Example.org"})

    assert (refused.status_code, refused.text.count("This address stands above already.")) == (422, 2)
    assert 'value="ines@example.ORG"' in refused.text
    assert list(db.session.scalars(sa.select(SchoolContact.email))) == ["ines@example.org"]


def test_administrator_adds_and_changes_a_school(cast, sign_in):
    ada = sign_in(cast.administrator)

    added = ada.post("/workspace/schools/new", data=FORM)
    form = ada.get("/workspace/schools/kappa").text
    version = queries.school_or_404("kappa").version
    changed = ada.post(
        "/workspace/schools/kappa", data=FORM | {"address": "5 Main St", "version": version, "contacts-0-name": "", "contacts-0-email": ""}
    )

    assert (added.status_code, added.location) == (303, "/schools/kappa")
    assert [text for text in ("growth mindset, inclusion", *SECRETS) if text not in form] == []
    assert (changed.status_code, changed.location) == (303, "/workspace/schools")
    assert stored("kappa").address == "5 Main St"
    assert stored("kappa").contacts == ()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This is needed."), ("name", "x" * 201, "This has 201 letters; up to 200 fit."),
        ("tier", "gold", "Choose one of the list."),
        ("time_zone", "New York", "This is no time zone. Write it like America/New_York."),
        ("short_name", "a\u2028b", "U+2028 cannot be shown"),
        ("contacts-1-name", "Nobody", "An address is needed as well."), ("contacts-1-email", "a@example.org", "Who is this?"),
        ("contacts-1-email", "nonsense", "This is not an e-mail address."),
        ("focus_areas", ",".join(f"area {n}" for n in range(21)), "Up to 20 focus areas of up to 80 letters fit."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_school_is_said_and_what_was_typed_is_kept(cast, sign_in, field, value, sentence):
    answer = sign_in(cast.administrator).post("/workspace/schools/new", data=FORM | {field: value})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert SECRETS[0] in answer.text
    assert db.session.scalar(sa.select(School.id).where(School.slug == "kappa")) is None


def test_second_editor_sees_what_is_stored_and_may_save_again(cast, sign_in):
    ada = sign_in(cast.administrator)
    ada.post("/workspace/schools/new", data=FORM)
    ada.post("/workspace/schools/kappa", data=FORM | {"version": "1", "borough": "Queens"})

    late = ada.post("/workspace/schools/kappa", data=FORM | {"version": "1", "borough": "Brooklyn"})
    again = ada.post("/workspace/schools/kappa", data=FORM | {"version": "2", "borough": "Brooklyn"})

    assert late.status_code == 409
    assert "Somebody changed this while you were editing." in late.text
    assert "<dd>Queens</dd>" in late.text
    assert 'name="version" type="hidden" value="2"' in late.text
    assert again.status_code == 303
    assert stored("kappa").borough == "Brooklyn"


@pytest.mark.parametrize("version", ["", "1.5", "-1", "9" * 400, "١"])
def test_version_that_is_no_version_is_an_old_one(cast, sign_in, version):
    ada = sign_in(cast.administrator)
    ada.post("/workspace/schools/new", data=FORM)

    assert ada.post("/workspace/schools/kappa", data=FORM | {"version": version, "borough": "X"}).status_code == 409


def test_hostile_text_is_shown_as_text(cast, sign_in, client):
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}\"'"
    data = FORM | dict.fromkeys(("name", "about", "borough", "focus_areas", "address"), hostile)
    assert sign_in(cast.administrator).post("/workspace/schools/new", data=data).status_code == 303

    for page in ("/schools", "/schools/kappa"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "{{ 7 * 7 }}" in text


def test_administrator_changes_the_network(cast, sign_in, client):
    ada = sign_in(cast.administrator)
    stored_now = queries.network()
    data = service.network_details_of(stored_now).__dict__ | {"version": stored_now.version}
    try:
        wrong = ada.post("/workspace/network", data=data | {"time_zone": "Mars/Base"})
        no_domain = ada.post("/workspace/network", data=data | {"listed_domains": "schools.nyc.gov, everybody"})
        right = ada.post("/workspace/network", data=data | {"site_name": "Open Doors"})

        assert wrong.status_code == 422
        assert "This is no time zone." in wrong.text
        assert "everybody is no mail domain. Write it like schools.nyc.gov." in no_domain.text
        assert right.status_code == 303
        assert "Open <b>Doors</b>" in client.get("/schools").text
        assert ada.post("/workspace/network", data=data).status_code == 409
    finally:
        ada.post("/workspace/network", data=data | {"version": queries.network().version})


def test_taken_name_is_a_refusal_on_the_page(cast, sign_in):
    answer = sign_in(cast.administrator).post("/workspace/schools/new", data=FORM | {"name": cast.here.name})

    assert answer.status_code == 409
    assert "There is a school called Harvest Collegiate High School already." in answer.text
