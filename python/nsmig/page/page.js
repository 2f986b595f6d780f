// The page: what stands behind the # of its address decides what is shown.

const data = JSON.parse(document.getElementById("data").textContent);
data.operations = document.getElementById("operations").textContent.split("\n");
const main = document.getElementById("main");
const search = document.getElementById("search");
const last = data.names.length - 1;
const BATCH = 60; // rows that are added at a time: more than a screen is high

const nameOf = (at) => data.names[at];
const migrationLink = (at) => `#migration/${encodeURIComponent(nameOf(at))}`;
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ","); // Intl would take longer than all else
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;

/** What is asked for once and kept. */
function once(work) {
  const known = new Map();
  return (key) => known.get(key) ?? known.set(key, work(key)).get(key);
}

const numbers = once(() => new Map(data.names.map((name, at) => [name, at])));
const numberOf = (name) => numbers("").get(name);

const schemaAt = once((at) => {
  const steps = stepsUntil(data, at);
  return steps && folded(data, steps);
});

// ---- Schema -----------------------------------------------------------------------------------------------------------

const FEW = 60; // boxes that are drawn unasked, with all properties listed below; of more, the names are listed

/** Everything here comes from the drawing's data: the history is folded when somebody wants to know more than names. */
function schemaView() {
  const { boxes, whole } = data.diagram;
  const types = [...new Set(boxes.map(([isLink, name]) => `${KINDS[isLink]}/${name}`))].map((key) => [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)]);
  const isSmall = boxes.length <= FEW;
  const list = isSmall ? rows(types, typeCard, "div", "cards") : rows(types, typeName, "ul", "names");
  const figure = make("figure", { class: "drawing" });
  const show = () => {
    figure.replaceChildren(pannable(schemaPicture(data, schemaAt(last), whole, "The schema", () => false)));
    figure.querySelectorAll(".frame").forEach((frame) => centre(frame));
  };
  if (!types.length) figure.append(note("There are no types: the history makes none yet."));
  else if (!whole) figure.append(note(`${counted(types.length, "type")} are too many for one drawing. Search for one, or choose it below.`));
  else if (isSmall) show();
  else figure.append(note(`${counted(types.length, "type")}: choose one to see it with its neighbours, or `, make("button", { click: show }, "draw all of them")));
  const find = (text) => {
    const hits = text ? types.filter(([kind, name]) => isFound(text, [name, ...schemaAt(last)[kind].get(name).properties.keys()])) : types;
    list.fill(hits);
    const found = new Set(hits.map((each) => each.join("/")));
    figure.querySelectorAll("[data-type]").forEach((box) => box.classList.toggle("faint", !found.has(box.dataset.type)));
    if (text) figure.querySelectorAll(".frame").forEach((frame) => centre(frame, frame.querySelector("a:not(.faint)")));
    return text ? `${counted(hits.length, "type")} found` : "";
  };
  const count = (kind) => counted(types.filter((each) => each[0] === kind).length, `${kind} type`);
  const heading = make("h2", {}, "Schema ", make("small", {}, KINDS.map(count).join(", ")));
  return { title: "Schema", content: [heading, figure, list.element], find };
}

function typeName([kind, name]) {
  return make("li", { class: kind }, make("a", { href: typeLink(kind, name) }, shown(name)), kind === "node" ? null : make("small", {}, " relationship"));
}

const isFound = (text, names) => !text || names.some((name) => name.toLowerCase().includes(text));

function typeCard([kind, name]) {
  const { properties } = schemaAt(last)[kind].get(name);
  const items = listed(properties).map(([property, facts]) => make("li", {},
    make("span", { class: facts.key ? "key" : null }, shown(property)), " ", make("span", { class: "quiet" }, wordsOf(facts))));
  return make("section", { class: `card ${kind}` },
    make("h3", {}, make("a", { href: typeLink(kind, name) }, shown(name)), " ", make("small", {}, kind === "node" ? "" : "relationship")),
    items.length ? make("ul", {}, items) : make("p", { class: "quiet" }, "no properties"));
}

const wordsOf = ({ type, key, indexed }) => [type, key && "key", indexed && "indexed"].filter(Boolean).join(", ");

