// Keeps the page as new as the database: the stream says that something changed, then the page is
// fetched again and what differs is taken over. Rows stay the same elements, so that focus,
// selection and place are kept. Without this file the page is the same, only not by itself.
"use strict";

(() => {
  const RELATIVE_TIMES_AGE_MS = 30_000;
  const REOPEN_MS = 5_000;
  const sign = document.getElementById("live");
  const main = document.getElementById("main");
  let stream = null;
  let loading = false;
  let again = false;

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
        sync(main, fresh);
      } else {
        say("not up to date", "warning");
      }
      if (again) refresh();
    });
    request.send();
  }

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

  function syncChildren(old, fresh) {
    const known = new Map([...old.children].filter(key).map((child) => [key(child), child]));
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const wanted = key(next);
      const fits = at && !key(at) && at.nodeName === next.nodeName;
      const same = wanted ? known.get(wanted) : fits && at;
      if (!same) {
        if (wanted) next.classList.add("fresh");
        old.insertBefore(next, at);
      } else {
        if (same === at) at = at.nextSibling;
        else old.insertBefore(same, at);
        sync(same, next);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  setInterval(() => stream && !document.hidden && refresh(), RELATIVE_TIMES_AGE_MS);
  open();
})();
