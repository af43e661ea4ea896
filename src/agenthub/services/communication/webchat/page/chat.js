// The chat page: keeps what the visitor writes until the server has it, and shows each event once.
const slug = decodeURIComponent(location.pathname.split("/")[2]);
const storageKey = `agenthub:chat:${slug}`;
const element = (id) => document.getElementById(id);
const messages = element("messages");
const shown = new Map();

// crypto.randomUUID exists only on secure origins; this exists on all.
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const kept = () => JSON.parse(localStorage.getItem(storageKey) ?? "null");
const keep = (session) => localStorage.setItem(storageKey, JSON.stringify(session));

let session = kept();
let seen = 0;
let socket = null;
let attempts = 0;

async function arrive() {
  const response = await fetch("/api/webchat/visitor/sessions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ chat: slug, locale: navigator.language }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  session = { ...answer, outbox: [] };
  keep(session);
}

function introduce() {
  document.title = session.name;
  element("name").textContent = session.name;
  if (session.greeting) line("greeting", "agent", session.greeting);
  const group = element("suggestions");
  group.replaceChildren(...session.suggestions.map((question) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = question;
    button.addEventListener("click", () => send(question));
    return button;
  }));
  group.hidden = session.suggestions.length === 0;
}

function line(key, author, text, citations = []) {
  let item = shown.get(key);
  if (!item) {
    item = document.createElement("li");
    item.className = author;
    shown.set(key, item);
    messages.append(item);
  }
  item.replaceChildren(...words(text, key, citations));
  if (citations.length) item.append(sources(key, citations));
  item.scrollIntoView({ block: "end" });
  return item;
}

function words(text, key, citations) {
  const known = new Set(citations.map((citation) => citation.number));
  return text.split(/(\[\d+\])/).filter(Boolean).map((part) => {
    const number = /^\[(\d+)\]$/.exec(part)?.[1];
    if (!number || !known.has(Number(number))) return document.createTextNode(part);
    const mark = document.createElement("button");
    mark.type = "button";
    mark.className = "mark";
    mark.textContent = number;
    mark.setAttribute("aria-label", `Source ${number}`);
    mark.addEventListener("click", () => reveal(key, number));
    return mark;
  });
}

function sources(key, citations) {
  const details = document.createElement("details");
  details.className = "sources";
  details.open = true;
  const summary = document.createElement("summary");
  summary.textContent = citations.length === 1 ? "1 source" : `${citations.length} sources`;
  const list = document.createElement("ol");
  for (const citation of citations) {
    const item = element("citation").content.firstElementChild.cloneNode(true);
    item.id = `${key}-${citation.number}`;
    item.querySelector("b").textContent = `${citation.number}`;
    const place = [citation.title, citation.page ? `page ${citation.page}` : "", ...(citation.section ?? []).slice(-1)];
    item.querySelector("span").textContent = place.filter(Boolean).join(" · ");
    item.querySelector("q").textContent = citation.quote;
    list.append(item);
  }
  details.append(summary, list);
  return details;
}

function reveal(key, number) {
  const item = element(`${key}-${number}`);
  item.closest("details").open = true;
  item.classList.add("shown");
  item.scrollIntoView({ block: "nearest" });
  setTimeout(() => item.classList.remove("shown"), 1500);
}

function take(sign) {
  if (sign.type === "delta") return takePiece(sign);
  if (sign.type === "sent") return forget(sign.client_id);
  if (sign.type === "error") return refuse(sign);
  if (sign.seq <= seen) return undefined;
  seen = sign.seq;
  if (sign.client_id) forget(sign.client_id);
  const item = line(sign.message_id ?? sign.client_id, sign.author, sign.text, sign.citations);
  item.classList.remove("writing", "waiting");
  return undefined;
}

function takePiece(sign) {
  const item = shown.get(sign.message_id);
  const sofar = item?.dataset.sofar ?? "";
  if (item && !item.classList.contains("writing")) return;
  if (sign.offset > sofar.length) return; // a piece was lost: the whole answer comes as an event
  const text = sofar.slice(0, sign.offset) + sign.text;
  if (text.length < sofar.length) return;
  const writing = line(sign.message_id, "agent", text);
  writing.dataset.sofar = text;
  writing.classList.add("writing");
}

function refuse(sign) {
  if (sign.code === "visitor_unknown") {
    localStorage.removeItem(storageKey);
    location.reload();
    return;
  }
  element("state").textContent = sign.detail;
  if (!sign.client_id) return;
  shown.get(sign.client_id)?.classList.add("failed");
  if (sign.code === "too_many_messages") setTimeout(flush, 5000);
  else forget(sign.client_id);
}

function forget(clientId) {
  session.outbox = session.outbox.filter((message) => message.client_id !== clientId);
  keep(session);
  shown.get(clientId)?.classList.remove("waiting", "failed");
}

function send(text) {
  const message = { text, client_id: newId() };
  session.outbox.push(message);
  keep(session);
  line(message.client_id, "customer", text).classList.add("waiting");
  element("suggestions").hidden = true;
  flush();
}

function flush() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  for (const message of session.outbox) socket.send(JSON.stringify(message));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/api/webchat/connect`);
  socket.addEventListener("open", () => {
    attempts = 0;
    element("state").textContent = "Online";
    socket.send(JSON.stringify({ type: "hello", token: session.token, after: seen }));
    flush();
  });
  socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    element("state").textContent = "Offline, trying again…";
    const pause = Math.min(30000, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
    attempts += 1;
    setTimeout(connect, pause);
  });
}

element("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = element("text");
  const text = field.value.trim();
  field.focus();
  if (!text || !(await opened)) return;
  send(text);
  field.value = "";
});

element("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    element("composer").requestSubmit();
  }
});

async function open() {
  if (!session) await arrive();
  introduce();
  for (const message of session.outbox) line(message.client_id, "customer", message.text).classList.add("waiting");
  connect();
}

// Whoever writes before the chat is open is heard as soon as it is.
const opened = open().then(() => true, (problem) => {
  element("state").textContent = `This chat cannot be opened: ${problem.message}`;
  return false;
});
