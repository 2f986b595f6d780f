// The differences between two points, and a squash beside the migrations that it replaces.

const pointOf = (at) => (at < 0 ? "start" : `m:${nameOf(at)}`);
const targetPoint = (target) => `t:${target.name}`;
const compareLink = (before, after) => `#compare/${encodeURIComponent(before)}/${encodeURIComponent(after)}`;

/** The schema at a point: the start, a migration `m:…` or a target `t:…`; or the reason it is unknown. */
function atPoint(point) {
  if (point === "start") return { schema: folded(data, []), words: "the start" };
  const name = point.slice(2);
  const target = point.startsWith("t:") && data.targets.find((each) => each.name === name);
  if (target) {
    const words = `target ${shown(name)}`;
    if (!target.live) return { problem: `The schema of ${words} is not known.` };
    return { schema: liveSchema(data, target), words };
  }
  const at = point.startsWith("m:") ? numberOf(name) : undefined;
  if (at === undefined)
    return { problem: `There is no ${point.startsWith("t:") ? "target" : "migration"} ${shown(name)} on this page.` };
  const schema = schemaAt(at);
  return schema
    ? { schema, words: shown(name) }
    : { problem: `The schema at ${shown(name)} is not known: a file that a later squash replaces is gone.` };
}

function compareView(before, after = pointOf(last)) {
  if (before === undefined)
    return {
      title: "Compare",
      content: [make("h2", {}, "Compare"), pointForm(pointOf(last - 1), after), suggestions()],
    };
  const [one, other] = [atPoint(before), atPoint(after)];
  const content = [make("h2", {}, "Compare"), pointForm(before, after)];
  const problem = one.problem ?? other.problem;
  if (problem) return { title: "Compare", content: [...content, note(problem)] };
  const changes = compared(one.schema, other.schema);
  const list = rows([], changeCard, "div", "changes");
  const rest = changes.filter(({ what }) => what === "same").length;
  const counts = ["dropped", "new", "renamed", "changed"]
    .map((what) => [what, changes.filter((each) => each.what === what).length])
    .filter(([, count]) => count);
  const summary = make(
    "p",
    { class: "summary" },
    counts.map(([what, count]) => make("span", { class: `badge ${what}` }, `${count} ${what}`)),
    make("span", { class: "quiet" }, `${counted(rest, "type")} the same`),
  );
  const find = (text) => {
    const hits = changes.filter(
      (each) =>
        each.what !== "same" &&
        isFound(text, [
          each.was ?? "",
          each.is ?? "",
          ...each.properties.flatMap(({ was, is }) => [was ?? "", is ?? ""]),
        ]),
    );
    list.fill(hits);
    return text ? `${counted(hits.length, "type")} found` : "";
  };
  content.push(summary, list.element);
  if (rest === changes.length) content.push(note("Nothing differs."));
  return { title: `From ${one.words} to ${other.words}`, content, find };
}

/** The points that can be compared. */
function suggestions() {
  const link = (before, after, text) => make("li", {}, make("a", { href: compareLink(before, after) }, text));
  return make(
    "ul",
    { class: "suggestions" },
    link(pointOf(last - 1), pointOf(last), "What the last migration changed"),
    link("start", pointOf(last), "Everything, from the start"),
    data.targets
      .filter((target) => target.live)
      .map((target) =>
        link(targetPoint(target), pointOf(last), `What target ${shown(target.name)} differs in`),
      ),
  );
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
    const input = make("input", {
      id,
      list: options.id,
      value: words(value),
      spellcheck: "false",
      autocomplete: "off",
      input: offer,
      focus: () => {
        input.select();
        offer();
      },
    });
    return make("label", { for: id }, label, input, options);
  };
  const chosen = (text) =>
    points().find((point) => words(point) === text) ??
    only(points().filter((point) => words(point).startsWith(text))) ??
    `m:${text}`;
  const form = make(
    "form",
    {
      class: "points",
      submit: (event) => {
        event.preventDefault();
        location.hash = compareLink(chosen(form.elements.before.value), chosen(form.elements.after.value));
      },
    },
    field("From", "before", before),
    field("To", "after", after),
    make("button", {}, "Compare"),
    make("a", { href: compareLink(after, before) }, "swap"),
  );
  return form;
}

