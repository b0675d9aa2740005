// The queue for those who work it all day: ages and counts that stay true, and keys. Nothing here
// is needed: links, boxes and buttons do the same.
(() => {
  "use strict";
  const list = document.querySelector("[data-list]");
  if (!list) return;

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(list.dataset.list, { headers: { accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return;
      const now = await answer.json();
      for (const spot of document.querySelectorAll("[data-live]")) {
        const [text, tone] = now[spot.dataset.live] || [];
        if (text !== undefined && spot.textContent !== text) spot.textContent = text;
        if (tone !== undefined) spot.className = tone;
      }
    } catch {
      // Away for a moment: the next time will tell.
    }
  };
  setInterval(refresh, 60000);
  document.addEventListener("visibilitychange", refresh);

  const help = document.getElementById("shortcuts");
  if (!help) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const link = (row) => row.querySelector("th a");
  const here = () => rows.indexOf(document.activeElement.closest("[data-row]"));
  let last = -1;
  const go = (to) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) link(row).focus();
  };
  list.addEventListener("focusin", () => {
    last = here();
    rows.forEach((row, at) => row.classList.toggle("current", at === last));
  });
  const current = () => rows[here() < 0 ? last : here()];
  const box = (row) => row && row.querySelector("input[type=checkbox]");
  const take = () => {
    const mine = document.querySelector("#assignee [data-me]");
    const one = box(current());
    if (!mine || !one) return;
    for (const other of list.querySelectorAll("input[type=checkbox]")) other.checked = other === one;
    mine.selected = true;
    one.form.requestSubmit();
  };
  const deeds = {
    j: () => go(here() < 0 ? last + (last < 0 ? 1 : 0) : here() + 1),
    k: () => go(here() < 0 ? last : here() - 1),
    o: () => current() && link(current()).click(),
    s: () => { const one = box(current()); if (one) one.checked = !one.checked; },
    e: take,
    "/": () => document.getElementById("q").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    // Whoever types means letters, and whoever holds a modifier means the browser.
    const typing = target.isContentEditable || target.closest("select, textarea, input:not([type=checkbox])");
    if (typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (help.open) {
      if (key === "?") { event.preventDefault(); help.close(); }
      return;
    }
    const deed = Object.hasOwn(deeds, key) && deeds[key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
})();
