"use strict";
const TEXTS = {
  en: {
    title: "Forecourt (emulated pumps)", speed: "speed ", emergency: "Emergency stop", emergency_out: "Release emergency",
    litres: "litres", amount: "amount", price: "price/l", total: "totaliser, l", lift: "Lift", hang_up: "Hang up",
    squeeze: "Squeeze", release: "Let go", fill: "Fill", power_off: "Power off", power_on: "Power on", alarm: "Alarm",
    nozzle: "Nozzle", dispenser: "dispenser", hose: "hose", lost: "no connection to the emulator", live: "",
    keys: "Keys: 1–9 choose a nozzle · L lift or hang up · S squeeze or let go · F fill so many litres · P power · A alarm · E emergency stop",
    states: { not_programmed: "not programmed", reset: "ready to be authorised", authorised: "authorised", filling: "filling",
      done: "completed", max: "preset reached", off: "switched off", suspended: "suspended" },
    no_power: "no power", busy: "another hose of this dispenser is out", waits: "waiting to be authorised", go: "pull the lever",
    lifts: "may be lifted", alarm_is: "alarm ", other: "zh", other_name: "中文",
  },
  zh: {
    title: "加油现场（模拟加油机）", speed: "速度 ", emergency: "紧急停止", emergency_out: "解除紧急停止",
    litres: "升", amount: "金额", price: "单价/升", total: "累计升", lift: "提枪", hang_up: "挂枪",
    squeeze: "扣扳机", release: "松开", fill: "加油", power_off: "断电", power_on: "通电", alarm: "报警",
    nozzle: "油枪", dispenser: "加油机", hose: "枪", lost: "与模拟器断开", live: "",
    keys: "按键：1–9 选油枪 · L 提枪或挂枪 · S 扣扳机或松开 · F 加指定升数 · P 电源 · A 报警 · E 紧急停止",
    states: { not_programmed: "未设定", reset: "待授权", authorised: "已授权", filling: "加油中", done: "已完成",
      max: "已到预置量", off: "已关闭", suspended: "已暂停" },
    no_power: "无电", busy: "本机另一油枪已提起", waits: "等待授权", go: "请扣扳机", lifts: "可以提枪",
    alarm_is: "报警 ", other: "en", other_name: "English",
  },
};
const asked = new URLSearchParams(location.search).get("lang") || navigator.language;
let text = TEXTS[asked.startsWith("zh") ? "zh" : "en"], chosen = 1, latest = null;
const $ = (id) => document.getElementById(id);

function press(body) {
  return fetch("do", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

function say() {
  document.documentElement.lang = text === TEXTS.zh ? "zh" : "en";
  document.title = text.title;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text[element.dataset.text];
  $("language").textContent = text.other_name;
}

function cardOf(nozzle) {
  let card = $("nozzle" + nozzle.number);
  if (card) return card;
  card = $("card").content.firstElementChild.cloneNode(true);
  card.id = "nozzle" + nozzle.number;
  card.addEventListener("focusin", () => choose(nozzle.number));
  for (const button of card.querySelectorAll("[data-do]")) button.addEventListener("click", () => act(nozzle.number, button.dataset.do));
  $("nozzles").append(card);
  say();
  return card;
}

function act(number, what) {
  const nozzle = latest.nozzles[number - 1], card = $("nozzle" + number);
  if (what === "lift") press({ do: nozzle.lifted ? "hang_up" : "lift", nozzle: number });
  else if (what === "squeeze") press({ do: nozzle.squeezed ? "release" : "squeeze", nozzle: number });
  else if (what === "fill") press({ do: "fill", nozzle: number, ml: Math.round(1000 * card.querySelector(".litres").value) });
  else press({ do: what, dispenser: nozzle.address });
}

function choose(number) {
  chosen = number;
  for (const card of document.querySelectorAll("article")) card.classList.toggle("chosen", card.id === "nozzle" + number);
}

function stateOf(nozzle) {
  if (!nozzle.powered) return text.no_power;
  if (nozzle.busy && !nozzle.alarm) return "";
  return nozzle.alarm ? text.alarm_is + nozzle.alarm : text.states[nozzle.state];
}

function hintOf(nozzle) {
  if (!nozzle.powered || nozzle.halted) return "";
  if (nozzle.busy) return text.busy;
  if (nozzle.gives) return nozzle.squeezed ? "" : text.go;
  if (nozzle.lifted) return nozzle.state === "done" || nozzle.state === "max" ? "" : text.waits;
  return nozzle.state === "authorised" ? text.lifts : "";
}

function show(nozzle) {
  const card = cardOf(nozzle), set = (name, value) => { card.querySelector(name).textContent = value; };
  card.className = [nozzle.state, nozzle.alarm ? "alarmed" : "", nozzle.powered ? "" : "off", nozzle.number === chosen ? "chosen" : ""].join(" ");
  set(".number", text.nozzle + " " + nozzle.number);
  set(".where", text.dispenser + " " + nozzle.address.toString(16).toUpperCase() + ", " + text.hose + " " + nozzle.hose);
  set(".state", stateOf(nozzle));
  set(".ml", (nozzle.ml / 1000).toFixed(2));
  set(".cents", (nozzle.cents / 100).toFixed(2));
  set(".price", (nozzle.price_milli / 100000).toFixed(3));
  set(".total", (nozzle.total_ml / 1000).toFixed(2));
  set(".hint", hintOf(nozzle));
  const button = (what) => card.querySelector("[data-do=" + what + "]");
  button("lift").textContent = nozzle.lifted ? text.hang_up : text.lift;
  button("lift").disabled = nozzle.busy;
  button("squeeze").textContent = nozzle.squeezed ? text.release : text.squeeze;
  button("squeeze").disabled = button("fill").disabled = !nozzle.lifted;
  button("power").textContent = nozzle.powered ? text.power_off : text.power_on;
  button("alarm").setAttribute("aria-pressed", nozzle.alarm > 0);
}

function showAll() {
  if (!latest) return;
  latest.nozzles.forEach(show);
  $("speed").value = String(latest.speed);
  const halted = latest.nozzles.some((nozzle) => nozzle.halted);
  $("emergency").setAttribute("aria-pressed", halted);
  $("emergency").textContent = halted ? text.emergency_out : text.emergency;
}

const KEYS = { l: "lift", s: "squeeze", f: "fill", p: "power", a: "alarm" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || /INPUT|SELECT/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase();
  if (key >= "1" && key <= "9" && $("nozzle" + key)) $("nozzle" + key).focus();
  else if (key === "e") press({ do: "emergency" });
  else if (KEYS[key] && latest) act(chosen, KEYS[key]);
});
$("emergency").addEventListener("click", () => press({ do: "emergency" }));
$("speed").addEventListener("change", () => press({ do: "speed", speed: Number($("speed").value) }));
$("language").addEventListener("click", () => { text = TEXTS[text.other]; say(); showAll(); });

const events = new EventSource("events");
events.onmessage = (event) => { latest = JSON.parse(event.data); $("line").textContent = text.live; showAll(); };
events.onerror = () => { $("line").textContent = text.lost; };
say();