function typeView(kind, name) {
  const schema = schemaAt(last);
  const type = schema[kind]?.get(name);
  const title = `${kind} type ${shown(name)}`;
  if (!type) return missing(`The schema has no ${title}.`, "#schema", "All types");
  const placed = data.diagram.around[`${kind}/${name}`];
  const isHere = (...box) => box.join("/") === `${kind}/${name}`;
  const table = make("table", {},
    make("thead", {}, make("tr", {}, ["Property", "Type", "Key", "Index"].map((each) => make("th", { scope: "col" }, each)))),
    make("tbody", {}, listed(type.properties).map(([property, { type: of, key, indexed }]) => make("tr", {},
      make("th", { scope: "row" }, shown(property)), make("td", {}, of), make("td", {}, key ? "key" : ""), make("td", {}, indexed ? "indexed" : "")))));
  const content = [
    make("p", { class: "back" }, make("a", { href: "#schema" }, "← All types")),
    make("h2", {}, shown(name), " ", make("small", {}, `${kind} type`)),
    make("figure", { class: "drawing" }, placed
      ? pannable(schemaPicture(data, schema, placed, `${title} and its neighbours`, isHere))
      : note("It has too many neighbours for a drawing; they are listed below.")),
    make("div", { class: "beside" },
      make("section", {}, make("h3", {}, "Properties"), type.properties.size ? table : note("None.")),
      make("section", {}, make("h3", {}, "Connections"), connectionList(schema, kind, name))),
    make("section", {}, make("h3", {}, "History"), typeHistory(type)),
  ];
  return { title, content };
}

function connectionList(schema, kind, name) {
  const places = kind === "node" ? [0, 2] : [1];
  const found = [...schema.adjacencies.values()].filter((each) => places.some((place) => each[place] === name));
  if (!found.length) return note("None.");
  return make("ul", { class: "plain paths" }, found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map(connectionItem));
}

function connectionItem([from, relationship, to]) {
  const link = (kind, name) => make("a", { href: typeLink(kind, name) }, shown(name));
  return make("li", {}, "(", link("node", from), ")-[", link("relationship", relationship), "]->(", link("node", to), ")");
}

/** The migrations that made a type what it is, the newest first. */
function typeHistory(type) {
  const byMigration = new Map();
  type.did.forEach(([at, number]) => byMigration.set(at, [...(byMigration.get(at) ?? []), codesOf(data, at)[number]]));
  const entries = [...byMigration].reverse().map(([at, codes]) => make("li", {},
    make("a", { href: migrationLink(at) }, shown(nameOf(at))), operationList(codes)));
  return make("ol", { class: "plain" }, entries);
}

// ---- History ----------------------------------------------------------------------------------------------------------

const wordsAbout = once((at) => [nameOf(at), ...codesOf(data, at).map((code) => inWords(data, code))]);

function historyView() {
  const order = data.names.map((_, at) => last - at); // the newest first, as the lanes are
  const widest = Math.max(1, ...Object.values(data.lanes).map(([lane, ...others]) => Math.max(lane, ...others.slice(0, 3).flat()) + 1));
  let isWhole = true;
  const list = rows(order, (at) => migrationRow(at, isWhole ? widest : 0), "ol", "history");
  const find = (text) => {
    isWhole = !text;
    const hits = text ? order.filter((at) => isFound(text, wordsAbout(at))) : order;
    list.fill(hits);
    return text ? `${counted(hits.length, "migration")} found` : "";
  };
  const heading = make("h2", {}, "History ", make("small", {}, `${counted(data.names.length, "migration")}, the newest first`));
  return { title: "History", content: [heading, targetTable(), list.element], find };
}

function migrationRow(at, lanes) {
  const [name, codes] = [nameOf(at), codesOf(data, at)];
  const details = make("details", {
    toggle: () => details.open && details.childElementCount === 1 && details.append(...migrationFacts(at)),
  }, make("summary", {},
    make("span", { class: "migration" }, shown(name)),
    squashBadge(at),
    make("span", { class: "quiet" }, counted(codes.length, "operation")),
    stateBadges(at)));
  return make("li", {}, lanes > 0 && lanePicture(data.lanes[last - at], lanes), details);
}

function squashBadge(at) {
  const squash = data.squashes[at];
  return squash ? make("span", { class: "badge squash" }, `squash of ${squash.members.length + squash.gone.length}`) : null;
}

/** How targets stand to a migration: a badge for each state, with the names of those that are few. */
function stateBadges(at) {
  const names = new Map();
  data.targets.filter((target) => !target.hasFailed).forEach((target) => {
    const [state] = target.states[at];
    names.set(state, [...(names.get(state) ?? []), shown(target.name)]);
  });
  return [...names].map(([state, those]) => make("span", { class: `badge ${state}` },
    `${state}: ${those.length > 3 ? counted(those.length, "target") : those.join(", ")}`));
}

