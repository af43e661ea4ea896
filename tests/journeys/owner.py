"""A running installation as its first owner uses it, through the public API alone."""

import json
import time
import urllib.request
from typing import Any
from urllib.parse import urlencode

PASSWORD = "a long enough passphrase"
WAIT_SECONDS = 60
_JSON = "application/json"


class Owner:
    """Signed in through the set-up link that `agenthub up` tells."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._address = ready["address"]
        self._token = ""
        person = {
            "email": "ann@example.com",
            "password": PASSWORD,
            "name": "Ann",
            "organization_name": "Fern",
        }
        token = ready["setup_link"].partition("token=")[2]
        self._token = self.post("/api/auth/setup", {**person, "token": token})["access_token"]

    def read(self, path: str) -> bytes:
        return self._send("GET", path)

    def get(self, path: str) -> Any:
        return json.loads(self.read(path))

    def post(self, path: str, body: Any) -> Any:
        return json.loads(self._send("POST", path, json.dumps(body).encode(), _JSON))

    def upload(self, name: str, content: bytes, media_type: str) -> str:
        """The id of the file."""
        query = urlencode({"name": name, "purpose": "knowledge"})
        return json.loads(self._send("POST", f"/api/files?{query}", content, media_type))["id"]

    def add_documents(self, base_id: str, files: dict[str, bytes]) -> dict[str, str]:
        """The names of these PDF files by the ids of their documents, once all can be asked."""
        path = f"/api/knowledge/{base_id}/documents"
        names = {}
        for name, content in files.items():
            file_id = self.upload(name, content, "application/pdf")
            names[self.post(path, {"file_id": file_id})["id"]] = name
        until = time.monotonic() + WAIT_SECONDS
        for document_id in names:
            while (document := self.get(f"{path}/{document_id}"))["state"] != "indexed":
                assert document["state"] != "failed", document["reason"]
                assert time.monotonic() < until, document
                time.sleep(0.1)
        return names

    def publish_agent(self, base_id: str, slug: str = "proof") -> str:
        """The id of an agent that answers from this base with the built-in model."""
        agent = {"name": "Fern", "slug": slug, "knowledge_base_ids": [base_id], "model": "builtin"}
        agent_id: str = self.post("/api/agents/create", agent)["id"]
        self.post(f"/api/agents/{agent_id}/publish", {"message": "first"})
        return agent_id

    def ask(self, agent_id: str, question: str) -> Any:
        return self.post(f"/api/agents/{agent_id}/chat", {"message": question})

    def _send(self, method: str, path: str, body: bytes | None = None, kind: str = _JSON) -> bytes:
        headers = {"Content-Type": kind}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(self._address + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            content: bytes = answer.read()
        return content
