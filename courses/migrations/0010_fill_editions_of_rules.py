from django.db import migrations
from django.utils import timezone


def fill(apps, schema_editor):
    """A first version held from the edition's first day on, or earlier if published before it."""
    rules = apps.get_model("courses", "CompletionRule").objects
    for rule in rules.select_related("cohort_module__cohort"):
        rule.cohort = rule.cohort_module.cohort
        rule.effective_on = timezone.localdate(rule.published_at)
        if rule.version == 1:
            rule.effective_on = min(rule.effective_on, rule.cohort.starts_on)
        rule.save(update_fields=["cohort", "effective_on"])


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_completion_rules_of_editions")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
