"""Facts about Kairos as tables: kairos-init releases, their command lines, models and providers.

Facts come from the sources of kairos-init v0.0.1 to v0.17.3. Nothing here depends on BuildKit or YAML.
"""