const only = (found) => (found.length === 1 ? found[0] : undefined);

const fromTo = (was, is) =>
  was !== null && is !== null && was !== is ? `${shown(was)} → ${shown(is)}` : shown(is ?? was);

function changeCard({ kind, was, is, what, properties, connections, entries }) {
  const lines = properties
    .filter((each) => each.what !== "same")
    .map((each) =>
      make(
        "li",
        { class: each.what },
        make("span", { class: "badge" }, each.what),
        " ",
        fromTo(each.was, each.is),
        " ",
        make(
          "span",
          { class: "quiet" },
          each.facts.length ? each.facts.join(", ") : each.what === "renamed" ? "" : wordsOf(each.now),
        ),
      ),
    );
  const ends = connections
    .filter((each) => each.what !== "same")
    .map((each) =>
      make(
        "li",
        { class: each.what },
        make("span", { class: "badge" }, each.what),
        ` connection ${shown(each.ends[0])} → ${shown(each.ends[1])}`,
      ),
    );
  const others = entries
    .filter((each) => each.what !== "same")
    .map((each) =>
      make(
        "li",
        { class: each.what },
        make("span", { class: "badge" }, each.what),
        ` ${shown(each.name)} `,
        make("span", { class: "quiet" }, shown(wordsOfEntry(each.entry))),
      ),
    );
  return make(
    "section",
    { class: `card change ${what}` },
    make(
      "h3",
      {},
      make("span", { class: "badge" }, what),
      " ",
      fromTo(was, is),
      " ",
      make("small", {}, `${kind} type`),
    ),
    make("ul", { class: "plain" }, lines, ends, others),
  );
}

function squashView(name) {
  const at = numberOf(name);
  const squash = data.squashes[at];
  if (!squash) return missing(`There is no squash ${shown(name)}.`, "#history", "All migrations");
  const originals = squash.members.filter((member) => !data.squashes[member]);
  const count = originals.reduce((sum, member) => sum + codesOf(data, member).length, 0);
  const member = (each) =>
    make("li", {}, make("a", { href: migrationLink(each) }, shown(nameOf(each))), operationList(codesOf(data, each)));
  const codes = codesOf(data, at);
  return {
    title: `Squash ${shown(name)}`,
    content: [
      make("p", { class: "back" }, make("a", { href: migrationLink(at) }, `← ${shown(name)}`)),
      make("h2", {}, "Before and after ", make("small", {}, shown(name))),
      make(
        "div",
        { class: "beside" },
        make(
          "section",
          {},
          make("h3", {}, `Before: ${counted(count, "operation")} in ${counted(originals.length, "migration")}`),
          make("ol", { class: "plain" }, originals.map(member)),
          squash.gone.length > 0 && note(`No longer in a file: ${squash.gone.map(shown).join(", ")}`),
        ),
        make("section", {}, make("h3", {}, `After: ${counted(codes.length, "operation")}`), operationList(codes)),
      ),
      make("section", {}, make("h3", {}, "Why"), ...reasons(squash)),
    ],
  };
}

function reasons(squash) {
  if (!squash.kept) {
    const why = squash.gone.length
      ? "some of the files it replaces are gone"
      : "nsmig would write a different squash from these files now";
    return [note(`The reasons are not known: ${why}.`)];
  }
  const because = (costs) => (costs === null ? "" : `; ${counted(costs, "operation")} more because of it`);
  const parts = squash.kept.map(([reason, costs, codes]) =>
    make(
      "section",
      { class: "card" },
      make("h4", {}, `Kept, ${counted(codes.length, "operation")}: ${reason}${because(costs)}`),
      operationList(codes),
    ),
  );
  if (squash.leftOut.length)
    parts.push(
      make(
        "section",
        { class: "card" },
        make("h4", {}, "Left out, because a database without data does not need it"),
        operationList(squash.leftOut),
      ),
    );
  if (squash.singleLabel)
    parts.unshift(note("Written with --single-label: no node has two types of the schema."));
  return parts.length ? parts : [note("Nothing was kept: no shorter list of operations does the same.")];
}
