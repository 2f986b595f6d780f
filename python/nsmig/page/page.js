// The page: the part of its address after # decides what is shown.

const main = document.getElementById("main");
const search = document.getElementById("search");

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
addEventListener("hashchange", () => {
  found.replaceChildren();
  show();
  main.focus({ preventScroll: true });
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // otherwise its address would replace the view's
  main.focus();
});
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
