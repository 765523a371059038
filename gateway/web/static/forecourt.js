// The forecourt page: draws what the stream says, sends commands. It decides nothing and keeps nothing.
"use strict";

const T = JSON.parse(document.body.dataset.texts);
const LANGUAGE = document.body.dataset.language;
const OLD_MS = 12000; // without a word for so long the page says that it is old
const START_MS = 8000; // a terminal that starts a nozzle has asked the store by then
const TRIES = 4; // of one command, with one id: the sale process does it once
let state = null;
let heardAt = 0;
const ordered = new Map(); // nozzle -> when its start was ordered
let onSubmit = null;
let stream = null;

const by = (id) => document.getElementById(id);

// ---- figures: whole numbers in, words out

function money(cents) {
  const digits = state ? state.exponent : 2;
  return (cents / 10 ** digits).toLocaleString(LANGUAGE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
const litres = (ml) => (ml / 1000).toLocaleString(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
function price(milli) {
  const digits = state.exponent;
  return (milli / 1000 / 10 ** digits).toLocaleString(LANGUAGE, { minimumFractionDigits: digits, maximumFractionDigits: digits + 1 });
}
const clock = (at_s) => new Date(at_s * 1000).toLocaleTimeString(LANGUAGE, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: state.timezone });
const words = (key, more = {}) => (T[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => more[name] ?? "");
const reason = (code) => T["reason." + code] ?? code;

// A figure that somebody typed, as a whole number of `digits` decimals; null if it is none.
function typed(text, digits) {
  const found = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim());
  if (!found || (found[2] ?? "").length > digits) return null;
  return Number(found[1] + (found[2] ?? "").padEnd(digits, "0"));
}

// ---- drawing

function el(tag, more = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(more)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((one) => one !== null && one !== ""));
  return made;
}

function button(text, does, kind = "", more = {}) {
  return el("button", { type: "button", class: kind, onclick: does, ...more }, text);
}

// Children of `box` follow `rows`: one per key, drawn anew only when its row has changed, so that focus stays.
function follow(box, rows, keyOf, draw, update = null) {
  const known = new Map([...box.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  [...box.children].filter((one) => !one.dataset.key).forEach((one) => one.remove());
  rows.forEach((row, at) => {
    const key = keyOf(row), now = JSON.stringify(row);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = draw(row);
      child.dataset.key = key;
    } else if (child.dataset.row !== now) {
      if (update) update(child, row);
      else child.replaceChildren(...draw(row).childNodes);
    }
    child.dataset.row = now;
    if (box.children[at] !== child) box.insertBefore(child, box.children[at] ?? null);
  });
  known.forEach((gone) => gone.remove());
}

function show() {
  const signedIn = state.me !== null;
  document.body.classList.toggle("signed-in", signedIn);
  by("name").textContent = state.name;
  by("stop-all").disabled = false;
  showBanners();
  showWho(signedIn);
  showShift(signedIn);
  showNozzles();
  showTodo(signedIn);
  showSales(signedIn);
}

function showBanners() {
  const told = [];
  if (Date.now() - heardAt > OLD_MS) told.push(["bad", T.page_away]);
  else if (state.gateway !== "up") told.push(["bad", T["gateway_" + state.gateway]]);
  if (state.nozzles.some((one) => one.stopped_all)) told.push(["bad", T.stopped_all, state.me && "resume_all"]);
  told.push(state.hq_up ? ["calm", T.hq_up] : ["warn", T.hq_away]);
  follow(by("banners"), told, (one) => one[1], ([kind, text, does]) =>
    el("p", { class: "banner " + kind }, text, does ? button(T[does], () => sendNow(does), "plain") : ""));
}

function once(box, key, draw) {
  if (box.dataset.now === key) return;
  box.dataset.now = key;
  box.replaceChildren(...draw());
}

function showWho(signedIn) {
  once(by("who"), JSON.stringify(state.me), () => signedIn
    ? [el("b", {}, state.me.name || state.me.operator), button(T.sign_out, () => sendNow("sign_off"), "link")]
    : [button(T.sign_in, signIn, "main", { id: "sign-in" })]);
}

function showShift(signedIn) {
  once(by("shift"), JSON.stringify([state.shift, state.last_shift, signedIn]), () => {
    if (!signedIn) return [];
    const last = state.last_shift
      ? el("a", { href: `/forecourt/shifts/${state.last_shift}?language=${LANGUAGE}` }, `${T.last_shift} ${state.last_shift}`) : "";
    if (!state.shift) return [el("span", { class: "none" }, T.no_shift), button(T.shift_open, openShift, "plain", { id: "shift-open" }), last];
    const opened = `${T.shift} ${state.shift.shift} · ${clock(state.shift.opened_s)} · ${state.shift.by}`;
    return [el("span", {}, opened), button(T.shift_close, closeShift, "plain", { id: "shift-close" }), last];
  });
}

// ---- pumps

const nozzleKey = (one) => `${one.terminal}/${one.n}`;

function showNozzles() {
  const box = by("nozzles");
  if (!state.nozzles.length) {
    once(box, "none", () => [el("p", { class: "empty" }, el("b", {}, T.no_nozzles), " ", T.no_nozzles_help)]);
    return;
  }
  delete box.dataset.now;
  const serves = state.me && state.gateway === "up";
  const several = new Set(state.nozzles.map((one) => one.terminal)).size > 1;
  const rows = state.nozzles.map((one) => ({ ...one, may: serves ? one.may : [], several }));
  follow(box, rows, nozzleKey, drawNozzle, updateNozzle);
}

// An order is said to the terminal; whether it was done is seen by the nozzle. One that stays free was not started.
function checkOrders() {
  for (const [key, at] of ordered) {
    const one = state.nozzles.find((row) => nozzleKey(row) === key);
    const late = Date.now() - at > START_MS;
    if (one?.state !== "free" || late) ordered.delete(key);
    if (one?.state === "free" && late) notice(words("not_started", { n: one.n }));
  }
}

function drawNozzle(one) {
  const card = el("article", { class: "nozzle", tabindex: "0" },
    el("header", {}, el("b", { class: "number" }), el("small", { class: "terminal" }), el("span", { class: "state" })),
    el("p", { class: "grade" }), el("p", { class: "person" }),
    el("div", { class: "figures" }, el("b", { class: "amount" }), el("span", { class: "volume" }), el("span", { class: "price" })),
    el("progress", { max: "1000" }), el("p", { class: "held" }), el("p", { class: "alarm" }), el("div", { class: "buttons" }));
  updateNozzle(card, one);
  return card;
}

function shownState(one) {
  if (!one.online) return "terminal_away";
  return one.stopped_all && one.state === "free" ? "stop_in_force" : one.state;
}

function updateNozzle(card, one) {
  const part = (name) => card.querySelector("." + name);
  const now = shownState(one);
  card.className = "nozzle " + now;
  card.setAttribute("aria-label", `${T.nozzle} ${one.n} ${one.grade} ${T[now]}`);
  part("number").textContent = one.n;
  part("terminal").textContent = one.several ? one.terminal.split("-")[1] : "";
  part("grade").textContent = one.grade;
  part("state").textContent = T[now] + (one.lifted && now === "free" ? " · " + T.lifted : "");
  part("person").textContent = one.kind ? T[one.kind] + (one.who ? " · " + one.who : "") : "\u00a0";
  part("amount").textContent = money(one.cents);
  part("volume").textContent = `${litres(one.ml)} ${T.litres}`;
  part("price").textContent = one.price_milli ? price(one.price_milli) + " " + T.per_litre : "";
  const held = card.querySelector("progress");
  held.hidden = !one.held_cents;
  held.value = one.held_cents ? Math.min(1000, Math.round((one.cents * 1000) / one.held_cents)) : 0;
  part("held").textContent = one.held_cents ? `${T.held} ${money(one.held_cents)}` : one.busy && one.online ? words("pump_busy", { n: one.busy }) : "";
  part("alarm").textContent = one.alarm ? `${T.alarm}: ${one.alarm}` : "";
  once(part("buttons"), one.may.join(), () => one.may.map((does) => button(T[does], () => doNozzle(does, one), does === "stop" ? "stop" : "plain", { "data-do": does })));
}

function doNozzle(does, one) {
  if (does !== "start") return sendNow(does, { terminal: one.terminal, nozzle: one.n });
  dialog(`${T.start_title} ${one.n} · ${one.grade}`, [
    el("fieldset", { class: "choices" }, el("legend", {}, T.start_how),
      choice("how", "full", T.start_full, true), choice("how", "amount", T.start_amount), choice("how", "volume", T.start_volume)),
    field("figure", T.amount, { inputmode: "decimal", hidden: true }),
  ], (values) => {
    const figure = values.how === "full" ? 0 : typed(values.figure, values.how === "amount" ? state.exponent : 3);
    if (figure === null || (values.how !== "full" && !figure)) return null;
    return ["start", { terminal: one.terminal, nozzle: one.n, cents: values.how === "amount" ? figure : 0, ml: values.how === "volume" ? figure : 0 }];
  }, () => ordered.set(nozzleKey(one), Date.now()));
  by("fields").addEventListener("change", () => {
    const how = by("form").elements.how.value;
    by("field-figure").hidden = how === "full";
    by("field-figure").firstChild.textContent = how === "volume" ? T.volume : T.amount;
    if (how !== "full") by("form").elements.figure.focus();
  });
}

// ---- what waits for somebody

function showTodo(signedIn) {
  const rows = [...state.waiting.map((one) => ["hold", one]), ...state.unpaid.map((one) => ["fill", one])];
  by("todo-count").textContent = rows.length || "";
  if (!signedIn || !rows.length) {
    once(by("todo"), String(signedIn), () => [el("p", { class: "empty" }, signedIn ? T.nothing_to_do : T.sign_in_to_see)]);
    return;
  }
  delete by("todo").dataset.now;
  follow(by("todo"), rows, ([kind, one]) => kind + (one.hold ?? one.fill), ([kind, one]) => (kind === "hold" ? drawHold(one) : drawFill(one)));
}

const place = (one) => `${one.terminal.split("-")[1]} · ${one.n}`;

function drawFill(one) {
  return el("article", { class: "task unpaid" },
    el("header", {}, el("b", {}, `${T.unpaid} .${one.fill}`), el("span", {}, clock(one.at_s))),
    el("p", { class: "big" }, money(one.cents)),
    el("p", {}, `${place(one)} · ${one.grade} · ${litres(one.ml)} ${T.litres} · ${price(one.price_milli)} ${T.per_litre} · ${one.who}`),
    el("p", { class: "advice" }, one.locked ? T.in_basket : words("unpaid_help", { code: "." + one.fill })),
    one.locked ? "" : el("div", { class: "buttons" },
      button(T.pay_cash, () => payCash(one), "main", { "data-do": "settle_cash" }), button(T.drive_off, () => driveOff(one), "plain", { "data-do": "drive_off" })));
}

const fact = (label, ml, cents) => [el("dt", {}, label), el("dd", {}, `${litres(ml)} ${T.litres} = ${money(cents)}`)];

function drawHold(one) {
  const read = (ml) => (ml === null ? T.not_read : `${litres(ml)} ${T.litres}`);
  return el("article", { class: "task suspended" },
    el("header", {}, el("b", {}, T.suspended), el("span", {}, one.since_s ? `${T.since} ${clock(one.since_s)}` : "")),
    el("p", {}, `${place(one)} · ${one.grade} · ${T[one.kind]} ${one.who} · ${T.held_is} ${money(one.held_cents)}`),
    el("dl", {}, el("dt", {}, `${T.totals} ${T.before}`), el("dd", {}, read(one.before_ml)),
      el("dt", {}, `${T.totals} ${T.now}`), el("dd", {}, read(one.now_ml)),
      ...(one.flowed_ml === null ? [] : fact(T.flowed, one.flowed_ml, one.flowed_cents)),
      ...(one.last_ml === null ? [] : fact(T.last_shown, one.last_ml, one.last_cents))),
    el("p", { class: "advice" }, T["advice_" + one.advice]),
    el("div", { class: "buttons" }, button(T.close_hold, () => closeHold(one), "plain", { "data-do": "close_hold" })));
}

function payCash(one) {
  dialog(`${T.pay_title} · .${one.fill}`, [
    el("p", { class: "big" }, `${T.to_pay} ${money(one.cents)}`),
    field("received", T.received, { inputmode: "decimal" }), el("p", { class: "change", id: "change" }, "\u00a0"),
  ], (values) => {
    const received = values.received.trim() === "" ? one.cents : typed(values.received, state.exponent);
    if (received === null) return null;
    return received < one.cents ? T.too_little : ["settle_cash", { fill: one.fill, cents: one.cents }];
  });
  by("fields").addEventListener("input", (event) => {
    const received = typed(event.target.value, state.exponent);
    by("change").textContent = received !== null && received >= one.cents ? `${T.change} ${money(received - one.cents)}` : "\u00a0";
  });
}

const secondPerson = () => [el("p", { class: "advice" }, T.second_wanted), field("second", T.second, { inputmode: "numeric" }),
  field("second_pin", T.second_pin, { type: "password", inputmode: "numeric" })];
const agreed = (values) => (values.second && values.second_pin ? { second: values.second, second_pin: values.second_pin } : null);

function driveOff(one) {
  dialog(T.drive_off_title, [
    el("p", { class: "big" }, `.${one.fill} · ${money(one.cents)}`), el("p", {}, T.drive_off_help), ...secondPerson(),
  ], (values) => agreed(values) && ["drive_off", { fill: one.fill, ...agreed(values) }]);
}

function closeHold(one) {
  const flowed = one.flowed_ml > 0 ? String(one.flowed_ml / 1000) : "";  // what was shown last is no proof
  dialog(T.close_hold_title, [
    el("p", {}, `${place(one)} · ${one.grade} · ${T.held_is} ${money(one.held_cents)}`), el("p", { class: "advice" }, T.close_hold_help),
    field("volume", T.volume, { inputmode: "decimal", value: flowed }), ...secondPerson(),
  ], (values) => {
    const ml = typed(values.volume, 3);
    return ml === null || !agreed(values) ? null : ["close_hold", { hold: one.hold, ml, cents: 0, ...agreed(values) }];
  });
}

// ---- last sales

function showSales(signedIn) {
  if (!signedIn || !state.sales.length) {
    once(by("sales"), String(signedIn), () => [el("p", { class: "empty" }, signedIn ? T.no_sales : "")]);
    return;
  }
  delete by("sales").dataset.now;
  follow(by("sales"), state.sales, (one) => `${one.kind}${one.receipt}.${one.fill}`, drawSale);
}

function drawSale(one) {
  const name = one.kind === "drive_off" ? T.drove_off : `${T.receipt} ${one.receipt}`;
  const facts = [
    [T.grade, `${one.grade}${one.n ? ` · ${place(one)}` : ""}`], [T.volume, `${litres(one.ml)} × ${price(one.price_milli)}`],
    [T.paid_by, one.tenders.map(([tender, cents]) => `${T[tender]} ${money(cents)}`).join(", ") || "–"],
    ...(one.saved_cents ? [[T.saved, money(one.saved_cents)]] : []), ...(one.earned ? [[T.earned, String(one.earned)]] : []),
    ...(one.after_ml ? [[T.totals, `${litres(one.before_ml)} → ${litres(one.after_ml)} ${T.litres}`]] : []),
    ...(one.offline ? [["", T.offline]] : []),
  ];
  return el("details", { class: "sale" },
    el("summary", {}, el("span", { class: "time" }, clock(one.at_s)), el("span", { class: "what" }, name, one.who ? ` · ${one.who}` : ""),
      el("span", { class: "ml" }, `${litres(one.ml)} ${T.litres}`), el("b", {}, money(one.cents))),
    el("dl", {}, ...facts.flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, text)])));
}