function migrationFacts(at) {
  const [parents, codes] = [parentsOf(data, at), codesOf(data, at)];
  const links = (numbers) => numbers.flatMap((each, place) => [place ? ", " : "", make("a", { href: migrationLink(each) }, shown(nameOf(each)))]);
  const children = data.names.flatMap((_, other) => (parentsOf(data, other).includes(at) ? [other] : []));
  const replacing = Object.keys(data.squashes).map(Number).filter((other) => data.squashes[other].members.includes(at));
  const states = data.targets.filter((target) => !target.hasFailed)
    .map((target) => [shown(target.name), target.states[at][1]]);
  const facts = [
    ["Depends on", parents.length ? links(parents) : "nothing"],
    children.length > 0 && ["Needed by", links(children)],
    replacing.length > 0 && ["Replaced by", links(replacing)],
    data.squashes[at] && ["Replaces", make("a", { href: `#squash/${encodeURIComponent(nameOf(at))}` }, "before and after")],
    ...states,
    ["Compare", [
      !data.squashes[at] && [make("a", { href: compareLink(pointOf(at - 1), pointOf(at)) }, "what it changes"), ", "],
      make("a", { href: compareLink(pointOf(at), pointOf(last)) }, "with the end"), ", ",
      make("a", { href: migrationLink(at) }, "link to this migration")]],
  ];
  return [
    operationList(codes),
    make("dl", {}, facts.filter(Boolean).map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value)))),
  ];
}

const TONES = { Create: "new", Add: "new", Connect: "new", Drop: "dropped", Disconnect: "dropped" };

function operationList(codes) {
  if (!codes.length) return note("It has no operations.");
  return make("ul", { class: "operations" }, codes.map((code) => {
    const words = inWords(data, code);
    return make("li", { class: TONES[words.split(" ")[0]] ?? "changed" }, shown(words), remarks(decoded(data, code)));
  }));
}

/** What an operation holds beside what its words say. */
function remarks(operation) {
  const found = ["default", "using", "touches", "database"].filter((name) => operation[name] !== null && operation[name] !== undefined)
    .map((name) => `${name}: ${typeof operation[name] === "string" ? operation[name] : JSON.stringify(operation[name])}`);
  if (operation.elidable) found.push("elidable");
  const texts = [operation.query, ...(operation.queries ?? [])].filter(Boolean);
  return [
    found.length > 0 && make("span", { class: "quiet" }, ` (${found.map(shown).join(", ")})`),
    ...texts.map((text) => make("pre", {}, text)),
  ];
}

function migrationView(name) {
  const at = numberOf(name);
  if (at === undefined) return missing(`There is no migration ${shown(name)}.`, "#history", "All migrations");
  const step = (to, text) => to >= 0 && to <= last && make("a", { href: migrationLink(to) }, text);
  return {
    title: shown(name),
    content: [
      make("p", { class: "back" }, make("a", { href: "#history" }, "← All migrations"), step(at + 1, "newer ↑"), step(at - 1, "older ↓")),
      make("h2", {}, shown(name), " ", squashBadge(at)),
      ...migrationFacts(at),
    ],
  };
}

function targetTable() {
  if (!data.targets.length) return null;
  const states = (target) => [...target.states, ...target.others.map(([, ...each]) => each)].reduce(
    (counts, [state]) => counts.set(state, (counts.get(state) ?? 0) + 1), new Map());
  return make("section", { class: "targets" }, data.targets.map((target) => make("div", { class: "card" },
    make("h3", {}, shown(target.name)),
    target.hasFailed
      ? make("p", {}, make("span", { class: "badge dropped" }, "could not be asked when this page was made"))
      : [
        make("p", {}, [...states(target)].map(([state, count]) => make("span", { class: `badge ${state}` }, `${count} ${state}`))),
        target.others.length > 0 && make("ul", { class: "plain" }, target.others.map(([name, , words]) => make("li", {}, `${shown(name)}: ${words}`))),
        differences(target),
        target.live && make("p", {}, make("a", { href: compareLink(pointOf(last), targetPoint(target)) }, "Compare the end of the history with it")),
      ])), make("p", { class: "quiet" }, `As it was at ${data.at}.`));
}

