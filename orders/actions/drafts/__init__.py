"""Orders that staff take for somebody: a draft is kept, priced like every preview, and placed like every order."""
