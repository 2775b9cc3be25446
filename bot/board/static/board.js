"use strict";

// Times are written in UTC; here they become the reader's own. Without this script the page says UTC.
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dated = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function localTimes() {
  const zone = full.resolvedOptions().timeZone;
  document.querySelector(".zone").textContent = `Times are in your zone, ${zone}.`;
  const now = new Date();
  for (const time of document.querySelectorAll("time[datetime*=T]")) { // a day of the calendar is the same everywhere
    const at = new Date(time.dateTime);
    time.title = full.format(at);
    if (time.classList.contains("ago")) continue;
    const date = at.getFullYear() === now.getFullYear() ? day.format(at) : dated.format(at);
    time.textContent = at.toDateString() === now.toDateString() ? clock.format(at) : `${date}, ${clock.format(at)}`;
  }
}

// A page left open renews itself in place, so that a restart of the bot never leaves a desk with an error page.
let fresh = new Date();

async function renew() {
  const busy = document.querySelector("main:focus-within") || !document.getSelection().isCollapsed;
  if (document.hidden || busy) return;
  const stale = document.querySelector(".stale");
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["main", ".state", "footer"]) {
      document.querySelector(part).replaceWith(page.querySelector(part));
    }
    document.title = page.title;
    localTimes();
    fresh = new Date();
    stale.hidden = true;
  } catch {
    stale.textContent = `Not renewed since ${clock.format(fresh)}: Tradewire does not answer. Trying again.`;
    stale.hidden = false;
  }
}

localTimes();
const every = Number(document.body.dataset.refresh);
if (every) {
  setInterval(renew, every * 1000);
  document.addEventListener("visibilitychange", renew);
}
