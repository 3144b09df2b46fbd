from django.conf import settings
from django.db import migrations, models


# The admin finds people by the beginning of their username, in any case. Django asks for it as
# UPPER(username) LIKE 'ALI%', for which PostgreSQL needs an index of this kind.
MAKE = 'CREATE INDEX presence_username ON "{table}" (UPPER(username::text) text_pattern_ops)'
DROP = "DROP INDEX IF EXISTS presence_username"


def on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            table = apps.get_model(settings.AUTH_USER_MODEL)._meta.db_table
            schema_editor.execute(sql.format(table=table))

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('presence', '0004_receipts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='userpresence',
            index=models.Index(fields=['last_seen', 'user'], name='presence_seen'),
        ),
        migrations.AddIndex(
            model_name='userpresence',
            index=models.Index(condition=models.Q(('status', 'offline'), _negated=True), fields=['status', 'last_seen', 'user'], name='presence_here'),
        ),
        migrations.AddIndex(
            model_name='userpresence',
            index=models.Index(condition=models.Q(('chosen_status', 'online'), _negated=True), fields=['chosen_status', 'last_seen', 'user'], name='presence_chosen'),
        ),
        migrations.RunPython(on_postgresql(MAKE), on_postgresql(DROP)),
    ]
