// The schema at the end of the history, and each of its types.

const FEW = 60; // boxes that are drawn unasked, with all properties listed below; of more, the names are listed

/** Names are shown at once. Everything else is read and folded on request. */
function schemaView() {
  const types = KINDS.flatMap((kind) => data.types[kind].map((name) => [kind, name]));
  const isSmall = data.boxes <= FEW;
  const list = isSmall ? rows(types, typeCard, "div", "cards") : rows(types, typeName, "ul", "names");
  const figure = make("figure", { class: "drawing" });
  const show = () => {
    const whole = schemaPicture(data, schemaAt(last), data.diagram.whole, "The schema", () => false);
    figure.replaceChildren(pannable(whole));
    figure.querySelectorAll(".frame").forEach((frame) => centre(frame));
  };
  if (!types.length) figure.append(note("There are no types yet."));
  else if (!data.canDraw)
    figure.append(
      note(`${counted(types.length, "type")} are too many for one drawing. Search, or choose one below.`),
    );
  else if (isSmall) show();
  else
    figure.append(
      note(
        `${counted(types.length, "type")}: choose one to see it with its neighbours, or `,
        make("button", { click: show }, "draw all of them"),
      ),
    );
  const find = (text) => {
    const hits = text
      ? types.filter(([kind, name]) => isFound(text, [name, ...schemaAt(last)[kind].get(name).properties.keys()]))
      : types;
    list.fill(hits);
    const found = new Set(hits.map((each) => each.join("/")));
    figure
      .querySelectorAll("[data-type]")
      .forEach((box) => box.classList.toggle("faint", !found.has(box.dataset.type)));
    const first = text && figure.querySelector("a:not(.faint)");
    if (first) centre(first.closest(".frame"), first);
    return text ? `${counted(hits.length, "type")} found` : "";
  };
  const count = (kind) => counted(types.filter((each) => each[0] === kind).length, `${kind} type`);
  const heading = make("h2", {}, "Schema ", make("small", {}, KINDS.map(count).join(", ")));
  return { title: "Schema", content: [heading, figure, list.element], find };
}

function typeName([kind, name]) {
  return make(
    "li",
    { class: kind },
    make("a", { href: typeLink(kind, name) }, shown(name)),
    kind === "node" ? null : make("small", {}, " relationship"),
  );
}

const isFound = (text, names) => !text || names.some((name) => name.toLowerCase().includes(text));

function typeCard([kind, name]) {
  const { properties } = schemaAt(last)[kind].get(name);
  const items = listed(properties).map(([property, facts]) =>
    make(
      "li",
      {},
      make("span", { class: facts.key ? "key" : null }, shown(property)),
      " ",
      make("span", { class: "quiet" }, wordsOf(facts)),
    ),
  );
  return make(
    "section",
    { class: `card ${kind}` },
    make(
      "h3",
      {},
      make("a", { href: typeLink(kind, name) }, shown(name)),
      " ",
      make("small", {}, kind === "node" ? "" : "relationship"),
    ),
    items.length ? make("ul", {}, items) : make("p", { class: "quiet" }, "no properties"),
  );
}

const wordsOf = ({ type, key, indexed }) => [type, key && "key", indexed && "indexed"].filter(Boolean).join(", ");

function typeView(kind, name) {
  const schema = schemaAt(last);
  const type = schema[kind]?.get(name);
  const title = `${kind} type ${shown(name)}`;
  if (!type) return missing(`The schema has no ${title}.`, "#schema", "All types");
  const placed = data.diagram.around[`${kind}/${name}`];
  const isHere = (...box) => box.join("/") === `${kind}/${name}`;
  const table = make(
    "table",
    {},
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ["Property", "Type", "Key", "Index"].map((each) => make("th", { scope: "col" }, each)),
      ),
    ),
    make(
      "tbody",
      {},
      listed(type.properties).map(([property, { type: of, key, indexed }]) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, shown(property)),
          make("td", {}, of),
          make("td", {}, key ? "key" : ""),
          make("td", {}, indexed ? "indexed" : ""),
        ),
      ),
    ),
  );
  const content = [
    make("p", { class: "back" }, make("a", { href: "#schema" }, "← All types")),
    make("h2", {}, shown(name), " ", make("small", {}, `${kind} type`)),
    make(
      "figure",
      { class: "drawing" },
      placed
        ? pannable(schemaPicture(data, schema, placed, `${title} and its neighbours`, isHere))
        : note("Too many neighbours to draw; they are listed below."),
    ),
    make(
      "div",
      { class: "beside" },
      make("section", {}, make("h3", {}, "Properties"), type.properties.size ? table : note("None.")),
      make("section", {}, make("h3", {}, "Connections"), connectionList(schema, kind, name)),
    ),
    entryList(schema, kind, name),
    make("section", {}, make("h3", {}, "History"), typeHistory(type)),
  ];
  return { title, content };
}

/** The indexes and constraints of a type, besides its key and what is in the table of its properties. */
function entryList(schema, kind, name) {
  const found = [...schema.entries].filter(([, entry]) => entry.kind === kind && entry.types.includes(name));
  if (!found.length) return null;
  const items = found
    .sort(([one], [other]) => byCodePoint(one, other))
    .map(([each, entry]) =>
      make("li", {}, shown(each), " ", make("span", { class: "quiet" }, shown(wordsOfEntry(entry)))),
    );
  return make(
    "section",
    {},
    make("h3", {}, "Indexes and constraints"),
    make("ul", { class: "plain entries" }, items),
  );
}

/** An index or a constraint in words, such as `vector on Chunk (embedding), dimensions: 384`. */
function wordsOfEntry({ form, types, properties, options, optional }) {
  const text = (value) => (Array.isArray(value) ? value.join(" ") : value);
  const given = Object.entries(options).map(([name, value]) => `${name}: ${text(value)}`);
  return [`${form} on ${placeOf(types, properties)}`, ...given, optional && "optional"].filter(Boolean).join(", ");
}

function connectionList(schema, kind, name) {
  const places = kind === "node" ? [0, 2] : [1];
  const found = [...schema.adjacencies.values()].filter((each) => places.some((place) => each[place] === name));
  if (!found.length) return note("None.");
  return make("ul", { class: "plain paths" }, found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map(connectionItem));
}

function connectionItem([from, relationship, to]) {
  const link = (kind, name) => make("a", { href: typeLink(kind, name) }, shown(name));
  return make(
    "li",
    {},
    "(",
    link("node", from),
    ")-[",
    link("relationship", relationship),
    "]->(",
    link("node", to),
    ")",
  );
}

/** The migrations that changed a type, newest first. */
function typeHistory(type) {
  const byMigration = new Map();
  type.did.forEach(([at, number]) => byMigration.set(at, [...(byMigration.get(at) ?? []), codesOf(data, at)[number]]));
  const entries = [...byMigration]
    .reverse()
    .map(([at, codes]) =>
      make("li", {}, make("a", { href: migrationLink(at) }, shown(nameOf(at))), operationList(codes)),
    );
  return make("ol", { class: "plain" }, entries);
}
