"""The bus: brings published events to every service that hears them."""
