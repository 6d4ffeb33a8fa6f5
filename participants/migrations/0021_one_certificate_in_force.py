from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0020_constancias_replaced'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='certificate',
            name='certificate_one_in_force',
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at__isnull', True)), fields=('enrollment',), name='certificate_one_in_force', violation_error_message='This person already has one in force.'),
        ),
    ]