// ---- shifts

function openShift() {
  dialog(T.shift_open_title, [field("cash", T.drawer_cash, { inputmode: "decimal", value: "0" })], (values) => {
    const cents = typed(values.cash, state.exponent);
    return cents === null ? null : ["shift_open", { cash_cents: cents }];
  });
}

function closeShift() {
  const nozzles = state.nozzles;
  dialog(T.shift_close_title, [
    field("cash", T.counted_cash, { inputmode: "decimal" }),
    el("details", { class: "tests" }, el("summary", {}, T.tests),
      ...nozzles.map((one, at) => field("test" + at, `${place(one)} ${one.grade}`, { inputmode: "decimal", value: "" }))),
  ], (values) => {
    const cents = typed(values.cash, state.exponent);
    const tests = nozzles.map((one, at) => ({ terminal: one.terminal, nozzle: one.n, ml: typed(values["test" + at] || "0", 3) }));
    if (cents === null || tests.some((one) => one.ml === null)) return null;
    return ["shift_close", { counted_cents: cents, tests: tests.filter((one) => one.ml > 0) }];
  }, (told) => { location.href = `/forecourt/shifts/${told.fuel_shift}?language=${LANGUAGE}`; });
}

// ---- dialogs and commands

function field(name, label, more = {}) {
  const { hidden, ...own } = more;
  return el("label", { id: "field-" + name, hidden: Boolean(hidden) }, label, el("input", { name, autocomplete: "off", ...own }));
}

