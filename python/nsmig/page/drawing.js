// Elements, and pictures made of them. Everything that comes from a project is inserted as text or as an
// attribute's value, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with these attributes and children. A child is an element or a text; null and false are left out. */
function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** A name on one line: characters that a line does not show appear as symbols. */
const shown = (text) => text.replace(/[^\S ]|\p{C}/gu, "\ufffd");

const typeLink = (kind, name) => `#type/${kind}/${encodeURIComponent(name)}`;

const LINE = 18;
const PADDING = 10;

/** Boxes and edges at their positions in the data; `isHere` says which boxes are marked. */
function schemaPicture(data, schema, placed, label, isHere) {
  const [boxes, corners, edges, curves, [width, height]] = placed;
  const lines = edges.map((edge, at) =>
    draw("path", {
      class: "edge",
      d: curves[at],
      "marker-end": data.diagram.edges[edge][2] ? "url(#tip)" : null,
    }),
  );
  const tip = draw(
    "marker",
    {
      id: "tip",
      viewBox: "0 0 8 8",
      refX: 8,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      orient: "auto",
    },
    draw("path", { class: "tip", d: "M0 0 8 4 0 8z" }),
  );
  return draw(
    "svg",
    { class: "picture", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": label },
    draw("defs", {}, tip),
    lines,
    boxes.map((box, at) => boxPicture(schema, data.diagram.boxes[box], corners[at], isHere)),
  );
}

function boxPicture(schema, [isLink, name, width, height], [left, top], isHere) {
  const kind = isLink ? "relationship" : "node";
  const rows = listed(schema[kind].get(name)?.properties ?? new Map());
  const frame = { x: left, y: top, width, rx: isLink ? 9 : 4 };
  const head = rows.length ? LINE + PADDING / 2 : height;
  return draw(
    "a",
    {
      href: typeLink(kind, name),
      class: isHere(kind, name) ? "here" : null,
      "aria-label": `${kind} type ${shown(name)}`,
      "data-type": `${kind}/${name}`,
    },
    draw("rect", { class: isLink ? "link" : "box", ...frame, height }),
    !isLink && draw("rect", { class: "head", ...frame, height: head }),
    draw("text", { class: "name", x: left + width / 2, y: top + LINE - 2, "text-anchor": "middle" }, shown(name)),
    rows.flatMap(([property, { type, key, indexed }], number) => {
      const y = top + PADDING / 2 + (number + 2) * LINE - 5;
      return [
        draw("text", { class: key ? "key" : null, x: left + PADDING, y }, shown(property)),
        draw(
          "text",
          { class: "type", x: left + width - PADDING, y, "text-anchor": "end" },
          type + (indexed ? " indexed" : ""),
        ),
      ];
    }),
  );
}

/** Properties in the order of a box: those of the key first. */
function listed(properties) {
  return [...properties].sort(([a, one], [b, other]) => other.key - one.key || (a < b ? -1 : 1));
}

const LANE = 16; // pixels between two lanes
const ROW = 36; // the height of a migration's line

const across = (lane) => LANE / 2 + lane * LANE;

/**
 * The lanes beside a migration; a single one if the data have no entry. Lanes that continue below do so however high
 * the row becomes.
 */
function lanePicture(row, width) {
  const [lane, passing, joining, parting, above, below] = row ?? [0, [], [], [], 1, 1];
  const x = across(lane);
  const middle = ROW / 2;
  const line = (at, y1, y2) => draw("line", { class: `lane lane-${at % 6}`, x1: across(at), x2: across(at), y1, y2 });
  const curve = (at, from, y1, to, y2) =>
    draw("path", {
      class: `lane lane-${at % 6}`,
      d: `M${from} ${y1}C${from} ${(y1 + y2) / 2} ${to} ${(y1 + y2) / 2} ${to} ${y2}`,
    });
  const picture = draw(
    "svg",
    { width: width * LANE, height: "100%", "aria-hidden": "true" },
    passing.map((at) => line(at, 0, "100%")),
    above && line(lane, 0, middle),
    below && line(lane, middle, "100%"),
    joining.map((at) => curve(at, across(at), 0, x, middle)),
    parting.map((at) => [curve(at, x, middle, across(at), ROW), line(at, ROW, "100%")]),
    draw("circle", { class: `stop lane-${lane % 6}`, cx: x, cy: middle, r: 4.5 }),
  );
  const place = make("div", { class: "lanes" }, picture);
  place.style.width = `${width * LANE}px`;
  return place;
}
