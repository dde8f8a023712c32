// Plays from a sentence on; a live call's page is brought up to date while it runs.
"use strict";

const EVERY_MS = 2000;

document.addEventListener("click", (event) => {
  const button = event.target.closest(".seek");
  const player = document.getElementById("player");
  if (!button || !player) return;
  player.currentTime = Number(button.dataset.at);
  player.play().catch(() => {});
});

async function refresh() {
  const shown = document.getElementById("call");
  if (!shown || !("live" in shown.dataset)) return;
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(EVERY_MS * 2) });
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok && next.getElementById("call");
    // What somebody has opened or selected stays as it is until the words change.
    if (fresh && fresh.innerHTML !== shown.dataset.was) {
      fresh.dataset.was = fresh.innerHTML;
      shown.replaceWith(fresh);
      document.querySelector(".call-title").replaceWith(next.querySelector(".call-title"));
    }
  } catch {
    // The server is away; the next round asks again.
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
