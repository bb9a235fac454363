// The tables of a case: the same as calculators/shown.py and calculators/bands.py make.
class Refused extends Error {}
const TENTHS = [ratio(9n, 10n), ratio(11n, 10n)];
const rowName = (row, place) => row.name ?? String(place + 1);

const shown = (value, spec) => {
  if (value === null) return "none";
  if (typeof value === "string") return value.replaceAll("_", " ");
  if (spec.unit === "frac") return rounded(mul(value, ratio(100n)), spec.decimals) + " %";
  return rounded(value, spec.decimals);
};
const isSaid = ({ meaning, unit }) => ["", "frac", "number"].includes(unit) || (unit.length > 2 && meaning.endsWith(unit));
const heading = (spec) => spec.meaning + (isSaid(spec) ? "" : ` (${spec.unit})`);

// The case in texts, with some texts changed: the same paths as in the command.
const withTexts = (texts, changes) => {
  const copy = structuredClone(texts);
  for (const [path, text] of Object.entries(changes)) {
    const names = path.split(".");
    let held = copy;
    for (const name of names.slice(0, -1)) {
      held = Array.isArray(held) ? held.find((row, place) => rowName(row, place) === name) : held?.[name];
    }
    const last = names.at(-1);
    if (!held || !Object.hasOwn(held, last)) throw new Refused(`got input "${path}"; legal: one of this page`);
    held[last] = text;
  }
  return copy;
};

// Texts to numbers, each within its limits.
const read = (texts, specs) => Object.fromEntries(specs.map((spec) => {
  const text = texts[spec.name];
  if (spec.rows) return [spec.name, text.map((row) => read(row, spec.rows))];
  if (!spec.limits) return [spec.name, text];
  if (text === null || (spec.limits.optional && text.trim() === "")) return [spec.name, null];
  const value = parsed(text), { above, least, most: highest, whole } = spec.limits;
  const bad = value === null || (above !== null && le(value, parsed(above))) || (least !== null && lt(value, parsed(least)))
    || (highest !== null && gt(value, parsed(highest))) || (whole && value.d !== 1n);
  if (bad) throw new Refused(`${spec.name}: got ${text}; legal: ${spec.legal}; correct the ${spec.meaning}`);
  return [spec.name, value];
}));

const calculated = (page, texts) => {
  const found = read(texts, page.case_specs);
  const problem = page.formulas.problem ? page.formulas.problem(found) : "";
  if (problem) throw new Refused(problem);
  return page.formulas.calculate(found);
};

function* inputs(texts, specs, lead = "") {
  for (const spec of specs) {
    if (spec.limits) yield [lead + spec.name, texts[spec.name], spec];
    for (const [place, row] of (spec.rows ? texts[spec.name] : []).entries()) {
      yield* inputs(row, spec.rows, `${lead}${spec.name}.${rowName(row, place)}.`);
    }
  }
}
const asText = (value) => (value.d === 1n ? String(value.n) : `${value.n}/${value.d}`);
const around = (page, texts) => [...inputs(texts, page.case_specs)].flatMap(([path, text, spec]) => {
  const value = text === null ? null : parsed(text), { least, most: highest, whole } = spec.limits;
  if (value === null || value.n === 0n || whole) return [];
  let [low, high] = TENTHS.map((part) => mul(value, part));
  if (least !== null && lt(low, parsed(least))) low = parsed(least);
  if (highest !== null && gt(high, parsed(highest))) high = parsed(highest);
  return [{ path, low: asText(low), high: asText(high) }];
});
const mainOf = (page, texts, changes) => calculated(page, withTexts(texts, changes))[page.main.name];
const distance = (a, b) => (lt(a, b) ? sub(b, a) : sub(a, b));

const tornado = (page, texts) => {
  const bars = [];
  for (const band of page.bands.length ? page.bands : around(page, texts)) {
    try {
      const ends = [band.low, band.high].map((end) => mainOf(page, texts, { [band.path]: end }));
      const width = distance(...ends);
      if (width.n !== 0n) bars.push({ band, ends, width });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  return bars.sort((a, b) => (gt(a.width, b.width) ? -1 : lt(a.width, b.width) ? 1 : a.band.path < b.band.path ? -1 : 1));
};
const bandOf = (page, texts) => {
  let corners = [{}];
  for (const { path, low, high } of page.bands) {
    corners = corners.flatMap((corner) => [low, high].map((end) => ({ ...corner, [path]: end })));
  }
  const values = corners.map((corner) => mainOf(page, texts, corner));
  return [values.reduce((a, b) => (lt(b, a) ? b : a)), values.reduce((a, b) => (lt(a, b) ? b : a))];
};

const sensitivity = (page, texts) => {
  const unit = page.main, rows = tornado(page, texts).slice(0, page.most_bars).map(({ band, ends }) => [
    band.path, plainText(band.low), plainText(band.high), ...ends.map((end) => shown(end, unit))]);
  if (page.bands.length) {
    rows.push(["all of them together, least and most", "", "", ...bandOf(page, texts).map((end) => shown(end, unit))]);
  }
  return { title: page.sensitivity_title, heads: page.sensitivity_heads, rows };
};
const plainText = (text) => {
  const value = parsed(text);
  for (let decimals = 0; decimals <= 12; decimals += 1) {
    if ((value.n * 10n ** BigInt(decimals)) % value.d === 0n) return rounded(value, decimals);
  }
  return rounded(value, 12);
};

const tablesOf = (page, texts) => {
  const columns = [["as given", texts], ...page.what_ifs.map(({ name, set }) => [name, withTexts(texts, set)])];
  const results = columns.map(([, each]) => calculated(page, each));
  const figures = page.result_specs.filter((spec) => !spec.rows);
  const tables = [{
    title: "Result", heads: ["", ...columns.map(([name]) => name)],
    rows: figures.map((spec) => [heading(spec), ...results.map((result) => shown(result[spec.name], spec))]),
  }];
  for (const spec of page.result_specs.filter((each) => each.rows && results[0][each.name].length)) {
    tables.push({
      title: spec.meaning[0].toUpperCase() + spec.meaning.slice(1), heads: spec.rows.map(heading),
      rows: results[0][spec.name].map((row) => spec.rows.map((cell) => shown(row[cell.name], cell))),
    });
  }
  return [...tables, sensitivity(page, texts)];
};
