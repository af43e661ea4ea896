"""Large content: streamed in and out, in a folder or in a bucket."""
