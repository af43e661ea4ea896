"use strict";

const POLL_MILLISECONDS = 1000;
const POLLS = 20;
const FIELDS = ["name", "email", "password", "organization_name"];
const byId = (id) => document.getElementById(id);

// Taken from `?token=` or, which servers never see, from `#token=`.
function tokenOfLink() {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  return query.get("token") || fragment.get("token") || "";
}

function showProblem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

function showFieldErrors(errors) {
  let first = null;
  for (const name of [...FIELDS, "again"]) {
    const input = byId(name);
    const reason = errors[name] || "";
    byId(`${name}-error`).textContent = reason.charAt(0).toUpperCase() + reason.slice(1);
    if (reason) {
      input.setAttribute("aria-invalid", "true");
      first = first || input;
    } else {
      input.removeAttribute("aria-invalid");
    }
  }
  if (first) first.focus();
  return first !== null;
}

function missing(values, again) {
  const errors = {};
  for (const name of FIELDS) {
    if (!values[name]) errors[name] = "Fill this in.";
  }
  if (values.password && values.password !== again) errors.again = "The two passwords differ.";
  return errors;
}

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await response.json().catch(() => ({}));
  return { ok: response.ok, content };
}

// A chat is open a moment after its agent is published, so the chats are asked for, not the agents.
async function openChat(token) {
  const response = await fetch("/api/webchat/accounts", { headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) return null;
  const { items = [] } = await response.json();
  return items[0] || null;
}

async function showChat(token) {
  const place = byId("chat");
  for (let poll = 0; poll < POLLS; poll += 1) {
    const chat = await openChat(token).catch(() => null);
    if (chat) {
      const link = document.createElement("a");
      link.href = `/chat/${encodeURIComponent(chat.slug)}`;
      link.textContent = `Chat with ${chat.name}`;
      place.replaceChildren(link);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  place.textContent = "The sample agent is not ready yet; its address appears on the start page.";
}

function showDone(answer) {
  history.replaceState(null, "", "/setup");
  byId("form-part").hidden = true;
  byId("done-part").hidden = false;
  byId("owner").textContent = answer.user.email;
  byId("title").textContent = "AgentHub is ready";
  byId("title").focus();
}

async function submit(event) {
  event.preventDefault();
  showProblem("");
  const values = {};
  for (const name of FIELDS) values[name] = name === "password" ? byId(name).value : byId(name).value.trim();
  if (showFieldErrors(missing(values, byId("again").value))) return;
  byId("submit").disabled = true;
  try {
    const { ok, content } = await post("/api/auth/setup", { token: tokenOfLink(), ...values });
    if (ok) {
      showDone(content);
      await showChat(content.access_token);
    } else if (!showFieldErrors(content.fields || {})) {
      showProblem([content.title, content.detail].filter(Boolean).join(": ") || "The server did not answer as expected.");
    }
  } catch {
    showProblem("The server cannot be reached. Check that it runs, then try again.");
  } finally {
    byId("submit").disabled = false;
  }
}

byId("form").addEventListener("submit", submit);
if (!tokenOfLink()) showProblem("Open this page by the link that the installation printed when it started.");
