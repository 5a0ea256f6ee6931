"""What Kairos is, as tables: kairos-init releases, their command lines, models and providers.

Facts were read from the sources of kairos-init v0.0.1 to v0.17.3. Nothing here knows BuildKit or YAML.
"""
