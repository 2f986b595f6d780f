// The migrations, and the targets with which the page was made.

const wordsAbout = once((at) => [nameOf(at), ...codesOf(data, at).map((code) => inWords(data, code))]);

function historyView() {
  const order = data.names.map((_, at) => last - at); // newest first, as the lanes are
  const widest = Math.max(
    1,
    ...Object.values(data.lanes).map(([lane, ...others]) => Math.max(lane, ...others.slice(0, 3).flat()) + 1),
  );
  let isWhole = true;
  const list = rows(order, (at) => migrationRow(at, isWhole ? widest : 0), "ol", "history");
  const find = (text) => {
    isWhole = !text;
    const hits = text ? order.filter((at) => isFound(text, wordsAbout(at))) : order;
    list.fill(hits);
    return text ? `${counted(hits.length, "migration")} found` : "";
  };
  const heading = make(
    "h2",
    {},
    "History ",
    make("small", {}, `${counted(data.names.length, "migration")}, newest first`),
  );
  return { title: "History", content: [heading, targetTable(), list.element], find };
}

function migrationRow(at, lanes) {
  const [name, codes] = [nameOf(at), codesOf(data, at)];
  const details = make(
    "details",
    {
      toggle: () => details.open && details.childElementCount === 1 && details.append(...migrationFacts(at)),
    },
    make(
      "summary",
      {},
      make("span", { class: "migration" }, shown(name)),
      squashBadge(at),
      make("span", { class: "quiet" }, counted(codes.length, "operation")),
      stateBadges(at),
    ),
  );
  return make("li", {}, lanes > 0 && lanePicture(data.lanes[last - at], lanes), details);
}

function squashBadge(at) {
  const squash = data.squashes[at];
  return squash
    ? make("span", { class: "badge squash" }, `squash of ${squash.members.length + squash.gone.length}`)
    : null;
}

/** The state of a migration on targets: a badge for each state, with names if there are few. */
function stateBadges(at) {
  const names = new Map();
  data.targets
    .filter((target) => !target.hasFailed)
    .forEach((target) => {
      const [state] = target.states[at];
      names.set(state, [...(names.get(state) ?? []), shown(target.name)]);
    });
  return [...names].map(([state, those]) =>
    make(
      "span",
      { class: `badge ${state}` },
      `${state}: ${those.length > 3 ? counted(those.length, "target") : those.join(", ")}`,
    ),
  );
}

function migrationFacts(at) {
  const [parents, codes] = [parentsOf(data, at), codesOf(data, at)];
  const links = (numbers) =>
    numbers.flatMap((each, place) => [
      place ? ", " : "",
      make("a", { href: migrationLink(each) }, shown(nameOf(each))),
    ]);
  const children = data.names.flatMap((_, other) => (parentsOf(data, other).includes(at) ? [other] : []));
  const replacing = Object.keys(data.squashes)
    .map(Number)
    .filter((other) => data.squashes[other].members.includes(at));
  const states = data.targets
    .filter((target) => !target.hasFailed)
    .map((target) => [shown(target.name), target.states[at][1]]);
  const facts = [
    ["Depends on", parents.length ? links(parents) : "nothing"],
    children.length > 0 && ["Needed by", links(children)],
    replacing.length > 0 && ["Replaced by", links(replacing)],
    data.squashes[at] && [
      "Replaces",
      make("a", { href: `#squash/${encodeURIComponent(nameOf(at))}` }, "before and after"),
    ],
    ...states,
    [
      "Compare",
      [
        !data.squashes[at] && [make("a", { href: compareLink(pointOf(at - 1), pointOf(at)) }, "its changes"), ", "],
        make("a", { href: compareLink(pointOf(at), pointOf(last)) }, "with the end"),
        ", ",
        make("a", { href: migrationLink(at) }, "link to this migration"),
      ],
    ],
  ];
  return [
    operationList(codes),
    make(
      "dl",
      {},
      facts.filter(Boolean).map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))),
    ),
  ];
}

const TONES = {
  Create: "new",
  Add: "new",
  Connect: "new",
  Drop: "dropped",
  Remove: "dropped",
  Disconnect: "dropped",
};

function operationList(codes) {
  if (!codes.length) return note("No operations.");
  return make(
    "ul",
    { class: "operations" },
    codes.map((code) => {
      const words = inWords(data, code);
      return make("li", { class: TONES[words.split(" ")[0]] ?? "changed" }, shown(words), remarks(decoded(data, code)));
    }),
  );
}

/** The content of an operation beyond its description. */
function remarks(operation) {
  const found = ["default", "using", "touches", "database", "options"]
    .filter((name) => operation[name] !== null && operation[name] !== undefined)
    .map(
      (name) => `${name}: ${typeof operation[name] === "string" ? operation[name] : JSON.stringify(operation[name])}`,
    );
  found.push(...["elidable", "optional"].filter((name) => operation[name]));
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
      make(
        "p",
        { class: "back" },
        make("a", { href: "#history" }, "← All migrations"),
        step(at + 1, "newer ↑"),
        step(at - 1, "older ↓"),
      ),
      make("h2", {}, shown(name), " ", squashBadge(at)),
      ...migrationFacts(at),
    ],
  };
}

function targetTable() {
  if (!data.targets.length) return null;
  const states = (target) =>
    [...target.states, ...target.others.map(([, ...each]) => each)].reduce(
      (counts, [state]) => counts.set(state, (counts.get(state) ?? 0) + 1),
      new Map(),
    );
  return make(
    "section",
    { class: "targets" },
    data.targets.map((target) =>
      make(
        "div",
        { class: "card" },
        make("h3", {}, shown(target.name)),
        target.hasFailed
          ? make("p", {}, make("span", { class: "badge dropped" }, "could not be reached when this page was made"))
          : [
              make(
                "p",
                {},
                [...states(target)].map(([state, count]) =>
                  make("span", { class: `badge ${state}` }, `${count} ${state}`),
                ),
              ),
              target.others.length > 0 &&
                make(
                  "ul",
                  { class: "plain" },
                  target.others.map(([name, , words]) => make("li", {}, `${shown(name)}: ${words}`)),
                ),
              differences(target),
              target.live &&
                make(
                  "p",
                  {},
                  make(
                    "a",
                    { href: compareLink(pointOf(last), targetPoint(target)) },
                    "Compare the end of the history with it",
                  ),
                ),
            ],
      ),
    ),
    make("p", { class: "quiet" }, `As of ${data.at}.`),
  );
}

function differences(target) {
  if (!target.live)
    return make("p", { class: "quiet" }, "Its migrations do not apply, so its schema cannot be compared.");
  if (!target.differences.length) return make("p", { class: "quiet" }, "It matches its migrations.");
  return [
    make("p", {}, "Differences from its migrations:"),
    make(
      "ul",
      {},
      target.differences.map((each) => make("li", {}, shown(each))),
    ),
  ];
}
