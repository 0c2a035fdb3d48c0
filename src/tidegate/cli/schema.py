"""`schema`: what a configuration may hold, for editors."""

import json

from tidegate.config.loader import json_schema


def schema() -> None:
    """Print the JSON schema of the configuration.

    Editors with a YAML language server complete and check a configuration
    whose first line is `# yaml-language-server: $schema=tidegate.schema.json`.

    [bold]Example[/bold]

      [cyan]python -m tidegate schema > tidegate.schema.json[/cyan]
    """
    print(json.dumps(json_schema(), indent=2))
