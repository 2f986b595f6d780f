"use strict";
// The result of a history at any point, and the differences between two points. Values in, values out:
// nothing here knows the page. The rules are those of rust/core/src/apply.rs; tests/browser compares the two.

const KINDS = ["node", "relationship"];

/** The dependencies of a migration: the one before it, unless the data have others. */
const parentsOf = (data, at) => data.parents[at] ?? (at ? [at - 1] : []);

/** The operations of a migration. On the page each is a line of JSON that is read on request. */
function codesOf(data, at) {
  if (typeof data.operations[at] === "string") data.operations[at] = JSON.parse(data.operations[at]);
  return data.operations[at];
}

/** An operation of the data as an object: what it does, its kind, and its arguments by name. */
function decoded(data, code) {
  const [does, kind, names] = data.spellings[code[0]];
  const operation = { does, kind };
  names.forEach((name, at) => {
    operation[name] = code[at + 1] ?? null;
  });
  return operation;
}

/** An operation in words, as the command says it. */
function inWords(data, code) {
  const operation = decoded(data, code);
  if (operation.on) operation.place = placeOf(operation.types, operation.on);
  return data.spellings[code[0]][3].replace(/\{(\w+)\}/g, (_, name) => operation[name]);
}

/** The types and properties of an index or a constraint in words. */
const placeOf = (types, properties) => `${types.join(", ")} (${properties.join(", ")})`;

/**
 * The migrations, by number and in order, that bring a database from nothing to right after the one of number `last`.
 * The members of a squash take its place if they say the same in more detail. Null if a file is missing for this.
 */
function stepsUntil(data, last) {
  const lacks = Object.entries(data.parents).some(
    ([at, parents]) => at <= last && parents.some((parent) => parent > last),
  );
  if (lacks) return null;
  const replaced = new Set();
  for (const [at, squash] of Object.entries(data.squashes)) {
    if (at <= last) squash.members.forEach((member) => replaced.add(member));
  }
  const steps = [];
  for (let at = 0; at <= last; at++) if (!replaced.has(at)) steps.push(at);
  return inDetail(data, steps);
}

