// The page itself: inputs to texts, tables to the screen, what was changed to the address.
const boxes = [...document.querySelectorAll("input[data-path]")];
const problem = document.getElementById("problem"), place = document.getElementById("tables");
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const drawn = ({ title, heads, rows }) => {
  const table = element("table", "", { class: "shown" }), head = element("tr", ""), body = element("tbody", "");
  head.append(...heads.map((each) => element("th", each)));
  for (const row of rows) {
    const line = element("tr", "");
    line.append(...row.map((cell, at) => element("td", cell, {
      "data-head": heads[at], ...(/^(REFUSED|DUE)/.test(cell) ? { class: "refused" } : {}) })));
    body.append(line);
  }
  const top = element("thead", "");
  top.append(head);
  table.append(element("caption", title), top, body);
  return table;
};
const written = () => Object.fromEntries(boxes.map((box) => [box.dataset.path, box.value]));
const textsNow = () => withTexts(PAGE.texts, written());

const compute = () => {
  const changed = boxes.filter((box) => box.value !== box.defaultValue);
  for (const box of boxes) box.classList.toggle("changed", changed.includes(box));
  history.replaceState(null, "", "#" + changed.map((box) =>
    `${encodeURIComponent(box.dataset.path)}=${encodeURIComponent(box.value)}`).join("&"));
  for (const box of boxes) box.classList.remove("wrong");
  try {
    place.replaceChildren(...tablesOf(PAGE, textsNow()).map(drawn));
    problem.hidden = true;
    document.body.dataset.state = "computed";
  } catch (error) {
    place.replaceChildren();
    problem.textContent = error.message;
    problem.hidden = false;
    document.body.dataset.state = "refused";
    const name = error.message.split(":")[0];
    for (const box of changed) box.classList.toggle("wrong", box.dataset.path.split(".").at(-1) === name);
    if (!(error instanceof Refused)) throw error;
  }
};
const fromAddress = () => {
  const given = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
  for (const box of boxes) box.value = given.get(box.dataset.path) ?? box.defaultValue;
};
for (const box of boxes) box.addEventListener("input", compute);
addEventListener("hashchange", () => { fromAddress(); compute(); });
fromAddress();
compute();
