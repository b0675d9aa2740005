// Says on a page that stays open who else looks at it now. Without scripts the page says it as of
// when it was loaded.
(() => {
  "use strict";
  const line = document.querySelector("[data-poll]");
  if (!line) return;
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(line.dataset.poll, { headers: { accept: "text/plain" }, redirect: "error" });
      const text = answer.ok ? await answer.text() : "";
      if (line.textContent !== text) line.textContent = text;
    } catch {
      // Away for a moment: the next time will tell.
    }
  };
  setInterval(ask, 30000);
  document.addEventListener("visibilitychange", ask);
})();
