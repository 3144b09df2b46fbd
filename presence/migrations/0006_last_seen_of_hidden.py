from django.conf import settings
from django.db import migrations
from django.db.models import OuterRef, Subquery


def keep_hidden(apps, schema_editor):
    """Until now nobody was told when people who hide were last seen. From now on it is told as of
    the moment at which they hide; of those who hid before, nothing is told but when they joined."""
    people = apps.get_model(settings.AUTH_USER_MODEL).objects.filter(pk=OuterRef("user_id"))
    hidden = apps.get_model("presence", "UserPresence").objects.filter(is_hidden=True)
    hidden.update(last_seen=Subquery(people.values("date_joined")[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ("presence", "0005_admin_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(keep_hidden, migrations.RunPython.noop)]