function choice(name, value, text, checked = false) {
  return el("label", { class: "choice" }, el("input", { type: "radio", name, value, checked }), text);
}

// `read(values)` gives [command, its fields], a text that says what is wrong, or null for figures that are none.
function dialog(title, fields, read, then = () => {}) {
  by("dialog-title").textContent = title;
  const box = el("div", { id: "fields" }, ...fields);
  by("fields").replaceWith(box);
  by("problem").textContent = "";
  setBusy(false);
  let id = newId(); // made before anything is sent: whoever presses twice has asked once
  onSubmit = async () => {
    const found = read(Object.fromEntries(new FormData(by("form"))));
    if (!Array.isArray(found)) return void (by("problem").textContent = found ?? reason("malformed"));
    setBusy(true);
    const told = await send(found[0], found[1], id, (text) => (by("problem").textContent = text));
    setBusy(false);
    if (told.ok) {
      by("dialog").close();
      return void then(told);
    }
    by("problem").textContent = reason(told.reason);
    if (told.reason !== "no_answer") id = newId(); // that request has its answer for good: another try is another one
  };
  by("dialog").showModal();
  const first = box.querySelector("label:not([hidden]) > input");
  first?.focus();
  if (first?.type === "text") first.select();
}

function setBusy(busy) {
  by("confirm").disabled = busy;
  by("confirm").textContent = busy ? T.working : T.do_it;
}

