"""Who is asking DLI: where keys and tokens come from, how they are kept fresh, and how requests are proved by them."""
