"""The table that is the cache where there is no Redis; Django keeps it apart from the models."""

from typing import Any

from django.core.management import call_command
from django.db import migrations


def create(_apps: Any, schema_editor: Any) -> None:
    """Make the table named in settings.CACHES, whether it is in use now or not."""
    call_command("createcachetable", "cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Nothing to undo: an unused table hurts nobody."""

    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
