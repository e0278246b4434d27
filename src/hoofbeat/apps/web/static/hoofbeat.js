/* What the page gains with script: suggestions while typing, answers without a reload, the drawing as a control.
   Nothing is kept: no storage, no cookie, no address changes. Without this file everything still works. */
"use strict";

(() => {
  const form = document.getElementById("case");
  if (!form) return;
  const byId = (id) => document.getElementById(id);
  let waiting = 0;

  const ask = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), 60);
  };

  /* a change of any field asks again; typing into the boxes does not */
  form.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.name || ["add", "note", "treat", "treat-response"].includes(field.name) || field.dataset.quiet !== undefined) return;
    if (field.type === "file") return;
    ask();
  });

  /* after an answer: fields say what the server understood, the slower half follows */
  const settle = () => {
    for (const field of form.elements) {
      if (field === document.activeElement && field.type === "text") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = field.hasAttribute("checked");
      else if (field.tagName === "SELECT") {
        const chosen = [...field.options].find((o) => o.hasAttribute("selected"));
        if (chosen) field.value = chosen.value;
      } else if (field.tagName === "INPUT" && field.type !== "file") field.value = field.getAttribute("value") || "";
    }
    const add = byId("add");
    if (add && add === document.activeElement) add.value = add.getAttribute("value") || "";
    close();
    const rest = byId("rest");
    if (rest && byId("differential")) window.htmx.trigger(rest, "answered");
    else if (rest) rest.replaceChildren();
    const pasted = byId("pasted");
    if (pasted && pasted !== settle.shown) pasted.focus();
    settle.shown = pasted;
  };
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail?.ctx?.target || event.target;
    if (!target || target.id !== "rest") settle();
  });

  /* what the server refuses is said in its words; the form stays as it was */
  document.addEventListener("htmx:before:response", async (event) => {
    const answer = event.detail.ctx.response;
    if (answer.status < 400) return;
    event.preventDefault();
    let told = { what: `The server gave no answer (${answer.status})`, remedy: "try again" };
    try { told = JSON.parse(await answer.raw.text()).error; } catch { /* not from this program */ }
    byId("said").textContent = `${told.what}: ${told.remedy || "change it"}. The form is as it was.`;
  });

  /* the list under the box: ARIA combobox with a list, focus stays in the box */
  let choices = [];
  let at = -1;
  let round = 0;
  let typing = 0;
  const list = () => byId("add-list");
  const close = () => {
    const box = byId("add");
    if (!box) return;
    list().hidden = true;
    choices = [];
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    at = place;
    [...list().children].forEach((row, n) => row.setAttribute("aria-selected", String(n === at)));
    const row = list().children[at];
    if (row) {
      byId("add").setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else byId("add").removeAttribute("aria-activedescendant");
  };
  const show = (found) => {
    choices = found;
    at = -1;
    list().replaceChildren(...found.map((choice, n) => {
      const row = document.createElement("li");
      row.id = `add-${n}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      row.append(choice.label);
      if (choice.note) {
        const note = document.createElement("small");
        note.textContent = choice.note;
        row.append(note);
      }
      return row;
    }));
    list().hidden = !found.length;
    byId("add").setAttribute("aria-expanded", String(found.length > 0));
  };
  const choose = (place) => {
    byId("pick").value = choices[place].value;
    close();
    form.requestSubmit();
    byId("pick").value = "";
  };
  const suggest = async () => {
    const words = byId("add").value.trim();
    const mine = ++round;
    if (words.length < 2) return close();
    try {
      const answer = await fetch("/suggest", { method: "POST", body: new URLSearchParams({ q: words }), headers: { accept: "application/json" } });
      if (mine === round && answer.ok && document.activeElement === byId("add")) show((await answer.json()).choices);
    } catch { close(); }
  };
  form.addEventListener("input", (event) => {
    if (event.target.id !== "add") return;
    clearTimeout(typing);
    typing = setTimeout(suggest, 90);
  });
  form.addEventListener("keydown", (event) => {
    if (event.target.id !== "add") return;
    const open = !list().hidden && choices.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) return void suggest();
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark((at + step + choices.length + (at < 0 && step < 0 ? 1 : 0)) % choices.length);
    } else if (event.key === "Enter" && open && at >= 0) {
      event.preventDefault();
      choose(at);
    } else if (event.key === "Enter") {
      ++round;
      clearTimeout(typing);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    }
  });
  form.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("#add-list [role=option]");
    if (!row) return;
    event.preventDefault();
    choose([...list().children].indexOf(row));
  });
  form.addEventListener("focusout", (event) => { if (event.target.id === "add") { ++round; close(); } });

  /* the drawing: a click says the next of not asked, there, spared in the list that belongs to it */
  form.addEventListener("click", (event) => {
    const site = event.target.closest?.(".describe .maps [data-site]");
    const box = site && byId(`site-${site.dataset.site}`);
    if (box) { box.selectedIndex = (box.selectedIndex + 1) % box.options.length; ask(); }
  });

  /* "/" leads to the box, unless something is being typed or it is switched off */
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]");
    if (event.key === "/" && !field && !event.ctrlKey && !event.metaKey && !event.altKey && !byId("shortcut-off")?.checked) {
      event.preventDefault();
      byId("add").focus();
    }
    /* arrows go from disease to disease */
    const name = event.target.closest?.(".diff .dname");
    if (name && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const names = [...document.querySelectorAll(".diff button.dname")];
      const next = names[names.indexOf(name) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    }
  });

  /* a file is read into the box for pasting; it is not sent as a file */
  form.addEventListener("change", async (event) => {
    if (event.target.id === "file" && event.target.files[0]) byId("note").value = await event.target.files[0].text();
  });

  /* text for the note goes to the clipboard where that is allowed; else it opens as a page */
  document.addEventListener("submit", async (event) => {
    if (event.target.id !== "take" || event.submitter?.id !== "as-text" || !navigator.clipboard) return;
    event.preventDefault();
    const answer = await fetch("/take/text", { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
    const said = byId("copied");
    try {
      await navigator.clipboard.writeText(await answer.text());
      said.textContent = "Copied. It can be pasted into the note.";
    } catch {
      said.textContent = "The browser does not allow copying; open the report instead.";
    }
  });
})();
