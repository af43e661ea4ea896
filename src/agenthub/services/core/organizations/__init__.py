"""Makes the installation multi-tenant: organizations, their members and invitations to join them."""
