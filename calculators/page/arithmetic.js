"use strict";
// Exact fractions over big integers: the functions of calculators/arithmetic.py.
const gcd = (a, b) => { while (b) [a, b] = [b, a % b]; return a < 0n ? -a : a; };
const ratio = (n, d = 1n) => {
  if (d < 0n) [n, d] = [-n, -d];
  const g = gcd(n, d);
  return { n: n / g, d: d / g };
};
const add = (a, b) => ratio(a.n * b.d + b.n * a.d, a.d * b.d);
const sub = (a, b) => ratio(a.n * b.d - b.n * a.d, a.d * b.d);
const mul = (a, b) => ratio(a.n * b.n, a.d * b.d);
const div = (a, b) => {
  if (b.n === 0n) throw new RangeError("division by zero");
  return ratio(a.n * b.d, a.d * b.n);
};
const lt = (a, b) => a.n * b.d < b.n * a.d;
const gt = (a, b) => lt(b, a);
const le = (a, b) => !lt(b, a);
const ge = (a, b) => !lt(a, b);
const same = (a, b) => (typeof a === "string" ? a === b : a.n === b.n && a.d === b.d);
const ZERO = ratio(0n), UNIT = ratio(1n);
const total = (values) => values.reduce(add, ZERO);
const product = (values) => values.reduce(mul, UNIT);
const largest = (values) => (values.length ? values.reduce((a, b) => (lt(a, b) ? b : a)) : ZERO);
const most = (rows, key) => rows.reduce((a, b) => (lt(key(a), key(b)) ? b : a));
const power = (base, exponent) => ratio(base.n ** exponent.n, base.d ** exponent.n);
const count_up = (last) => Array.from({ length: Number(last.n) }, (_, place) => ratio(BigInt(place + 1)));
const earlier = (rows, row) => rows.slice(0, rows.indexOf(row));

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i;
// The number that a text is, exactly; null where it is none.
const parsed = (text) => {
  const parts = text.trim().split("/");
  if (parts.length > 2) return null;
  const values = parts.map((part) => {
    const found = NUMBER.exec(part.trim());
    if (!found || !((found[2] ?? "") + (found[3] ?? ""))) return null;
    const behind = found[3] ?? "";
    const exponent = BigInt(found[4] ?? 0) - BigInt(behind.length);
    const digits = BigInt((found[2] ?? "") + behind) * (found[1] === "-" ? -1n : 1n);
    return exponent < 0n ? ratio(digits, 10n ** -exponent) : ratio(digits * 10n ** exponent);
  });
  if (values.includes(null)) return null;
  if (values.length === 1) return values[0];
  return values[1].n === 0n ? null : div(values[0], values[1]);
};
// So many digits behind the point, thousands apart; a tie goes to the even digit.
const rounded = (a, decimals) => {
  const n = a.n * 10n ** BigInt(decimals);
  let q = n / a.d;
  if (q * a.d > n) q -= 1n;
  const twice = 2n * (n - q * a.d);
  if (twice > a.d || (twice === a.d && q % 2n !== 0n)) q += 1n;
  const digits = (q < 0n ? -q : q).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return (q < 0n ? "-" : "") + whole + (decimals ? "." + digits.slice(digits.length - decimals) : "");
};
