import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from conversations.namewords import letters_of, words_of_account

BATCH_SIZE = 2_000


def make_findable(apps, schema_editor):
    """Know the accounts that there are. Indexes and constraints are made after it, at once."""
    User = apps.get_model(settings.AUTH_USER_MODEL)
    connection = schema_editor.connection
    quote = connection.ops.quote_name
    table, pk = quote(User._meta.db_table), quote(User._meta.pk.column)
    username = quote(User._meta.get_field(getattr(User, 'USERNAME_FIELD', 'username')).column)
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO conversations_knownperson'
            ' (user_id, name, username, first_name, last_name, is_active, version)'
            f" SELECT {pk}, COALESCE(NULLIF(TRIM(first_name || ' ' || last_name), ''), {username}),"
            f' {username}, first_name, last_name, is_active, 0 FROM {table}'
        )
    for rows in batches(apps.get_model('conversations', 'KnownPerson'), connection.alias):
        write_words(connection, rows)


def batches(KnownPerson, alias):
    people = KnownPerson.objects.using(alias).filter(is_active=True).order_by('pk')
    after = None
    while True:
        rows = people if after is None else people.filter(pk__gt=after)
        rows = list(rows.values_list('pk', 'username', 'first_name', 'last_name')[:BATCH_SIZE])
        if not rows:
            return
        after = rows[-1][0]
        yield rows


def write_words(connection, rows):
    lines = []
    for pk, *names in rows:
        words = words_of_account(*names)
        letters = letters_of(words)
        lines += [(pk, word, letters) for word in sorted(words)]
    into = 'INSERT INTO conversations_nameword (user_id, word, letters)'
    with connection.cursor() as cursor:
        if connection.vendor == 'postgresql':
            columns = [list(column) for column in zip(*lines)] or [[], [], []]
            cursor.execute(f'{into} SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[])', columns)
        else:
            cursor.executemany(f'{into} VALUES (%s, %s, %s)', lines)


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0006_unread'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KnownPerson',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='known', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('name', models.TextField()),
                ('username', models.TextField()),
                ('first_name', models.TextField(blank=True)),
                ('last_name', models.TextField(blank=True)),
                ('is_active', models.BooleanField()),
                ('version', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name_plural': 'known people',
                'indexes': [models.Index(condition=models.Q(('version__gt', 0)), fields=['version'], name='person_changed')],
            },
        ),
        migrations.CreateModel(
            name='NameWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.BinaryField(max_length=64)),
                ('letters', models.BigIntegerField()),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='name_words', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['word', 'user', 'letters'], name='person_by_word')],
                'constraints': [models.UniqueConstraint(fields=('user', 'word'), name='name_word_once')],
            },
        ),
        migrations.RunPython(make_findable, migrations.RunPython.noop),
    ]
