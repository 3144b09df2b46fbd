from django.conf import settings
from django.db import migrations, models


# The admin finds uploads by the beginning of their name, in any case: as presence does people.
MAKE = "CREATE INDEX media_name ON conversations_media (UPPER(name::text) text_pattern_ops)"
DROP = "DROP INDEX IF EXISTS media_name"


def on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0007_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='media',
            index=models.Index(fields=['kind', 'uploaded_at'], name='media_kind'),
        ),
        migrations.AddIndex(
            model_name='media',
            index=models.Index(fields=['bytes'], name='media_size'),
        ),
        migrations.RunPython(on_postgresql(MAKE), on_postgresql(DROP)),
    ]
