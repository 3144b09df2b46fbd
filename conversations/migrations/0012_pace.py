from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0011_lookalikes'),
    ]

    operations = [
        migrations.AddField(
            model_name='allowance',
            name='paced_until',
            field=models.DateTimeField(null=True),
        ),
    ]
