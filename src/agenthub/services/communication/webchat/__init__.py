"""Web chat: brings visitors' messages in and shows them answers live, however bad their network is."""
