"""Live, lossy announcements to whoever listens at the moment."""
