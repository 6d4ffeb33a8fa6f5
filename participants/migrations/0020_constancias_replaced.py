from django.db import migrations, models
from django.utils import timezone


def replace_constancias(apps, schema_editor):
    """A person has one in force: beside the certificate, the constancia ends."""
    Certificate = apps.get_model("participants", "Certificate")
    History = apps.get_model("participants", "HistoricalCertificate")
    live = Certificate.objects.filter(revoked_at=None, enrollment__isnull=False)
    certificates = {row.enrollment_id: row for row in live.filter(kind="certificate")}
    now = timezone.now()
    for row in live.filter(kind="constancia", enrollment__in=certificates):
        row.revocation, row.revoked_at = "replaced", now
        row.replaced_by = certificates[row.enrollment_id]
        row.save()
        values = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
        History.objects.create(**values, history_type="~", history_date=now)


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0019_marks_of_answers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='certificate',
            name='certificate_revocation_known',
        ),
        migrations.AlterField(
            model_name='certificate',
            name='revocation',
            field=models.CharField(blank=True, choices=[('name', 'the name was wrong'), ('data', 'other data were wrong'), ('design', 'it is issued in another design'), ('decision', 'the decision on the edition was changed'), ('double', 'the person had two'), ('replaced', 'the certificate was issued in place of the constancia'), ('fraud', 'it was obtained by deceit'), ('other', 'another reason')], max_length=10, verbose_name='reason of the revocation'),
        ),
        migrations.AlterField(
            model_name='historicalcertificate',
            name='revocation',
            field=models.CharField(blank=True, choices=[('name', 'the name was wrong'), ('data', 'other data were wrong'), ('design', 'it is issued in another design'), ('decision', 'the decision on the edition was changed'), ('double', 'the person had two'), ('replaced', 'the certificate was issued in place of the constancia'), ('fraud', 'it was obtained by deceit'), ('other', 'another reason')], max_length=10, verbose_name='reason of the revocation'),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(('revocation__in', ['', 'name', 'data', 'design', 'decision', 'double', 'replaced', 'fraud', 'other'])), name='certificate_revocation_known', violation_error_message='Choose one of the values offered.'),
        ),
        # No way back: what replaced a constancia is known to no earlier version.
        migrations.RunPython(replace_constancias),
    ]
