"""`schema`: what a configuration may hold, for editors."""

import json

from tidegate.config.loader import json_schema


def schema() -> None:
    """Print the JSON schema of the configuration.

    An editor with a YAML language server completes and checks a configuration that begins with
    `# yaml-language-server: $schema=tidegate.schema.json`.

    Example: python -m tidegate schema > tidegate.schema.json
    """
    print(json.dumps(json_schema(), indent=2))
