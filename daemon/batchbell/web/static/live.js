// Keeps the page as new as the database: the stream says that something changed, then the page is
// asked for what differs, and that is taken over. Rows stay the same elements, so that focus,
// selection and place are kept. Without this file the page is the same, only not by itself.
"use strict";

(() => {
  const RELATIVE_TIMES_AGE_MS = 30_000;
  const REOPEN_MS = 5_000;
  // Changes that come thick and fast are taken over together.
  const LEAST_BETWEEN_MS = 3_000;
  // Nobody reads a board that nobody touches: what is new may push there.
  const UNTOUCHED_MS = 60_000;
  const sign = document.getElementById("live");
  const main = document.getElementById("main");
  const news = document.getElementById("news");
  let stream = null;
  let timer = null;
  let loading = false;
  let again = false;
  // What was asked for last could not be had: the page is not what the stream speaks of.
  let stale = false;
  let notBefore = 0;
  let touched = performance.now();
  let wanted = false;
  // Elements that the server takes for shown, by their names.
  let waiting = new Map();

  function say(words, state) {
    if (sign.textContent !== words) sign.textContent = words;
    sign.className = `freshness ${state}`;
  }

  function sayHowNew() {
    if (stale) say("not up to date", "warning");
    else say("live", "success");
  }

  function open() {
    if (stream || document.hidden) return;
    stream = new EventSource(sign.dataset.stream);
    stream.addEventListener("version", (event) => {
      sayHowNew();
      if (event.data !== main.dataset.version) refresh();
    });
    stream.addEventListener("error", () => {
      say("not connected", "warning");
      // It reconnects by itself, unless the answer was not a stream at all.
      if (stream && stream.readyState === EventSource.CLOSED) {
        close();
        setTimeout(open, REOPEN_MS);
      }
    });
  }

  // A browser allows few connections to one host: a page nobody sees holds none.
  function close() {
    if (stream) stream.close();
    stream = null;
  }

  function refresh() {
    again = loading;
    if (loading || timer) return;
    timer = setTimeout(load, Math.max(notBefore - performance.now(), 0));
  }

  function load() {
    timer = null;
    loading = true;
    notBefore = performance.now() + LEAST_BETWEEN_MS;
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.setRequestHeader("Batchbell-Shown", main.dataset.state);
    request.responseType = "document";
    request.addEventListener("loadend", () => {
      loading = false;
      const fresh = request.status === 200 && request.response.getElementById("main");
      stale = !fresh;
      if (fresh) {
        takeOver(fresh, request.response.title);
      } else {
        sayHowNew();
        const pause = Number(request.getResponseHeader("Retry-After")) * 1000;
        notBefore = performance.now() + (pause || REOPEN_MS);
        again = true;
      }
      if (again) refresh();
    });
    request.send();
  }

  // What the server says is in UTC; its reader sees it by his own clock, with his zone's name.
  // English has a short name for a zone where it is used, and elsewhere "GMT+1".
  const ENGLISH = ["en-GB", "en-US", "en-CA", "en-AU", "en-NZ", "en-IN", "en-ZA"];
  const IN_UTC =
    /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)(?:( to |-)(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d))?(\s)UTC/g;
  const byHisClock = new Intl.DateTimeFormat("sv-SE", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  const namingZone = ENGLISH.map(
    (english) => new Intl.DateTimeFormat(english, { timeZoneName: "short" }),
  );
  const isElsewhere = !/^(Etc\/)?(UTC|UCT|Universal|Zulu)$/.test(
    byHisClock.resolvedOptions().timeZone,
  );

  function zoneName(at) {
    const names = namingZone.map(
      (english) => english.formatToParts(at).find(({ type }) => type === "timeZoneName").value,
    );
    return names.find((name) => !/^(GMT|UTC)[+-]/.test(name)) || names[0];
  }

  function inHisZone(text) {
    return text.replace(IN_UTC, (whole, day, time, until, lastDay, lastTime, gap) => {
      const today = new Date().toISOString().slice(0, 10);
      const at = [
        [day, time],
        [lastDay, lastTime],
      ].filter(([, clock]) => clock);
      // One without a day is near: the zone is what it is today.
      const moments = at.map(([date, clock]) => new Date(`${date || today}T${clock}Z`));
      const shown = moments.map((moment, n) => {
        const local = byHisClock.format(moment);
        return at[n][0] ? local : local.slice(-5);
      });
      return `${shown.join(until)}${gap}${zoneName(moments.at(-1))}`;
    });
  }

  function localize(root) {
    if (!isElsewhere) return;
    for (const element of root.querySelectorAll("time, [data-zoned]")) {
      if (element.nodeName === "TIME") element.title = element.textContent;
      const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const { data } = texts.currentNode;
        if (data.includes("UTC")) texts.currentNode.data = inHisZone(data);
      }
    }
    for (const drawing of root.querySelectorAll("svg[aria-label]")) {
      drawing.setAttribute("aria-label", inHisZone(drawing.getAttribute("aria-label")));
    }
    for (const tick of root.querySelectorAll("text.tick")) {
      const atUtc = /^(\d\d:\d\d)(?=$|:)/;
      tick.textContent = tick.textContent.replace(atUtc, (clock) =>
        inHisZone(`${clock} UTC`).slice(0, 5),
      );
    }
    for (const zone of root.querySelectorAll("[data-zone]")) {
      zone.textContent = zoneName(new Date());
    }
  }

  function takeOver(fresh, title) {
    localize(fresh);
    if (!settle(fresh)) {
      // Nothing is known any more: the next answer is whole.
      main.dataset.state = "";
      waiting = new Map();
      again = true;
      return;
    }
    document.title = title;
    hold(fresh);
    sync(main, fresh);
    if (stream && stream.readyState === EventSource.OPEN) sayHowNew();
  }

  function key(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || "" : "";
  }

  function name(part) {
    return `${part.parentNode.dataset.list} ${key(part)}`;
  }

  function parts(root) {
    return root.querySelectorAll("[data-list] > [data-key]");
  }

  // Puts what waits where only its key was sent; says whether all the others are shown.
  function settle(fresh) {
    const shown = new Set([...parts(main)].map(name));
    for (const part of parts(fresh)) {
      if (part.nodeName !== "TEMPLATE") continue;
      const kept = waiting.get(name(part));
      if (kept) part.replaceWith(kept);
      else if (!shown.has(name(part))) return false;
    }
    return true;
  }

  // What is new would push down what somebody reads: it waits above that until it is asked for.
  function hold(fresh) {
    const isUntouched = performance.now() - touched > UNTOUCHED_MS;
    const lists = [fresh, ...fresh.querySelectorAll("[data-list]")];
    const held = lists.filter(
      ({ dataset }) => "waits" in dataset && !wanted && !(isUntouched && dataset.waits === "board"),
    );
    waiting = new Map();
    wanted = false;
    for (const list of held) keepPlaces(list, fresh);
    const count = held.reduce((sum, list) => sum + keepBack(list), 0);
    news.textContent = `${count} new`;
    news.hidden = count === 0;
  }

  function shownList(list) {
    return list.id === main.id ? main : main.querySelector(`[data-list="${list.dataset.list}"]`);
  }

  // Leaves what has gone to another list where it is read, as it is now.
  function keepPlaces(list, fresh) {
    const shown = shownList(list);
    if (!shown) return;
    const coming = new Map([...list.children].filter(key).map((child) => [key(child), child]));
    let before = null;
    for (const row of [...shown.children].filter(key)) {
      const found = coming.get(key(row)) || moved(row, list, fresh);
      if (found && !coming.has(key(row))) {
        row.style.minHeight = `${row.offsetHeight}px`;
        list.insertBefore(found, before ? before.nextSibling : list.firstChild);
      }
      before = found || before;
    }
  }

  function moved(row, list, fresh) {
    if (row.getBoundingClientRect().top >= innerHeight) return null;
    const elsewhere = [...parts(fresh), ...parts(main)].find(
      (part) =>
        key(part) === key(row) &&
        part.nodeName !== "TEMPLATE" &&
        part.parentNode.dataset.list !== list.dataset.list,
    );
    return elsewhere ? elsewhere.cloneNode(true) : null;
  }

  // Takes what would push something in the window out of a list; returns how many rows that is.
  function keepBack(list) {
    const shown = shownList(list);
    const old = new Map([...(shown ? shown.children : [])].map((child) => [key(child), child]));
    const coming = [...list.children].filter(key);
    // Of a list that is all new nothing is being read.
    if (!coming.some((part) => old.has(key(part)))) return 0;
    let edge = shown.getBoundingClientRect().bottom;
    let count = 0;
    for (const part of coming.reverse()) {
      const same = old.get(key(part));
      if (same) {
        edge = same.getBoundingClientRect().top;
      } else if (edge < innerHeight) {
        for (const inner of [part, ...parts(part)]) waiting.set(name(inner), inner);
        count += part.querySelectorAll(".row").length || 1;
        part.remove();
      }
    }
    return count;
  }

  news.addEventListener("click", () => {
    wanted = true;
    scrollTo(0, 0);
    refreshAtOnce();
  });

  function refreshAtOnce() {
    clearTimeout(timer);
    timer = null;
    notBefore = 0;
    refresh();
  }

  function sync(old, fresh) {
    if (fresh.nodeName === "TEMPLATE") return;
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name: attribute } of [...old.attributes]) {
      // What somebody has opened stays open, and what has a height keeps it.
      if (fresh.hasAttribute(attribute) || ["open", "style"].includes(attribute)) continue;
      old.removeAttribute(attribute);
    }
    for (const { name: attribute, value } of fresh.attributes) {
      if (old.getAttribute(attribute) !== value) old.setAttribute(attribute, value);
    }
    syncChildren(old, fresh);
  }

  // An element that is moved loses focus and selection, unless the browser knows how to move it.
  function place(parent, node, before) {
    if (parent.moveBefore && node.parentNode === parent) parent.moveBefore(node, before);
    else parent.insertBefore(node, before);
  }

  function isHeld(node) {
    return node.contains(document.activeElement) || node.contains(getSelection().anchorNode);
  }

  function followingKey(node) {
    let next = node.nextSibling;
    while (next && !key(next)) next = next.nextSibling;
    return next;
  }

  // First what is gone goes and then what is early steps back, so that what stays stays in place.
  function syncChildren(old, fresh) {
    const wantedKeys = new Set([...fresh.children].map(key).filter(Boolean));
    for (const child of [...old.childNodes]) {
      if (key(child) && !wantedKeys.has(key(child))) child.remove();
    }
    const known = new Map([...old.children].filter(key).map((child) => [key(child), child]));
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const coming = key(next);
      const same = known.get(coming);
      if (same) {
        while (at && !key(at)) at = dropped(at);
        if (at && at !== same && !isHeld(at) && followingKey(at) === same) {
          place(old, at, null);
          at = same;
        }
        if (at === same) at = at.nextSibling;
        else place(old, same, at);
        sync(same, next);
      } else if (!coming && at && !key(at) && at.nodeName === next.nodeName) {
        const fitting = at;
        at = at.nextSibling;
        sync(fitting, next);
      } else {
        if (coming) next.classList.add("fresh");
        old.insertBefore(next, at);
      }
    }
    while (at) at = dropped(at);
  }

  function dropped(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  for (const kind of ["pointermove", "pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, () => (touched = performance.now()), { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      // Who comes back reads anew.
      wanted = true;
      refreshAtOnce();
      open();
    }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  setInterval(() => stream && !document.hidden && refresh(), RELATIVE_TIMES_AGE_MS);
  localize(document);
  open();
})();
