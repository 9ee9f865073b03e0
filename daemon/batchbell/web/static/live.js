// Keeps the page as new as the database: the stream says that something changed, then the page is
// fetched again and what differs is taken over. Rows stay the same elements, so that focus,
// selection and place are kept. Without this file the page is the same, only not by itself.
"use strict";

(() => {
  const RELATIVE_TIMES_AGE_MS = 30_000;
  const REOPEN_MS = 5_000;
  const sign = document.getElementById("live");
  const main = document.getElementById("main");
  const news = document.getElementById("news");
  let stream = null;
  let loading = false;
  let again = false;
  let wanted = false;

  function say(words, state) {
    if (sign.textContent !== words) sign.textContent = words;
    sign.className = `freshness ${state}`;
  }

  function open() {
    if (stream || document.hidden) return;
    stream = new EventSource(sign.dataset.stream);
    stream.addEventListener("version", (event) => {
      say("live", "success");
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
    if (loading) return;
    loading = true;
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.addEventListener("loadend", () => {
      loading = false;
      const fresh = request.status === 200 && request.response.getElementById("main");
      if (fresh) {
        document.title = request.response.title;
        hold(fresh);
        sync(main, fresh);
        if (stream && stream.readyState === EventSource.OPEN) say("live", "success");
      } else {
        say("not up to date", "warning");
      }
      if (again) refresh();
    });
    request.send();
  }

  // New rows would push down what somebody reads: they wait above it until they are asked for.
  function hold(fresh) {
    let count = 0;
    for (const list of fresh.querySelectorAll("ol[data-news]")) {
      const shown = main.querySelector(`ol[data-news="${list.dataset.news}"]`);
      const known = new Set([...(shown ? shown.children : [])].map(key));
      const rows = [...list.children];
      const first = rows.findIndex((row) => known.has(key(row)));
      if (wanted || first < 1) continue;
      for (const row of rows.slice(0, first)) row.remove();
      count += first;
    }
    wanted = false;
    news.textContent = `${count} new`;
    news.hidden = count === 0;
  }

  news.addEventListener("click", () => {
    wanted = true;
    scrollTo(0, 0);
    refresh();
  });

  function key(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || "" : "";
  }

  function sync(old, fresh) {
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes]) {
      // What somebody has opened stays open.
      if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
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
      const wanted = key(next);
      const same = known.get(wanted);
      if (same) {
        while (at && !key(at)) at = dropped(at);
        if (at && at !== same && !isHeld(at) && followingKey(at) === same) {
          place(old, at, null);
          at = same;
        }
        if (at === same) at = at.nextSibling;
        else place(old, same, at);
        sync(same, next);
      } else if (!wanted && at && !key(at) && at.nodeName === next.nodeName) {
        const fitting = at;
        at = at.nextSibling;
        sync(fitting, next);
      } else {
        if (wanted) next.classList.add("fresh");
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

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  setInterval(() => stream && !document.hidden && refresh(), RELATIVE_TIMES_AGE_MS);
  open();
})();
