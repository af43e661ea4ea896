from typing import Any

from starlette.responses import JSONResponse, Response

from agenthub.services.core.gateway.documents import merge
from agenthub.services.core.gateway.entrance import Entrance
from agenthub.services.core.gateway.settings import GatewaySettings
from tests.services.gateway.conftest import ask


def service(*, ready: Any = None, document: Any = None) -> Any:
    answers = {"/ready": ready or {"status": "ok", "checks": {}}, "/openapi.json": document}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        answer = answers.get(scope["path"])
        response: Response = JSONResponse(answer) if answer else Response(status_code=404)
        await response(scope, receive, send)

    return app


DOCUMENT = {
    "info": {"summary": "Answers <customers>."},
    "paths": {
        "/api/agents": {
            "get": {
                "summary": "List agents",
                "x-access": "agents:run",
                "operationId": "list",
                "responses": {"200": {"$ref": "#/components/schemas/Page"}},
            }
        },
        "/chat": {"get": {"summary": "Chat", "x-access": "public"}},
    },
    "components": {"schemas": {"Page": {"type": "array"}}},
}


async def test_health_is_the_entrances_own_and_deep_health_asks_every_service() -> None:
    apps = {"agents": service(), "llm": service()}
    entrance = Entrance({"/api/agents": "agents"}, apps)
    shallow = await ask(entrance, "/health")
    deep = await ask(entrance, "/health", query="deep=1")
    assert shallow.json() == {"status": "ok"}
    assert deep.status == 200
    assert deep.json()["services"] == {"agents": {"status": "ok"}, "llm": {"status": "ok"}}


async def test_deep_health_names_what_fails_without_telling_why_to_anyone() -> None:
    failing = {"status": "unavailable", "checks": {"database": "postgresql://user:secret@db"}}
    entrance = Entrance({}, {"agents": service(ready=failing)})
    answered = await ask(entrance, "/health", query="deep=1")
    assert answered.status == 503
    assert answered.json() == {
        "status": "degraded",
        "services": {"agents": {"status": "unavailable", "failing": ["database"]}},
    }


async def test_a_service_that_does_not_answer_is_told_in_time() -> None:
    async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
        import asyncio

        await asyncio.Event().wait()

    entrance = Entrance({}, {"slow": silent}, GatewaySettings.model_validate({"probe_timeout_seconds": 0.05}))
    answered = await ask(entrance, "/health", query="deep=1")
    assert answered.json()["services"]["slow"] == {
        "status": "unavailable",
        "failing": ["no answer in 0.05 s"],
    }


async def test_one_document_holds_the_routes_of_all_services() -> None:
    entrance = Entrance({}, {"agents": service(document=DOCUMENT), "mute": service()})
    document = (await ask(entrance, "/openapi.json")).json()
    listed = document["paths"]["/api/agents"]["get"]
    assert listed["tags"] == ["agents"]
    assert listed["security"] == [{"bearer": []}]
    assert document["paths"]["/chat"]["get"]["security"] == []


def test_schemas_of_one_name_but_different_content_are_told_apart() -> None:
    other = {
        "paths": {"/api/files": {"get": {"responses": {"200": {"$ref": "#/components/schemas/Page"}}}}},
        "components": {"schemas": {"Page": {"type": "object"}}},
    }
    merged = merge({"agents": DOCUMENT, "files": other})
    assert merged["components"]["schemas"] == {"Page": {"type": "array"}, "FilesPage": {"type": "object"}}
    reference = merged["paths"]["/api/files"]["get"]["responses"]["200"]["$ref"]
    assert reference == "#/components/schemas/FilesPage"


async def test_the_pages_need_no_script_and_no_third_party() -> None:
    entrance = Entrance({"/api/agents": "agents"}, {"agents": service(document=DOCUMENT)})
    for path in ("/", "/docs"):
        answered = await ask(entrance, path)
        text = answered.body.decode()
        assert answered.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answered.headers["content-security-policy"]
        assert "<script" not in text
        assert "http" not in text.replace("<!doctype html>", "").replace("html", "")
    assert "/api/agents" in text
    assert "needs agents:run" in text
    assert "Answers &lt;customers&gt;." in text


async def test_the_pages_can_only_be_read() -> None:
    answered = await ask(Entrance({}, {}), "/docs", method="POST")
    assert (answered.status, answered.json()["code"]) == (405, "method_not_allowed")
