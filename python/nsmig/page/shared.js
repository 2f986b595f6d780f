// What all views share: the data, and lists and drawings that can be moved and grow.

const data = JSON.parse(document.getElementById("data").textContent);
later("operations", (text) => text.split("\n"));
later("diagram", JSON.parse);
const last = data.names.length - 1;
const BATCH = 30; // rows added at a time: more than fit on a screen

/** Data that is read from a separate block on request. */
function later(name, read) {
  const get = () => {
    const value = read(document.getElementById(name).textContent);
    Object.defineProperty(data, name, { value });
    return value;
  };
  Object.defineProperty(data, name, { get, configurable: true });
}

const nameOf = (at) => data.names[at];
const migrationLink = (at) => `#migration/${encodeURIComponent(nameOf(at))}`;
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ","); // Intl would take the longest
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;

/** A value that is computed once and kept. */
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

const note = (...children) => make("p", { class: "note" }, ...children);

const missing = (text, href, back) => ({ title: text, content: [note(text, " ", make("a", { href }, back))] });

/** A list that grows when its end is reached, or when it is printed. */
function rows(items, row, tag, name) {
  const element = make("div", {});
  const list = make(tag, { class: name });
  const end = make("p", { class: "end" });
  let [left, at] = [items, 0];
  const grow = (count) => {
    list.append(...left.slice(at, at + count).map(row));
    at = Math.min(left.length, at + count);
    end.replaceChildren(
      ...(at < left.length ? [make("button", { click: () => grow(BATCH) }, `${grouped(left.length - at)} more`)] : []),
    );
  };
  const fill = (some) => {
    [left, at] = [some, 0];
    list.replaceChildren();
    grow(BATCH);
  };
  const watch = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting || at === left.length) return;
      grow(BATCH);
      watch.unobserve(end); // otherwise it would not report that the end is still visible
      watch.observe(end);
    },
    { rootMargin: "200px" },
  );
  watch.observe(end);
  element.append(list, end);
  element.addEventListener("whole", () => grow(left.length));
  element.classList.add("rows");
  return { element, fill };
}

/** A drawing that fits the page's width, and can be enlarged and moved. */
function pannable(svg) {
  const width = Number(svg.getAttribute("width"));
  const frame = make(
    "div",
    { class: "frame", tabindex: "0", role: "group", "aria-label": svg.getAttribute("aria-label") },
    svg,
  );
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
  const button = (text, label, click) =>
    make("button", { type: "button", "aria-label": label, title: label, click }, text);
  let from = null;
  frame.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "mouse" && [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
  });
  frame.addEventListener("pointermove", (event) => {
    if (from && event.buttons) frame.scrollTo(from[0] - event.clientX, from[1] - event.clientY);
  });
  return make(
    "div",
    { class: "pannable" },
    frame,
    make(
      "div",
      { class: "zoom" },
      button("−", "Smaller", () => zoom(0.8)),
      button("+", "Larger", () => zoom(1.25)),
      button("fit", "Fit the page's width", fit),
    ),
  );
}

/** Scroll a drawing that is larger than its frame to a box, or to its middle. One that is too small to read grows. */
function centre(frame, to) {
  const svg = frame.firstElementChild;
  const width = Number(svg.getAttribute("width"));
  if (frame.isConnected && svg.getBoundingClientRect().width < width * 0.4) {
    svg.style.maxWidth = "none";
    svg.style.width = `${width * 0.8}px`;
  }
  const box = (to ?? svg).getBoundingClientRect();
  const around = frame.getBoundingClientRect();
  frame.scrollBy(
    box.left + box.width / 2 - around.left - around.width / 2,
    box.top + box.height / 2 - around.top - around.height / 2,
  );
}
