"""What can go wrong with organizations and their members."""

from agenthub.kit.errors import Conflict, Forbidden, Invalid, NotFound, PaymentRequired


class OrganizationUnknown(NotFound):
    title = "There is no such organization"


class MemberUnknown(NotFound):
    title = "There is no such member"


class SlugTaken(Conflict):
    code = "slug_taken"
    title = "The slug belongs to another organization"


class SlugInvalid(Invalid):
    code = "slug_invalid"


class LastOwner(Conflict):
    code = "last_owner"
    title = "An organization needs an owner"


class RolesInvalid(Invalid):
    code = "roles_invalid"


class RolesBeyondYours(Forbidden):
    code = "roles_beyond_yours"
    title = "You cannot give rights that you do not have"


class InvitationUnknown(NotFound):
    code = "invitation_invalid"
    title = "The invitation is not valid"


class AlreadyMember(Conflict):
    code = "already_member"
    title = "They belong to the organization already"


class TooManyInvitations(PaymentRequired):
    code = "invitation_limit_reached"


class TooManyOrganizations(PaymentRequired):
    code = "organization_limit_reached"
