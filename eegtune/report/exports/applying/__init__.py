"""Write a configuration into a user's own file: YAML, JSON, TOML or Python.

Only the values change; comments, order and layout stay as they are. Each format has a module with
`places(text)`, where values stand, and a writer of them; `apply` joins them.
"""