function differences(target) {
  if (!target.live) return make("p", { class: "quiet" }, "What it has does not fold, so its schema cannot be compared.");
  if (!target.differences.length) return make("p", { class: "quiet" }, "It is as its migrations say.");
  return [make("p", {}, "It differs from what its migrations say:"), make("ul", {}, target.differences.map((each) => make("li", {}, shown(each))))];
}

// ---- Compare ----------------------------------------------------------------------------------------------------------

const pointOf = (at) => (at < 0 ? "start" : `m:${nameOf(at)}`);
const targetPoint = (target) => `t:${target.name}`;
const compareLink = (before, after) => `#compare/${encodeURIComponent(before)}/${encodeURIComponent(after)}`;

/** The schema at a point: the start, a migration `m:…` or a target `t:…`; or why there is none. */
function atPoint(point) {
  if (point === "start") return { schema: folded(data, []), words: "the start" };
  const name = point.slice(2);
  const target = point.startsWith("t:") && data.targets.find((each) => each.name === name);
  if (target) {
    const words = `target ${shown(name)}`;
    return target.live ? { schema: liveSchema(data, target), words } : { problem: `What ${words} has is not known.` };
  }
  const at = point.startsWith("m:") ? numberOf(name) : undefined;
  if (at === undefined) return { problem: `There is no ${point.startsWith("t:") ? "target" : "migration"} ${shown(name)} on this page.` };
  const schema = schemaAt(at);
  return schema ? { schema, words: shown(name) } : { problem: `The schema at ${shown(name)} is not known: a file is gone that a later squash replaces.` };
}

function compareView(before, after = pointOf(last)) {
  if (before === undefined) return { title: "Compare", content: [make("h2", {}, "Compare"), pointForm(pointOf(last - 1), after), suggestions()] };
  const [one, other] = [atPoint(before), atPoint(after)];
  const content = [make("h2", {}, "Compare"), pointForm(before, after)];
  const problem = one.problem ?? other.problem;
  if (problem) return { title: "Compare", content: [...content, note(problem)] };
  const changes = compared(one.schema, other.schema);
  const list = rows([], changeCard, "div", "changes");
  const rest = changes.filter(({ what }) => what === "same").length;
  const counts = ["dropped", "new", "renamed", "changed"]
    .map((what) => [what, changes.filter((each) => each.what === what).length]).filter(([, count]) => count);
  const summary = make("p", { class: "summary" }, counts.map(([what, count]) => make("span", { class: `badge ${what}` }, `${count} ${what}`)),
    make("span", { class: "quiet" }, `${counted(rest, "type")} the same`));
  const find = (text) => {
    const hits = changes.filter((each) => each.what !== "same" && isFound(text, [each.was ?? "", each.is ?? "", ...each.properties.flatMap(({ was, is }) => [was ?? "", is ?? ""])]));
    list.fill(hits);
    return text ? `${counted(hits.length, "type")} found` : "";
  };
  content.push(summary, list.element);
  if (rest === changes.length) content.push(note("Nothing differs."));
  return { title: `From ${one.words} to ${other.words}`, content, find };
}

/** What somebody may want to compare. */
function suggestions() {
  const link = (before, after, text) => make("li", {}, make("a", { href: compareLink(before, after) }, text));
  return make("ul", { class: "suggestions" },
    link(pointOf(last - 1), pointOf(last), "What the last migration changes"),
    link("start", pointOf(last), "All that there is, from the start"),
    data.targets.filter((target) => target.live).map((target) => link(targetPoint(target), pointOf(last), `What target ${shown(target.name)} lacks, and has beyond`)));
}

function pointForm(before, after) {
  const points = () => ["start", ...data.targets.map(targetPoint), ...data.names.map((_, at) => pointOf(last - at))];
  const words = (point) => (point.startsWith("t:") ? `target ${point.slice(2)}` : point.replace(/^m:/, ""));
  const field = (label, id, value) => {
    const options = make("datalist", { id: `${id}-options` });
    const offer = () => {
      const text = input.value.toLowerCase();
      const fitting = points().filter((point) => words(point).toLowerCase().includes(text));
      options.replaceChildren(...fitting.slice(0, 50).map((point) => make("option", { value: words(point) })));
    };
    const input = make("input", { id, list: options.id, value: words(value), spellcheck: "false", autocomplete: "off", input: offer, focus: () => { input.select(); offer(); } });
    return make("label", { for: id }, label, input, options);
  };
  const chosen = (text) => points().find((point) => words(point) === text) ?? only(points().filter((point) => words(point).startsWith(text))) ?? `m:${text}`;
  const form = make("form", {
    class: "points",
    submit: (event) => {
      event.preventDefault();
      location.hash = compareLink(chosen(form.elements.before.value), chosen(form.elements.after.value));
    },
  }, field("From", "before", before), field("To", "after", after), make("button", {}, "Compare"), make("a", { href: compareLink(after, before) }, "the other way round"));
  return form;
}

