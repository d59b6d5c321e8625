"""What the project says about itself is true: the README, its links, the list of what we carry but did not write."""

import hashlib
import pathlib
import re
import runpy
import subprocess
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
# What means something only where this was once written. A letter stands in brackets so that this line does not find itself.
ELSEWHERE = re.compile(r"hand[b]ook|\.\./[s]hared|/[w]ork/(?:main|shared)|before-[s]top|[Cc]laude|[Aa]nthropic")


def tracked(*endings: str) -> list[pathlib.Path]:
    """The files that git keeps, or is about to, with one of these endings; all of them without any."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    files = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return sorted(file for file in files if file.is_file() and (not endings or file.suffix in endings))


def test_readme_names_every_make_target():
    targets = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)

    missing = [target for target in targets if f"make {target}`" not in README]

    assert targets
    assert missing == []


def test_readme_names_every_setting_and_no_other():
    settings = set(runpy.run_path(str(ROOT / "config.py"))["SETTINGS"])

    named = {name for name in re.findall(r"SCHEDULER_[A-Z_]*[A-Z]", README) if "_TEST_" not in name}

    assert named == settings


@pytest.mark.parametrize("page", tracked(".md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]

    broken = [link for link in inside if not leads_somewhere(page, link)]

    assert broken == []


def leads_somewhere(page: pathlib.Path, link: str) -> bool:
    """Whether a link from a page finds its file, and in it the heading after the #."""
    path, _, heading = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not heading or heading in anchors(target))


def anchors(page: pathlib.Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_we_carry_is_what_the_list_says():
    listed = tomllib.loads((ROOT / "static" / "vendor" / "VENDOR.toml").read_text())["file"]
    kept = [file for folder in ("vendor", "fonts") for file in (ROOT / "static" / folder).rglob("*") if file.is_file()]

    promised = {entry["file"]: entry["sha256"] for entry in listed}
    present = {
        str(file.relative_to(ROOT / "static")): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept if file.name != "VENDOR.toml"
    }

    assert promised == present
    assert [entry for entry in listed if not {"name", "version", "licence"} <= entry.keys()] == []


def test_no_file_points_outside_of_the_project():
    texts = {str(file.relative_to(ROOT)): file.read_bytes().decode(errors="ignore") for file in tracked()}

    pointing = {name: sorted(set(found)) for name, text in texts.items() if (found := ELSEWHERE.findall(text))}

    assert pointing == {}


PROMISES = (ROOT / "docs" / "promises.md").read_text()
SHOWN_BY = re.compile(r"`((?:tests|bench)/[\w/]+\.py)(?:::(\w+))?`")


def test_every_promise_has_a_test_or_a_bench_and_each_that_is_named_exists():
    rows = {found[1]: found[2] for found in re.finditer(r"^\| \*\*(P\d+)\*\* (.+)$", PROMISES, re.MULTILINE)}
    named = [(promise, *shown) for promise, row in rows.items() for shown in SHOWN_BY.findall(row)]

    gone = [f"{promise}: {file} {test}" for promise, file, test in named if not is_there(ROOT / file, test)]

    assert list(rows) == [f"P{number}" for number in range(1, 21)]
    assert set(rows) - {promise for promise, *_ in named} == set()
    assert gone == []


def is_there(file: pathlib.Path, test: str) -> bool:
    """Whether a test, or a whole benchmark, is where a page says it is; marked as long exactly where the page says so."""
    if not file.is_file():
        return False
    found = re.search(rf"^((?:@.*\n)*)def {test}\(", file.read_text(), re.MULTILINE) if test else None
    if found is None:
        return not test
    is_long = any(said.startswith(" (soak") for said in PROMISES.split(f"::{test}`")[1:])
    return is_long == ("pytest.mark.soak" in found[1])


def test_rules_of_trust_say_of_each_promise_how_it_is_kept():
    rules = (ROOT / "docs" / "rules" / "trust.md").read_text()

    said = {f"P{number}" for span in re.findall(r"^- \*\*(P[^*]*)", rules, re.MULTILINE) for number in numbers_of(span)}

    assert said == {f"P{number}" for number in range(1, 21)}


def numbers_of(span: str) -> range:
    """The promises that a heading is about.

    >>> list(numbers_of("P5 to P7 Mail")), list(numbers_of("P8 A school"))
    ([5, 6, 7], [8])
    """
    first, *last = re.findall(r"P(\d+)", span)
    return range(int(first), int(last[-1] if last else first) + 1)