function inDetail(data, steps) {
  const found = new Set();
  for (const at of steps) {
    const squash = data.squashes[at];
    if (squash?.isWhole)
      squash.members.filter((member) => !data.squashes[member]).forEach((member) => found.add(member));
    else found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The schema after these migrations: by kind a map of types by name, the adjacencies, and the indexes and constraints
 * (`entries`) by name. A type and a property keep the `id` that they got when they were created, whatever their names.
 * `did`: the operations on a type, as pairs of numbers.
 */
function folded(data, steps) {
  const schema = { node: new Map(), relationship: new Map(), adjacencies: new Map(), entries: new Map() };
  for (const at of steps) {
    codesOf(data, at).forEach((code, number) => apply(schema, decoded(data, code), [at, number]));
  }
  return schema;
}

const keyOf = (adjacency) => JSON.stringify(adjacency);

function apply(schema, operation, made) {
  const { does, kind, type: name, property, old, new: now } = operation;
  if (does === "AddAdjacency" || does === "DropAdjacency") {
    const adjacency = [operation.from_type, operation.relationship, operation.to_type];
    if (does === "AddAdjacency") schema.adjacencies.set(keyOf(adjacency), adjacency);
    else schema.adjacencies.delete(keyOf(adjacency));
    return;
  }
  if (does.startsWith("Remove")) {
    const removed = schema.entries.get(operation.entry);
    removed.types.forEach((each) => schema[removed.kind].get(each)?.did.push(made));
    schema.entries.delete(operation.entry);
    return;
  }
  if (operation.on) {
    const { entry, types, on, form, options, optional } = operation;
    schema.entries.set(entry, { kind, types, form, properties: on, options: ordered(options), optional: !!optional });
    types.forEach((each) => schema[kind].get(each).did.push(made));
    return;
  }
  if (kind === null) return; // a query
  const types = schema[kind];
  const idOf = (what) => `${made.join(".")} ${what}`;
  const fresh = (what) => ({ id: idOf(what), key: false, indexed: false, type: "STRING" });
  const typeNamed = (what) => {
    if (!types.has(what)) types.set(what, { id: idOf(what), properties: new Map(), did: [] });
    return types.get(what);
  };
  if (does === "DropType") {
    types.delete(name);
    renameInAdjacencies(schema, kind, name, null);
    return;
  }
  if (does === "RenameType") {
    // Renaming something that does not exist creates it, as in nodestream.
    const type = types.get(old) ?? { ...typeNamed(now), properties: new Map() };
    types.delete(old);
    types.set(now, type);
    renameInAdjacencies(schema, kind, old, now);
    for (const entry of entriesOn(schema, kind, old)) {
      entry.types = entry.types.map((each) => (each === old ? now : each)).sort(byCodePoint);
    }
    type.did.push(made);
    return;
  }
  const type = does.startsWith("Drop") ? types.get(name) : typeNamed(name);
  const properties = type?.properties;
  const declared = (what) => properties.get(what) ?? properties.set(what, fresh(what)).get(what);
  type?.did.push(made);
  switch (does) {
    case "CreateType": {
      const names = [...operation.keys, ...operation.properties];
      const before = new Map(properties);
      properties.clear();
      for (const each of names) {
        const id = before.get(each)?.id ?? idOf(each);
        properties.set(each, { ...fresh(each), id, key: operation.keys.includes(each) });
      }
      break;
    }
    case "AddProperty":
      declared(property);
      break;
    case "DropProperty":
      properties.delete(property);
      break;
    case "RenameProperty":
    case "RenameKeyPart": {
      const renamed = properties.get(old);
      properties.delete(old);
      properties.set(now, renamed);
      entriesOn(schema, kind, name).forEach((entry) => renameInEntry(schema, entry, old, now));
      break;
    }
    case "AddIndex":
      declared(property).indexed = true;
      break;
    case "DropIndex":
      if (properties?.has(property)) properties.get(property).indexed = false;
      break;
    case "ExtendKey":
      declared(property).key = true;
      break;
    case "ReduceKey":
      properties.get(property).key = false;
      break;
    case "SetPropertyType":
      properties.get(property).type = operation.to;
      break;
    default:
      throw new Error(`unknown operation ${does}`);
  }
}

/** With a type renamed in every adjacency; `now` null: without those of a dropped type. */
function renameInAdjacencies(schema, kind, old, now) {
  const places = kind === "node" ? [0, 2] : [1];
  for (const [key, adjacency] of [...schema.adjacencies]) {
    if (!places.some((place) => adjacency[place] === old)) continue;
    schema.adjacencies.delete(key);
    if (now === null) continue;
    const renamed = adjacency.map((each, place) => (places.includes(place) && each === old ? now : each));
    schema.adjacencies.set(keyOf(renamed), renamed);
  }
}

/** The indexes and constraints on a type. */
const entriesOn = (schema, kind, type) =>
  [...schema.entries.values()].filter((entry) => entry.kind === kind && entry.types.includes(type));

/** With a property renamed. Of several types, those that still declare the old name keep it. */
function renameInEntry(schema, entry, old, now) {
  const isKept = entry.types.some((type) => schema[entry.kind].get(type)?.properties.has(old));
  const renamed = (names) => {
    const found = names.flatMap((each) => (each !== old ? [each] : isKept ? [old, now] : [now]));
    return [...new Set(found)];
  };
  entry.properties = renamed(entry.properties);
  if (entry.form === "fulltext") entry.properties.sort(byCodePoint);
  if (entry.options.filter) entry.options = ordered({ ...entry.options, filter: renamed(entry.options.filter) });
}

/** The options of an entry. The properties to filter by are in no order of their own. */
const ordered = (options) =>
  options?.filter ? { ...options, filter: [...options.filter].sort(byCodePoint) } : (options ?? {});

/** The order of names in Python and in the core, which is not that of JavaScript's UTF-16. */
function byCodePoint(one, other) {
  const [a, b] = [one, other].map((each) => [...each].map((sign) => sign.codePointAt(0)));
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** The schema of a target: things with the names that its migrations give are the same things. */
function liveSchema(data, target) {
  const expected = folded(data, inDetail(data, target.madeOf));
  const schema = { adjacencies: new Map(target.live.adjacencies.map((each) => [keyOf(each), each])) };
  for (const kind of KINDS) {
    schema[kind] = new Map(
      Object.entries(target.live[kind]).map(([name, properties]) => {
        const known = expected[kind].get(name);
        const facts = Object.entries(properties).map(([property, [type, key, indexed]]) => [
          property,
          { id: known?.properties.get(property)?.id ?? `there ${property}`, type, key: !!key, indexed: !!indexed },
        ]);
        return [name, { id: known?.id ?? `there ${name}`, properties: new Map(facts), did: known?.did ?? [] }];
      }),
    );
  }
  return schema;
}

/**
 * The change of each type between two schemas: `was` and `is` are its names, null if it does not exist; `what` is
 * new, dropped, renamed, changed or same; likewise for each of its properties, with the change in words. Types are
 * sorted by their newest names.
 */
function compared(before, after) {
  const changes = [];
  for (const kind of KINDS) {
    for (const [was, is] of paired(before[kind], after[kind])) {
      const properties = paired(
        before[kind].get(was)?.properties ?? new Map(),
        after[kind].get(is)?.properties ?? new Map(),
      ).map(([old, now]) => comparedProperty(old, now, before[kind].get(was), after[kind].get(is)));
      const connections = kind === "relationship" ? comparedConnections(before, after, was, is) : [];
      const entries = comparedEntries(before, after, kind, was, is);
      const isSame = [...properties, ...connections, ...entries].every((each) => each.what === "same");
      changes.push({ kind, was, is, what: whatBecame(was, is, isSame), properties, connections, entries });
    }
  }
  return changes;
}

/** The names of each thing before and after, null on the side where it does not exist. */
function paired(before, after) {
  const oldNames = new Map([...before].map(([name, { id }]) => [id, name]));
  const pairs = [...after].map(([name, { id }]) => {
    const old = oldNames.get(id) ?? null;
    oldNames.delete(id);
    return [old, name];
  });
  oldNames.forEach((name) => pairs.push([name, null]));
  const newest = ([was, is]) => is ?? was;
  return pairs.sort((a, b) => (newest(a) < newest(b) ? -1 : newest(a) > newest(b) ? 1 : a[1] === null ? 1 : -1));
}

function whatBecame(was, is, isSame) {
  if (was === null) return "new";
  if (is === null) return "dropped";
  return was !== is ? "renamed" : isSame ? "same" : "changed";
}

function comparedProperty(was, is, typeBefore, typeAfter) {
  const old = typeBefore?.properties.get(was);
  const now = typeAfter?.properties.get(is);
  const facts = [];
  if (old && now) {
    if (old.type !== now.type) facts.push(`${old.type} became ${now.type}`);
    if (old.key !== now.key) facts.push(now.key ? "joins the key" : "leaves the key");
    if (old.indexed !== now.indexed) facts.push(now.indexed ? "gets an index" : "loses its index");
  }
  return { was, is, what: whatBecame(was, is, !facts.length), facts, now: now ?? old };
}

/** The connections of a relationship type, before and after; a renamed node type is the same one. */
function comparedConnections(before, after, was, is) {
  const connections = (schema, name) =>
    new Map(
      [...schema.adjacencies.values()]
        .filter(([, relationship]) => relationship === name)
        .map(([from, , to]) => [`${schema.node.get(from)?.id ?? from} ${schema.node.get(to)?.id ?? to}`, [from, to]]),
    );
  const [old, now] = [connections(before, was), connections(after, is)];
  const ids = [...new Set([...now.keys(), ...old.keys()])];
  const found = ids.map((id) => ({
    ends: now.get(id) ?? old.get(id),
    what: !old.has(id) ? "new" : !now.has(id) ? "dropped" : "same",
  }));
  return found.sort((a, b) => (keyOf(a.ends) < keyOf(b.ends) ? -1 : 1));
}

/**
 * The indexes and constraints of a type, before and after; those of a target are not on the page. One that is the same
 * but for the names of what it is on is the same.
 */
function comparedEntries(before, after, kind, was, is) {
  if (!before.entries || !after.entries) return [];
  const on = (schema, type) =>
    new Map([...schema.entries].filter(([, entry]) => entry.kind === kind && entry.types.includes(type)));
  const [old, now] = [on(before, was), on(after, is)];
  const names = [...new Set([...now.keys(), ...old.keys()])].sort(byCodePoint);
  return names.map((name) => {
    const [then, entry] = [old.get(name), now.get(name)];
    const isSame = then && entry && asText(before, then) === asText(after, entry);
    const what = !then ? "new" : !entry ? "dropped" : isSame ? "same" : "changed";
    return { name, entry: entry ?? then, what };
  });
}

/** What is the same before and after renames. A full-text index has names of several types, in no order. */
function asText(schema, { kind, types, form, properties, options, optional }) {
  const idsOf = (name) => types.flatMap((type) => schema[kind].get(type)?.properties.get(name)?.id ?? []).sort();
  const given = Object.entries(options).map(([name, value]) => [name, name === "filter" ? value.map(idsOf) : value]);
  const owners = types.map((type) => schema[kind].get(type)?.id ?? type).sort();
  const ids = properties.map(idsOf);
  return JSON.stringify([kind, form, owners, form === "fulltext" ? ids.flat().sort() : ids, given.sort(), optional]);
}
