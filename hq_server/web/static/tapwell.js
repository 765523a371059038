// Progressive extras only: every page works without this file.
"use strict";

// A block with data-refresh="<seconds>" is fetched anew from its own page and replaced in place.
function keepFresh(block) {
  const refresh = async () => {
    if (document.hidden || block.contains(document.activeElement)) return;
    const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(block.id);
    if (fresh) block.replaceChildren(...fresh.childNodes);
  };
  setInterval(refresh, Number(block.dataset.refresh) * 1000);
}

// "/" goes to the first search field of the page.
function slashFocuses(event) {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  const field = document.querySelector("input[type=search]");
  if (event.key !== "/" || typing || !field) return;
  event.preventDefault();
  field.focus();
}

// A choice marked data-submit sends its form at once.
function submitOnChoice(event) {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
}

// A button marked data-ask asks before it sends.
function askFirst(event) {
  const button = event.target.closest("button[data-ask]");
  if (button && !confirm(button.dataset.ask)) event.preventDefault();
}

document.querySelectorAll("[data-refresh]").forEach(keepFresh);
document.addEventListener("keydown", slashFocuses);
document.addEventListener("change", submitOnChoice);
document.addEventListener("click", askFirst);
