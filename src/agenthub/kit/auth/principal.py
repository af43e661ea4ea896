"""The one who calls: a person, a key, a machine or nobody known."""

import msgspec


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, in which organization, with which rights.

    `kind` is the sort of caller (`anonymous`, `service`, and those that the product knows). `via` is the
    service that passed the call on, and is only ever set by the kit. `acting_for` names the one on whose
    behalf a narrower principal works.
    """

    kind: str
    id: str
    organization_id: str | None = None
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    session_id: str | None = None
    acting_for: str | None = None
    via: str | None = None

    @property
    def is_known(self) -> bool:
        return self.kind != "anonymous"

    @property
    def name(self) -> str:
        """How audit and logs call it."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions


ANONYMOUS = Principal(kind="anonymous", id="-")


def service_principal(name: str, organization_id: str | None = None) -> Principal:
    """A service working on its own account, within one organization or for the installation."""
    return Principal(kind="service", id=name, organization_id=organization_id, via=name)
