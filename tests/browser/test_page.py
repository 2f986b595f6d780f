"""The page of ``nsmig view`` in a real browser: what it shows, finds, opens, compares and prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from histories import typical
from nsmig import History, Kind, Schema, view
from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.operations import AddAdjacency, AddProperty, CreateType, Operation, RenameType, RunQuery
from support.browser import Watched, watched
from support.databases import connection, ladybug_at
from support.migrations import migration
from support.projects import EMBEDDED, write_project
from support.shop import migrations, shop
from support.terminal import nsmig, succeed

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
ODD = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><b>&amp;",
    "{{data}} $& ${x}",
    "a/b#c?d%41 é 日本",
]
WIDTHS = (1280, 400)


@pytest.fixture
def page(browser: Browser) -> Iterator[Watched]:
    with watched(browser, viewport={"width": 1280, "height": 900}) as page:
        yield page


def written(folder: Path, history: History, title: str = "shop") -> Path:
    file = folder / "page.html"
    file.write_text(view(history, title=title), encoding="utf-8")
    return file


def chain(operations: list[Operation], each: int = 3) -> History:
    parts = [operations[at : at + each] for at in range(0, len(operations), each)]
    names = [f"{20240101000000 + at}_part" for at in range(len(parts))]
    return History([migration(n, part, names[:at][-1:]) for at, (n, part) in enumerate(zip(names, parts, strict=True))])


def search(page: Watched, text: str) -> None:
    page.page.keyboard.press("/")
    page.page.keyboard.type(text)


# --- Content ---------------------------------------------------------------------------------------------------------


def test_the_schema_is_drawn_and_each_type_leads_to_its_neighbours_and_its_history(
    page: Watched, tmp_path: Path
) -> None:
    page.go(written(tmp_path, shop()))
    assert page.page.title() == "Schema · shop · nsmig"
    assert page.page.locator("svg.picture a").count() == 13 + 15 and page.page.locator("svg .edge").count() == 31
    narrow = page.page.locator("svg.picture text").first.evaluate("(each) => each.getBoundingClientRect().height")
    assert narrow >= 10  # pixels: letters stay legible
    search(page, "discount")
    assert page.texts(".cards h3 a") == ["Coupon", "Tier"] and page.texts(".found") == ["2 types found"]
    assert page.page.locator("svg.picture a:not(.faint)").count() == 2
    page.page.get_by_role("link", name="Coupon", exact=True).click()
    assert page.page.title() == "node type Coupon · shop · nsmig"
    assert page.page.locator("svg .here .name").text_content() == "Coupon"
    assert {*page.texts("svg .name")} == {"Coupon", "USED", "Order"}
    assert page.texts("tbody th") == ["code", "discount"] and page.texts(".paths li") == ["(Order)-[USED]->(Coupon)"]
    page.see(
        "main ol > li > a",
        "20240301120000_join",
        "20240220083000_discounts",
        "20240214083000_coupons",
        "20240105090000_start",
    )
    assert "Rename node type Voucher to Coupon" in page.texts(".operations li")


def test_the_history_opens_to_operations_in_words(page: Watched, tmp_path: Path) -> None:
    history = shop()
    page.go(written(tmp_path, history), "#history")
    page.see(".migration", *reversed(history.order()))
    assert page.page.locator(".lanes circle").count() == 7
    page.see(".badge.squash", "squash of 2")
    page.page.locator("summary").first.click()
    assert page.texts("details[open] .operations li")[1:] == [
        "Drop property text from node type Review",
        "Extend key due on node type Invoice (default: 1970-01-01)",
    ]
    assert page.texts("details[open] pre") == [migrations()[-1].operations[0].query]  # type: ignore[attr-defined]
    page.see("details[open] dl div:first-child a", "20240301120000_join")
    search(page, "loyal")
    assert page.texts(".migration") == ["20240212101500_loyalty"] and page.page.locator(".lanes").count() == 0


def test_indexes_and_constraints_are_listed_with_their_type(page: Watched, tmp_path: Path) -> None:
    start = [
        CreateType(NODE, "Chunk", ("id",), ("text", "embedding")),
        CreateType(NODE, "Page", ("id",), ("text",)),
        CreateIndex(NODE, "words", ("Chunk", "Page"), ("text",), "fulltext", {"analyzer": "english"}),
        CreateIndex(NODE, ODD[0], ("Chunk",), ("embedding",), "vector", {"dimensions": 3, "filter": ["id", "text"]}),
        CreateConstraint(NODE, "there", ("Chunk",), ("text",), "required", optional=True),
    ]
    rest = [
        RenameType(NODE, "Chunk", "Part"),
        RemoveIndex(ODD[0]),
        RemoveConstraint("there"),
        CreateConstraint(NODE, "there", ("Part",), ("text",), "required"),
    ]
    file = written(tmp_path, History([migration("a", start), migration("b", rest[:1], ["a"])]))
    page.go(file, "#type/node/Part")
    assert page.texts(".entries li") == [
        f"{ODD[0]} vector on Part (embedding), dimensions: 3, filter: id text",
        "there required on Part (text), optional",
        "words fulltext on Page, Part (text), analyzer: english",
    ]
    assert 'Create fulltext index words on Chunk, Page (text) (options: {"analyzer":"english"})' in page.texts(
        ".operations li"
    )
    page.go(file, "#type/node/Page")
    assert page.texts(".entries li") == ["words fulltext on Page, Part (text), analyzer: english"]
    page.go(written(tmp_path, History([migration("a", start), migration("b", rest, ["a"])])), "#compare/m:a/m:b")
    page.see(
        ".change.renamed li",
        f"dropped {ODD[0]} vector on Chunk (embedding), dimensions: 3, filter: id text",
        "changed there required on Part (text)",
    )
    page.go(file, "#compare/start/m:a")
    assert sum("words" in each for each in page.texts(".change li")) == 2


def test_any_two_points_are_compared(page: Watched, tmp_path: Path) -> None:
    page.go(written(tmp_path, shop()), "#compare")
    page.page.get_by_role("link", name="Everything").click()
    page.see(".summary .badge", "28 new")
    page.page.get_by_label("From").fill("20240105")  # a unique beginning is enough
    page.page.get_by_role("button", name="Compare").click()
    expect(page.page.locator(".change")).to_have_count(5)
    page.see(".change.renamed h3", "renamed Voucher → Coupon node type")
    page.see(".change.renamed li", "renamed percent → discount INTEGER became FLOAT, gets an index")
    page.see(".change.changed li", "changed due joins the key", "dropped text STRING")
    page.page.get_by_role("link", name="swap").click()
    expect(page.page.locator(".change.dropped h3")).to_have_text(
        ["dropped Tier node type", "dropped HAS_TIER relationship type"]
    )
    colours = [page.page.locator(f".change.{what}").first.evaluate("(each) => getComputedStyle(each).borderLeftColor")
               for what in ("dropped", "renamed", "changed")]  # fmt: skip
    assert len(set(colours)) == 3


def test_a_squash_stands_beside_what_it_replaces_with_the_reasons(page: Watched, tmp_path: Path) -> None:
    page.go(written(tmp_path, shop()), "#squash/coupons_squashed")
    before, after = page.page.locator(".beside > section").all()
    assert before.locator(".operations li").all_inner_texts() == after.locator(".operations li").all_inner_texts()
    assert before.locator("h3").inner_text() == "Before: 3 operations in 2 migrations"
    assert "a node may be both" in page.texts("h4")[0] and "Kept, 3 operations" in page.texts("h4")[0]
    start = [CreateType(NODE, "A", ("k",), ()), RenameType(NODE, "A", "B")]
    made = [migration("1", start[:1]), migration("2", start[1:], ["1"])]
    page.go(written(tmp_path, History([*made, History(made).squash("1", name="s")])), "#squash/s")
    page.see(".note", "Nothing was kept: no shorter list of operations does the same.")
    page.go(written(tmp_path, History([*made, migration("s", start, [], ["1", "2"])])), "#squash/s")
    page.see(".note", "The reasons are not known: nsmig would write a different squash from these files now.")
    page.go(written(tmp_path, History([made[1], migration("s", start, [], ["1", "2"])])), "#squash/s")
    assert page.texts(".note")[0] == "No longer in a file: 1"


def test_a_live_target_is_compared_and_a_dead_one_named(page: Watched, tmp_path: Path) -> None:
    project = write_project(tmp_path, EMBEDDED, *migrations())
    with (project / "nsmig.yaml").open("a") as file:
        file.write(
            "  away: {database: neo4j, uri: 'bolt://localhost:1', username: secret-user, password: secret-word}\n"
        )
    succeed(project, "run", "-t", "db", "--to", "20240301120000_join")
    with ladybug_at(project / "graph.lbug") as database:
        connection(database).open()
        connection(database).send("CREATE NODE TABLE Foreign(id STRING PRIMARY KEY)")
        connection(database).send("ALTER TABLE Customer DROP birthday")
    done = nsmig(project, "view", "-t", "db", "-t", "away")
    assert done.code == 1 and "target 'away'" in done.err and "Page written to nsmig.html" in done.out
    text = (project / "nsmig.html").read_text()
    assert not [each for each in ("bolt:", "localhost", "secret-user", "secret-word", "graph.lbug") if each in text]
    page.go(project / "nsmig.html", "#history")
    page.see(".targets .badge", "5 applied", "1 pending", "could not be reached when this page was made")
    assert page.texts("summary .badge") == ["pending: db", *["applied: db"] * 5]
    page.see(
        ".targets li",
        "node type Customer has no property birthday",
        "node type Foreign is in the database, but in no migration",
    )
    page.page.get_by_role("link", name="Compare the end of the history with it").click()
    expect(page.page.locator(".change h3")).to_have_text(
        ["changed Customer node type", "new Foreign node type", "changed Invoice node type", "changed Review node type"]
    )
    page.see(
        ".change li", "dropped birthday DATE", "new id STRING, key", "changed due leaves the key", "new text STRING"
    )
    page.go(project / "nsmig.html", "#compare/start/t%3Aaway")
    page.see(".note", "The schema of target away is not known.")


# --- Links, keys, widths ----------------------------------------------------------------------------------------------

VIEWS = (
    ("#schema", "Schema"),
    ("#type/node/Product", "Product node type"),
    ("#type/relationship/CONTAINS", "CONTAINS relationship type"),
    ("#history", "History"),
    ("#migration/20240301120000_join", "20240301120000_join"),
    ("#squash/coupons_squashed", "Before and after"),
    ("#compare/m%3A20240105090000_start/m%3A20240310120000_backfill", "Compare"),
)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_link_works_in_a_file_that_was_sent(browser: Browser, tmp_path: Path, width: int, colours: str) -> None:
    """Nothing is cut off, and all text is legible by WCAG 2.1 AA."""
    file = written(tmp_path, shop()).rename(tmp_path / "sent to you.html")
    with watched(browser, viewport={"width": width, "height": 800}, color_scheme=colours) as page:
        for place, heading in VIEWS:
            page.go(file, place)
            assert page.texts("h2")[0].startswith(heading), place
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width, place
            assert page.evaluate(FAINT) == [], place
            assert page.evaluate(NAMELESS) == [], place


# Texts with a contrast of less than 4.5 to their background.
FAINT = """() => {
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((each) => each / 255)
    .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
};
return [...document.querySelectorAll("main *, header *, footer")]
  .filter((each) => !each.closest("svg, datalist") && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((each) => {
    const [one, other] = [light(getComputedStyle(each).color), light(behind(each))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05) < 4.5;
  }).map((each) => each.outerHTML);
}"""
# Elements for which a screen reader would have no name.
NAMELESS = """() => [...document.querySelectorAll("a, button, input, svg:not([aria-hidden]), nav, [role=group]")]
  .filter((each) => !(each.getAttribute("aria-label") ?? each.textContent.trim()) && !each.closest("label"))
  .map((each) => each.outerHTML)"""


def test_the_keyboard_reaches_everything(page: Watched, tmp_path: Path) -> None:
    page.go(written(tmp_path, shop()))
    keys = page.page.keyboard
    keys.press("Tab")
    keys.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main" and page.texts("h2")[0].startswith("Schema")
    keys.press("2")
    expect(page.page.locator("h2")).to_contain_text("History")
    assert page.page.locator("nav [aria-current]").inner_text() == "History"
    page.page.locator("summary").first.focus()
    keys.press("Enter")
    assert page.page.locator("details[open]").count() == 1
    keys.press("1")
    expect(page.page.locator("h2")).to_contain_text("Schema")
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("() => document.activeElement.closest('svg') !== null"):
            break
    keys.press("Enter")
    expect(page.page.locator("h2")).to_contain_text("node type")
    page.page.go_back()
    expect(page.page.locator("h2")).to_contain_text("Schema")
    keys.press("/")
    keys.type("2")
    assert page.page.locator("#search").input_value() == "2"  # no shortcuts while typing


# --- Names ------------------------------------------------------------------------------------------------------------


def test_a_name_is_text_whatever_it_holds(page: Watched, tmp_path: Path) -> None:
    created: list[Operation] = [CreateType(NODE, each, (each,), ()) for each in ODD]
    created += [CreateType(RELATIONSHIP, each, (), (each,)) for each in ODD]
    created += [AddAdjacency(each, each, ODD[0]) for each in ODD]
    made = [migration(each, created if at == 0 else [RunQuery(each)], ODD[:at][-1:]) for at, each in enumerate(ODD)]
    file = written(tmp_path, History(made), title=ODD[0])
    page.go(file)
    assert page.texts("#title") == [ODD[0]] and page.page.title().endswith(f"{ODD[0]} · nsmig")
    page.see(".cards h3 a", *sorted(ODD), *sorted(ODD))
    for each in ODD:
        page.page.locator(".cards").get_by_role("link", name=each, exact=True).first.click()
        expect(page.page.locator("h2")).to_have_text(f"{each} node type")
        assert page.page.locator("svg .here .name").text_content() == each
        page.page.go_back()
    page.go(file, "#history")
    assert page.texts(".migration") == ODD[::-1]
    page.page.locator("summary").first.click()
    page.page.get_by_role("link", name="its changes").click()
    expect(page.page.locator("h2")).to_have_text("Compare")
    page.see(".note", "Nothing differs.")
    assert page.page.locator("img, b").count() == 0 and page.page.locator("script").count() == 4


def test_its_policy_lets_no_other_script_run_and_nothing_be_fetched(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, shop())
    (tmp_path / "other.js").write_text("window.reached = true")
    page = browser.new_page()
    page.goto(file.as_uri())
    refused = page.evaluate(
        """async () => {
        const names = [];
        document.addEventListener("securitypolicyviolation", (event) => names.push(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.reached = true";
        const other = document.createElement("script");
        other.src = "other.js";
        const style = document.createElement("style");
        style.textContent = "body { display: none }";
        document.body.append(script, other, style);
        document.body.insertAdjacentHTML("beforeend", "<img src='x.png' onerror='window.reached = true'>");
        await fetch("https://example.org").catch(() => null);
        await new Promise((done) => setTimeout(done, 100));
        return [names.sort(), window.reached ?? false, getComputedStyle(document.body).display];
        }"""
    )
    page.close()
    assert refused[1:] == [False, "block"]
    assert {*refused[0]} == {"connect-src", "img-src", "script-src-attr", "script-src-elem", "style-src-elem"}


# --- Sizes ------------------------------------------------------------------------------------------------------------


def test_of_nothing(page: Watched, tmp_path: Path) -> None:
    page.go(written(tmp_path, History([])))
    page.see(".note", "There are no types yet.")
    for place in ("#history", "#compare", "#type/node/A", "#migration/x", "#squash/x", "#nonsense/%"):
        page.go(tmp_path / "page.html", place)
        assert len(page.texts("h2, .note")) >= 1


@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_of_any_size_it_searches_opens_compares_and_prints(page: Watched, tmp_path: Path, size: int) -> None:
    history = chain(typical(3 * size))
    assert len(history) == size
    file = written(tmp_path, history)
    page.go(file, "#history")
    assert page.page.locator(".history > li").count() == min(size, 30)
    page.page.mouse.wheel(0, 2_000)
    if size > 30:
        expect(page.page.locator(".history > li").nth(35)).to_be_attached()
    order = history.order()
    search(page, order[0][:14])
    assert page.texts(".migration") == [order[0]]
    page.page.locator("summary").click()
    begins = [re.compile(f"^{re.escape(each.description)}( \\(|$)") for each in history[order[0]].operations]
    page.see("details .operations li", *begins)
    page.page.get_by_role("link", name="with the end").click()
    expect(page.page.locator("h2")).to_have_text("Compare")
    types = {*history.schema(order[0]).types(NODE), *history.schema().types(NODE)}
    if size > 1:
        assert 0 < page.page.locator(".change").count() <= len(types)
    assert page.page.pdf().count(b"/Type /Page\n") >= page.page.locator(".change").count() / 30
    if size <= 40:  # Chromium takes most of a minute to lay out ten thousand rows on sheets
        page.go(file, "#history")
        assert page.page.pdf().count(b"/Type /Page\n") >= 1
        assert page.page.locator(".history > li").count() == size


def test_five_hundred_types_are_found_and_drawn(page: Watched, tmp_path: Path) -> None:
    names = [f"Type{number:03}" for number in range(500)]
    operations: list[Operation] = [CreateType(NODE, each, ("id",), (f"of_{each}", "name")) for each in names]
    for at, each in enumerate(names):
        operations += [CreateType(RELATIONSHIP, f"R{at}", (), ()), AddAdjacency(each, f"R{at}", names[at * at % 499])]
    file = written(tmp_path, chain(operations, 10))
    page.go(file)
    search(page, "of_type123")
    page.see(".names a", "Type123")
    page.page.get_by_role("button", name="draw all of them").click()
    expect(page.page.locator("svg.picture a")).to_have_count(1000)
    page.page.get_by_role("link", name="Type123", exact=True).first.click()
    expect(page.page.locator("svg .here .name")).to_have_text("Type123")
    assert page.page.locator("svg.picture a").count() < 20
    assert file.stat().st_size < 1_000_000


def test_twenty_thousand_types_are_too_many_to_draw_and_can_be_found(page: Watched, tmp_path: Path) -> None:
    operations: list[Operation] = [CreateType(NODE, f"T{number:05}", ("id",), ()) for number in range(20_000)]
    page.go(written(tmp_path, chain([*operations, AddProperty(NODE, "T12345", "rare")], 100)))
    page.see(".note", "20,000 types are too many for one drawing. Search, or choose one below.")
    search(page, "rare")
    page.see(".names a", "T12345")
    page.page.locator(".names a").click()
    expect(page.page.locator("tbody th")).to_have_text(["id", "rare"])


def test_a_schema_in_a_notebook_is_a_picture_without_script(page: Watched, tmp_path: Path) -> None:
    drawn = shop().schema()._repr_svg_()
    assert drawn is not None and "<script" not in drawn
    (tmp_path / "notebook.html").write_text(
        f"<!doctype html><p id=beside>text</p>{drawn}<svg><text>other</text></svg>", encoding="utf-8"
    )
    page.go(tmp_path / "notebook.html")
    fonts = [each.evaluate("(each) => getComputedStyle(each).fontSize") for each in page.page.locator("svg text").all()]
    assert fonts[0] == "12px" and fonts[-1] == "16px"  # another drawing is unchanged
    assert Schema()._repr_svg_() is not None
    many = History([migration("1", [CreateType(NODE, f"T{at}", (), ()) for at in range(301)])])
    assert many.schema()._repr_svg_() is None
