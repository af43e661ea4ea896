from dataclasses import replace

from agenthub.kit.auth.principal import Principal
from agenthub.services.core.gateway.service import service
from tests.doors import Start

OPERATOR = Principal(
    kind="user", id="usr_1", organization_id="org_1", permissions=frozenset({"platform:operate"})
)


async def test_an_operator_sees_the_table_in_force(start: Start) -> None:
    async with start(service) as gateway:
        gateway.runtime.ports = replace(gateway.runtime.ports, routes={"/b": "beta", "/a": "alpha"})
        answer = await gateway.request("GET", "/api/gateway/routes", by=OPERATOR)
        assert answer.json() == {
            "items": [{"prefix": "/a", "service": "alpha"}, {"prefix": "/b", "service": "beta"}]
        }


async def test_others_do_not(start: Start) -> None:
    async with start(service) as gateway:
        member = Principal(kind="user", id="usr_2", organization_id="org_1")
        assert (await gateway.request("GET", "/api/gateway/routes", by=member)).status == 403
        assert (await gateway.request("GET", "/api/gateway/routes")).status == 401