function signIn() {
  dialog(T.sign_in, [field("operator", T.operator, { inputmode: "numeric" }), field("pin", T.pin, { type: "password", inputmode: "numeric" })],
    (values) => (values.operator && values.pin ? ["sign_on", { operator: values.operator, pin: values.pin }] : null), listen);
}

const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

async function sendNow(does, more = {}) {
  const told = await send(does, more, newId(), () => {});
  if (!told.ok) notice(reason(told.reason));
}

function notice(text) {
  const box = el("p", { class: "banner bad", role: "alert" }, text);
  document.body.insertBefore(box, document.querySelector("main"));
  setTimeout(() => box.remove(), 6000);
}

// One command, asked again with the same id while no answer comes.
async function send(does, more, id, say) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const told = await post({ id, do: does, ...more });
    if (told) {
      if (told.ok || told.reason === "not_signed_on") refresh();
      if (told.reason !== "no_answer") return told;
    }
    say(T.again);
    await new Promise((done) => setTimeout(done, 500));
  }
  return { ok: false, reason: "no_answer" };
}

async function post(command) {
  const headers = { "Content-Type": "application/json", "X-Csrf": state?.csrf ?? "" };
  try {
    return await (await fetch("/forecourt/do", { method: "POST", headers, body: JSON.stringify(command) })).json();
  } catch {
    return null;
  }
}