const only = (found) => (found.length === 1 ? found[0] : undefined);

const fromTo = (was, is) => (was !== null && is !== null && was !== is ? `${shown(was)} → ${shown(is)}` : shown(is ?? was));

function changeCard({ kind, was, is, what, properties, connections }) {
  const lines = properties.filter((each) => each.what !== "same").map((each) => make("li", { class: each.what },
    make("span", { class: "badge" }, each.what), " ", fromTo(each.was, each.is), " ",
    make("span", { class: "quiet" }, each.facts.length ? each.facts.join(", ") : each.what === "renamed" ? "" : wordsOf(each.now))));
  const ends = connections.filter((each) => each.what !== "same").map((each) => make("li", { class: each.what },
    make("span", { class: "badge" }, each.what), ` connection ${shown(each.ends[0])} → ${shown(each.ends[1])}`));
  return make("section", { class: `card change ${what}` },
    make("h3", {}, make("span", { class: "badge" }, what), " ", fromTo(was, is), " ", make("small", {}, `${kind} type`)),
    make("ul", { class: "plain" }, lines, ends));
}

function squashView(name) {
  const at = numberOf(name);
  const squash = data.squashes[at];
  if (!squash) return missing(`There is no squash ${shown(name)}.`, "#history", "All migrations");
  const originals = squash.members.filter((member) => !data.squashes[member]);
  const count = originals.reduce((sum, member) => sum + codesOf(data, member).length, 0);
  const member = (each) => make("li", {}, make("a", { href: migrationLink(each) }, shown(nameOf(each))), operationList(codesOf(data, each)));
  const codes = codesOf(data, at);
  return {
    title: `Squash ${shown(name)}`,
    content: [
      make("p", { class: "back" }, make("a", { href: migrationLink(at) }, `← ${shown(name)}`)),
      make("h2", {}, "Before and after ", make("small", {}, shown(name))),
      make("div", { class: "beside" },
        make("section", {}, make("h3", {}, `Before: ${counted(count, "operation")} in ${counted(originals.length, "migration")}`),
          make("ol", { class: "plain" }, originals.map(member)),
          squash.gone.length > 0 && note(`Without a file: ${squash.gone.map(shown).join(", ")}`)),
        make("section", {}, make("h3", {}, `After: ${counted(codes.length, "operation")}`), operationList(codes))),
      make("section", {}, make("h3", {}, "Why"), ...reasons(squash)),
    ],
  };
}

function reasons(squash) {
  if (!squash.kept) {
    const why = squash.gone.length ? "files of what it replaces are gone" : "nsmig would write another squash from these files now";
    return [note(`The reasons are not known: ${why}.`)];
  }
  const parts = squash.kept.map(([reason, codes]) => make("section", { class: "card" },
    make("h4", {}, `Kept, ${counted(codes.length, "operation")}: ${reason}`), operationList(codes)));
  if (squash.leftOut.length) parts.push(make("section", { class: "card" }, make("h4", {}, "Left out, since a database without rows does not need it"), operationList(squash.leftOut)));
  if (squash.singleLabel) parts.unshift(note("It was made with --single-label: no node carries two types of the schema."));
  return parts.length ? parts : [note("Nothing stands in the way: these are the fewest operations that do the same.")];
}

// ---- What the views share ---------------------------------------------------------------------------------------------

const note = (...children) => make("p", { class: "note" }, ...children);

const missing = (text, href, back) => ({ title: text, content: [note(text, " ", make("a", { href }, back))] });