// ---- staying current

function take(told) {
  state = told;
  heardAt = Date.now();
  show();
}

async function refresh() {
  const answer = await fetch(`/forecourt/state?language=${LANGUAGE}`).catch(() => null);
  if (answer?.ok) take(await answer.json());
}

// A stream knows who asked for it, so signing in begins another one.
function listen() {
  stream?.close();
  const mine = (stream = new EventSource(`/forecourt/stream?language=${LANGUAGE}`));
  mine.onmessage = (event) => mine === stream && take(JSON.parse(event.data));
  mine.onerror = () => {
    if (mine !== stream || mine.readyState !== EventSource.CLOSED) return; // it dials again by itself
    refresh(); // all streams are taken: ask by hand until one is free
    setTimeout(() => mine === stream && listen(), 2000);
  };
}

// 1 to 9 go to a nozzle, unless somebody types.
function keys(event) {
  if (event.target.matches("input") || by("dialog").open || event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[1-9]$/.test(event.key)) by("nozzles").children[Number(event.key) - 1]?.focus();
}

by("form").addEventListener("submit", (event) => {
  event.preventDefault();
  onSubmit?.();
});
by("cancel").addEventListener("click", () => by("dialog").close());
document.querySelectorAll(".emergency").forEach((one) => one.addEventListener("click", () => sendNow("stop_all")));
document.addEventListener("keydown", keys);
setInterval(() => {
  if (!state) return;
  showBanners();
  checkOrders();
}, 1000);
listen();