/** A list that grows when somebody comes to its end, or prints it. */
function rows(items, row, tag, name) {
  const element = make("div", {});
  const list = make(tag, { class: name });
  const end = make("p", { class: "end" });
  let [left, at] = [items, 0];
  const grow = (count) => {
    list.append(...left.slice(at, at + count).map(row));
    at = Math.min(left.length, at + count);
    end.replaceChildren(...(at < left.length ? [make("button", { click: () => grow(BATCH) }, `${grouped(left.length - at)} more`)] : []));
  };
  const fill = (some) => {
    [left, at] = [some, 0];
    list.replaceChildren();
    grow(BATCH);
  };
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && at && at < left.length && grow(BATCH), { rootMargin: "600px" }).observe(end);
  element.append(list, end);
  element.addEventListener("whole", () => grow(left.length));
  element.classList.add("rows");
  return { element, fill };
}

/** A drawing that fits the page's width, and can be had larger, and moved. */
function pannable(svg) {
  const width = Number(svg.getAttribute("width"));
  const frame = make("div", { class: "frame", tabindex: "0", role: "group", "aria-label": svg.getAttribute("aria-label") }, svg);
  const zoom = (factor) => {
    const now = svg.getBoundingClientRect().width;
    svg.style.maxWidth = "none";
    svg.style.width = `${Math.max(200, Math.min(width * 3, now * factor))}px`;
    svg.style.height = "auto";
  };
  const fit = () => {
    svg.style.maxWidth = "100%";
    svg.style.width = svg.style.height = "";
  };
  const button = (text, label, click) => make("button", { type: "button", "aria-label": label, title: label, click }, text);
  let from = null;
  frame.addEventListener("pointerdown", (event) => { from = event.pointerType === "mouse" && [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop]; });
  frame.addEventListener("pointermove", (event) => { if (from && event.buttons) frame.scrollTo(from[0] - event.clientX, from[1] - event.clientY); });
  return make("div", { class: "pannable" }, frame,
    make("div", { class: "zoom" }, button("−", "Smaller", () => zoom(0.8)), button("+", "Larger", () => zoom(1.25)), button("fit", "Fit the page's width", fit)));
}

// ---- Where we are -----------------------------------------------------------------------------------------------------

const VIEWS = {
  schema: [schemaView, "#schema"],
  type: [typeView, "#schema"],
  history: [historyView, "#history"],
  migration: [migrationView, "#history"],
  compare: [compareView, "#compare"],
  squash: [squashView, "#history"],
};

let find = null;

function show() {
  if (location.hash === "#main") return;
  const [name, ...parts] = location.hash.slice(1).split("/").map(unescaped);
  const [view, tab] = VIEWS[Object.hasOwn(VIEWS, name) ? name : "schema"];
  const shownView = view(...parts);
  main.replaceChildren(...shownView.content.filter(Boolean));
  document.title = `${shownView.title} · ${data.title} · nsmig`;
  document.querySelectorAll("nav a").forEach((link) => {
    if (link.hash === tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  search.value = "";
  search.disabled = !shownView.find;
  find = shownView.find ?? null;
  find?.("");
  scrollTo(0, 0);
  document.querySelectorAll(".frame").forEach((frame) => centre(frame, frame.querySelector(".here")));
}

/** Scroll a drawing that is larger than its frame to a box, or to its middle. One that could not be read is made larger. */
function centre(frame, to) {
  const svg = frame.firstElementChild;
  const width = Number(svg.getAttribute("width"));
  if (frame.isConnected && svg.getBoundingClientRect().width < width * 0.4) {
    svg.style.maxWidth = "none";
    svg.style.width = `${width * 0.8}px`;
  }
  const box = (to ?? svg).getBoundingClientRect();
  const around = frame.getBoundingClientRect();
  frame.scrollBy(box.left + box.width / 2 - around.left - around.width / 2, box.top + box.height / 2 - around.top - around.height / 2);
}

function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const footer = document.getElementById("footer");
const found = make("p", { role: "status", class: "found" });
footer.append(`Made by nsmig ${data.version}. Search: / · Schema, History, Compare: 1, 2, 3`);
search.setAttribute("aria-label", "Search this view");
search.after(found);
search.addEventListener("input", () => found.replaceChildren(find?.(search.value.trim().toLowerCase()) ?? ""));
addEventListener("hashchange", () => { found.replaceChildren(); show(); main.focus({ preventScroll: true }); });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target === search) search.blur();
  if (event.target.matches("input, textarea, select")) return;
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
  }
  const tab = { 1: "#schema", 2: "#history", 3: "#compare" }[event.key];
  if (tab) location.hash = tab;
});
addEventListener("beforeprint", () => {
  document.querySelectorAll(".rows").forEach((element) => element.dispatchEvent(new Event("whole")));
});
show();
